package snowflake

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
)

// connections opens those of one probe, and ends all of them with it: dials under way, connections that
// the transport is still shaking hands on, and idle ones.
type connections struct {
	life context.Context
	end  context.CancelFunc

	// guarded is the address, host:port, whose connections may not go to a private network; empty
	// for none.
	guarded string

	dials sync.WaitGroup
	mu    sync.Mutex
	open  []net.Conn
}

// newHTTPTransport returns a transport for one probe. It speaks HTTP/1.1, verifies TLS as the standard
// library does, and checks no revocation: the driver's OCSP and CRL checks would ask other hosts, in
// their own time.
func newHTTPTransport(proxy func(*http.Request) (*url.URL, error), guarded string) (*http.Transport, *connections) {
	life, end := context.WithCancel(context.Background())
	c := &connections{life: life, end: end, guarded: guarded}
	return &http.Transport{
		Proxy:           proxy,
		DialContext:     c.dial,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}, c
}

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
	dialer := net.Dialer{}
	if address == c.guarded {
		dialer.Control = refusePrivate
	}
	conn, err := dialer.DialContext(ctx, network, address)
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

var errPrivateAddress = errors.New("snowflake: the account's host name leads to a private address")

// refusePrivate looks at the very address that is dialled next, after the name was looked up, so that no
// second look-up can give another.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivateAddress
	}
	if !isPublic(to.Addr().Unmap()) {
		return errPrivateAddress
	}
	return nil
}

// notPublic are the ranges, beside those that netip knows, that lead to no public service: after the
// special-purpose registries of RFC 6890.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' own
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001:db8::/32"),
}

func isPublic(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	// An address that carries an IPv4 one goes where that leads.
	if v6 := a.As16(); a.Is6() && netip.MustParsePrefix("64:ff9b::/96").Contains(a) {
		return isPublic(netip.AddrFrom4([4]byte(v6[12:])))
	} else if a.Is6() && netip.MustParsePrefix("2002::/16").Contains(a) {
		return isPublic(netip.AddrFrom4([4]byte(v6[2:6])))
	}
	for _, prefix := range notPublic {
		if prefix.Contains(a) {
			return false
		}
	}
	return true
}
