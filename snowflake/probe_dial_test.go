package snowflake_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

// A dialRecorder records the addresses that are dialed. If to is set, all connections go there.
type dialRecorder struct {
	to string

	mu   sync.Mutex
	list []string
}

func (d *dialRecorder) dial(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
	d.mu.Lock()
	d.list = append(d.list, address)
	d.mu.Unlock()
	if d.to != "" {
		return dialTo(ctx, d.to)
	}
	return dialer.DialContext(ctx, network, address)
}

func (d *dialRecorder) addresses() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(d.list)))
}

func TestDialsOnlyAccountHost(t *testing.T) {
	t.Parallel()
	for id, host := range map[snowflake.AccountIdentifier]string{
		"xy12345":                          "xy12345.snowflakecomputing.com:443",
		"XY12345.us-east-1":                "xy12345.us-east-1.snowflakecomputing.com:443",
		"xy12345.us-east-2.aws":            "xy12345.us-east-2.aws.snowflakecomputing.com:443",
		"xy12345.cn-northwest-1.aws":       "xy12345.cn-northwest-1.aws.snowflakecomputing.cn:443",
		"myorg-account123":                 "myorg-account123.snowflakecomputing.com:443",
		"myorg-my_account":                 "myorg-my-account.snowflakecomputing.com:443",
		"xy12345.us-east-1.privatelink":    "xy12345.us-east-1.privatelink.snowflakecomputing.com:443",
		"xy12345.fhplus.us-gov-east-1.aws": "xy12345.fhplus.us-gov-east-1.aws.snowflakecomputing.com:443",
	} {
		t.Run(string(id), func(t *testing.T) {
			t.Parallel()
			c := newTLSAccount(t, noProxy)
			c.config.AccountIdentifier = id
			d := &dialRecorder{to: c.server.Addr}
			snowflake.SetNetwork(c.connector, d.dial, c.server.RootCAs())
			c.mustPass(t)
			if diff := cmp.Diff([]string{host}, d.addresses()); diff != "" {
				t.Errorf("dialed addresses (-want +got):\n%s", diff)
			}
			if got := c.server.Logins()[0].Account; got != string(id) {
				t.Errorf("the login is for the account %q", got)
			}
		})
	}
}

func TestRedirectToAnotherHost(t *testing.T) {
	t.Parallel()
	for _, m := range append(probeSteps, probeStep{point: snowflaketest.AtClose}) {
		for _, to := range []string{
			"https://elsewhere.test/", "http://xy12345.us-east-1.snowflakecomputing.com/", "https://xy12345.us-east-1.snowflakecomputing.com:8443/",
			"//169.254.169.254/latest/meta-data",
		} {
			t.Run(string(m.point)+" "+to, func(t *testing.T) {
				t.Parallel()
				c := newTLSAccount(t, noProxy)
				d := &dialRecorder{to: c.server.Addr}
				snowflake.SetNetwork(c.connector, d.dial, c.server.RootCAs())
				c.server.Inject(m.point, snowflaketest.Redirect(to))
				_, failure := c.probe(t, shortDeadline)
				if failure == nil && m.point != snowflaketest.AtClose {
					t.Error("the probe passed")
				}
				if diff := cmp.Diff([]string{"xy12345.us-east-1.snowflakecomputing.com:443"}, d.addresses()); diff != "" {
					t.Errorf("dialed addresses (-want +got):\n%s", diff)
				}
				if n := c.server.Count(m.point); n != 1 {
					t.Errorf("%s got %d requests", m.point, n)
				}
			})
		}
	}
}

