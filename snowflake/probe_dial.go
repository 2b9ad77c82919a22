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

// connections opens the connections of one probe. close ends all of them, including
// dials and handshakes in progress.
type connections struct {
	ctx    context.Context
	cancel context.CancelFunc

	// publicOnly is an address, host:port, that must not resolve to a private one. It can be empty.
	publicOnly string
	dialFunc   dialFunc

	dials sync.WaitGroup
	mu    sync.Mutex
	open  []net.Conn
}

// A dialFunc opens a connection with dialer, which is set up for it.
type dialFunc func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error)

func dialDirectly(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
	return dialer.DialContext(ctx, network, address)
}

func newConnections(publicOnly string, dial dialFunc) *connections {
	ctx, cancel := context.WithCancel(context.Background())
	return &connections{ctx: ctx, cancel: cancel, publicOnly: publicOnly, dialFunc: dial}
}

// dial is a transport's DialContext.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.mu.Lock()
	if c.ctx.Err() != nil {
		c.mu.Unlock()
		return nil, context.Canceled
	}
	c.dials.Add(1)
	c.mu.Unlock()
	defer c.dials.Done()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)() // net/http dials on after its request has ended
	dialer := new(net.Dialer)
	if address == c.publicOnly {
		dialer.Control = netguard.Control
	}
	conn, err := c.dialFunc(ctx, dialer, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		_ = conn.Close()
		return nil, context.Canceled
	}
	c.open = append(c.open, conn)
	return conn, nil
}

// close closes every connection and waits for dials to end.
func (c *connections) close() {
	c.mu.Lock()
	c.cancel()
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.mu.Unlock()
	c.dials.Wait()
}

// newHTTPTransport returns the base of a probe's transport. It uses HTTP/1.1 and verifies
// TLS as the standard library does. It does not check for revoked certificates: the
// driver's OCSP and CRL checks connect to other hosts and have their own timeouts.
func newHTTPTransport(proxy proxyFunc, conns *connections, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy: func(req *http.Request) (*url.URL, error) {
			to, err := proxy(req)
			if err != nil {
				return nil, errProxySetting // err can contain the proxy's password
			}
			return to, nil
		},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return &proxyStatusError{status: res.StatusCode}
			}
			return nil
		},
		DialContext:            conns.dial,
		MaxResponseHeaderBytes: 64 << 10,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
	}
}

// A proxyFunc returns the proxy of a request, as in http.Transport.
type proxyFunc = func(*http.Request) (*url.URL, error)

var errProxySetting = errors.New("snowflake: the proxy setting is not a valid URL")

// A proxyStatusError is the error of a proxy that does not connect.
type proxyStatusError struct{ status int }

func (e *proxyStatusError) Error() string {
	return "snowflake: the proxy answered " + statusText(e.status)
}

// isGateway reports whether the proxy tried to connect and failed, as it does if there
// is no such host.
func (e *proxyStatusError) isGateway() bool {
	return e.status == http.StatusBadGateway || e.status == http.StatusServiceUnavailable || e.status == http.StatusGatewayTimeout
}
