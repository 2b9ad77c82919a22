// The connections of one probe, and their end.

package snowflake

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"

	"github.com/warehousekit/warehousekit/warehouse/netguard"
)

// connections opens those of one probe and ends all of them with it: dials under way, connections that the
// transport is still shaking hands on, and idle ones.
type connections struct {
	life context.Context
	end  context.CancelFunc

	// guarded is the address, host:port, whose connections may not go to a private network; empty
	// for none.
	guarded string
	through dialFunc

	dials sync.WaitGroup
	mu    sync.Mutex
	open  []net.Conn
}

// A dialFunc makes a connection with a dialer that is set up for it.
type dialFunc func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error)

func dialDirectly(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
	return dialer.DialContext(ctx, network, address)
}

func newConnections(guarded string, through dialFunc) *connections {
	life, end := context.WithCancel(context.Background())
	return &connections{life: life, end: end, guarded: guarded, through: through}
}

// dial is a transport's DialContext.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.mu.Lock()
	if c.life.Err() != nil {
		c.mu.Unlock()
		return nil, context.Canceled
	}
	c.dials.Add(1)
	c.mu.Unlock()
	defer c.dials.Done()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)() // a dial that nobody waits for ends with the probe
	dialer := new(net.Dialer)
	if address == c.guarded {
		dialer.Control = netguard.Control
	}
	conn, err := c.through(ctx, dialer, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life.Err() != nil {
		_ = conn.Close()
		return nil, context.Canceled
	}
	c.open = append(c.open, conn)
	return conn, nil
}

// close ends every connection, and returns when no dial is left.
func (c *connections) close() {
	c.mu.Lock()
	c.end()
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.mu.Unlock()
	c.dials.Wait()
}

// newHTTPTransport returns the transport below a probe's own. It speaks HTTP/1.1 and verifies TLS as the
// standard library does. It asks nobody about revoked certificates: the driver's OCSP and CRL checks
// would go to other hosts and take their own time.
func newHTTPTransport(proxy proxyFunc, conns *connections, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy: func(req *http.Request) (*url.URL, error) {
			to, err := proxy(req)
			if err != nil {
				return nil, errProxySetting // not err, whose text may hold the proxy's password
			}
			return to, nil
		},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return &proxyRefusal{status: res.StatusCode}
			}
			return nil
		},
		DialContext:     conns.dial,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
	}
}

// A proxyFunc chooses the proxy of a request, as in http.Transport.
type proxyFunc = func(*http.Request) (*url.URL, error)

var errProxySetting = errors.New("snowflake: the proxy setting is not a valid URL")

// A proxyRefusal is a proxy's answer when it does not connect.
type proxyRefusal struct{ status int }

func (r *proxyRefusal) Error() string {
	return "snowflake: the proxy answered " + shownStatus(r.status)
}