func TestInvalidAccountIsNotDialed(t *testing.T) {
	t.Parallel()
	for _, id := range []snowflake.AccountIdentifier{
		"", ".", "localhost", "127.0.0.1", "[::1]", "evil.test", "evil.test/", "evil.test#", "evil.test?", "evil.test:443", "user@evil.test",
		"xy12345.snowflakecomputing.com.evil.test", "a b", "xy12345\r\nHost: evil.test", "https://evil.test", `evil.test\`, "xy12345%2eevil",
	} {
		c := newTLSAccount(t, noProxy)
		c.config.AccountIdentifier = id
		d := &dialRecorder{to: c.server.Addr}
		snowflake.SetNetwork(c.connector, d.dial, c.server.RootCAs())
		_, failure := c.probe(t, longDeadline)
		// Some of these are valid, with a host in Snowflake's domain.
		for _, address := range d.addresses() {
			if !strings.HasSuffix(address, ".snowflakecomputing.com:443") {
				t.Errorf("%q led to %s", id, address)
			}
		}
		if len(d.addresses()) == 0 && (failure == nil || failure.Message != "The stored account identifier is not valid.") {
			t.Errorf("%q: %v", id, failure)
		}
	}
}

// newResolver returns a resolver that returns addresses for every name, and the number of its queries.
func newResolver(t *testing.T, addresses ...string) (*net.Resolver, *atomic.Int64) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	questions := new(atomic.Int64)
	var done sync.WaitGroup
	done.Go(func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			questions.Add(1)
			_, _ = server.WriteTo(answerDNS(buffer[:n], addresses), from)
		}
	})
	t.Cleanup(func() { _ = server.Close(); done.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}, questions
}

// answerDNS answers a question with the addresses of its type, or with NXDOMAIN if there are none.
func answerDNS(question []byte, addresses []string) []byte {
	end := 12 // after the header
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5 // the root, type and class
	asked := binary.BigEndian.Uint16(question[end-4:])
	answer := slices.Clone(question[:end])
	var count uint16
	for _, text := range addresses {
		a := netip.MustParseAddr(text)
		kind := uint16(28)
		if a.Is4() {
			kind = 1
		}
		if kind != asked {
			continue
		}
		count++
		raw := a.AsSlice()
		answer = append(answer, 0xc0, 12) // pointer to the name of the question
		answer = binary.BigEndian.AppendUint16(answer, kind)
		answer = append(answer, 0, 1, 0, 0, 0, 0) // class IN, TTL 0
		answer = binary.BigEndian.AppendUint16(answer, uint16(len(raw)))
		answer = append(answer, raw...)
	}
	answer[2], answer[3] = 0x81, 0x80
	if len(addresses) == 0 {
		answer[3] |= 3
	}
	binary.BigEndian.PutUint16(answer[6:], count)
	binary.BigEndian.PutUint16(answer[8:], 0)
	binary.BigEndian.PutUint16(answer[10:], 0)
	return answer
}

func TestPrivateAddressIsRefused(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var reached atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			reached.Add(1)
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())

	for name, addresses := range map[string][]string{
		"loopback": {"127.0.0.1"}, "mapped": {"::ffff:127.0.0.1"}, "loopback 6": {"::1"}, "this host": {"0.0.0.0"}, "metadata": {"169.254.169.254"}, "several": {"10.0.0.1", "127.0.0.1", "::1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTLSAccount(t, noProxy)
			resolver, _ := newResolver(t, addresses...)
			snowflake.SetNetwork(c.connector, func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
				host, _, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				dialer.Resolver = resolver
				return dialer.DialContext(ctx, network, net.JoinHostPort(host, port))
			}, nil)
			_, failure := c.probe(t, longDeadline)
			if failure == nil {
				t.Fatal("the probe passed")
			}
			want := "xy12345.us-east-1.snowflakecomputing.com has a private address, and this account does not use private connectivity."
			if failure.Code != warehouse.CodeNetworkUnreachable || failure.Message != want {
				t.Errorf("Probe error: %s: %s", failure.Code, failure.Message)
			}
			if n := reached.Load(); n > 0 {
				t.Errorf("it was connected to %d times", n)
			}
		})
	}
}

func TestCheckedAddressIsDialed(t *testing.T) {
	t.Parallel()
	c := newTLSAccount(t, noProxy)
	resolver, questions := newResolver(t, "127.0.0.1")
	var checked, reached string
	var asked int64
	snowflake.SetNetwork(c.connector, func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		check := dialer.Control
		if check == nil {
			return nil, errors.New("nothing is checked")
		}
		dialer.Resolver = resolver
		// Allow the address, to see that it is the dialed one.
		dialer.Control = func(_, address string, _ syscall.RawConn) error { checked = address; return nil }
		_, port, _ := net.SplitHostPort(c.server.Addr)
		conn, err := dialer.DialContext(ctx, network, net.JoinHostPort(host, port))
		if err == nil {
			reached = conn.RemoteAddr().String()
		}
		asked = questions.Load()
		return conn, err
	}, c.server.RootCAs())
	c.mustPass(t)
	if checked == "" || checked != reached {
		t.Errorf("checked %q, dialed %q", checked, reached)
	}
	if asked > 2 { // one for each family
		t.Errorf("the name was looked up more than once, with %d queries", asked)
	}
}

func TestPrivateConnectivity(t *testing.T) {
	t.Parallel()
	c := newTLSAccount(t, noProxy)
	c.config.AccountIdentifier = "xy12345.us-east-1.privatelink"
	resolver, _ := newResolver(t, "127.0.0.1")
	_, port, _ := net.SplitHostPort(c.server.Addr)
	snowflake.SetNetwork(c.connector, func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		dialer.Resolver = resolver
		return dialer.DialContext(ctx, network, net.JoinHostPort(host, port))
	}, c.server.RootCAs())
	c.mustPass(t)
}

func TestHostNotFound(t *testing.T) {
	t.Parallel()
	c := newTLSAccount(t, noProxy)
	resolver, _ := newResolver(t)
	snowflake.SetNetwork(c.connector, func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
		dialer.Resolver = resolver
		return dialer.DialContext(ctx, network, address)
	}, nil)
	_, failure := c.probe(t, longDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	want := "There is no host xy12345.us-east-1.snowflakecomputing.com (no such host)."
	if failure.Code != warehouse.CodeNetworkUnreachable || failure.Message != want || !strings.Contains(failure.Hint, "account identifier") {
		t.Errorf("Probe error: %s: %q: %q", failure.Code, failure.Message, failure.Hint)
	}
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	c := newTLSAccount(t, noProxy)
	d := &dialRecorder{to: c.server.Addr}
	snowflake.SetNetwork(c.connector, d.dial, nil) // the system's roots do not include the server's
	_, failure := c.probe(t, longDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	if want := "TLS with xy12345.us-east-1.snowflakecomputing.com failed: its certificate is not trusted."; failure.Message != want {
		t.Errorf("Probe error: %q", failure.Message)
	}
	if n := c.server.Count(); n > 0 {
		t.Errorf("%d requests were sent all the same", n)
	}
}
