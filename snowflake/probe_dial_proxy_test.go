package snowflake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

// A tunnel is a proxy that connects every CONNECT to one server and records the requests.
type tunnel struct {
	server *httptest.Server
	to     string

	mu    sync.Mutex
	asked []string
}

func newTunnel(to string) *tunnel {
	p := &tunnel{to: to}
	p.server = httptest.NewServer(p)
	return p
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.mu.Unlock()
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		http.Error(w, "unreachable", http.StatusBadGateway)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, received, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	// received can contain the first bytes of the handshake.
	go func() { _, _ = io.Copy(there, received); _ = there.Close() }()
	_, _ = io.Copy(here, there)
}

// names returns the requests without duplicates.
func (p *tunnel) names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Compact(slices.Clone(p.asked))
}

func (p *tunnel) url() *url.URL {
	u, err := url.Parse(p.server.URL)
	if err != nil {
		panic(err)
	}
	return u
}

// newTLSAccount returns an account that is reached under its own name, as in production.
func newTLSAccount(t testing.TB, proxy func(*http.Request) (*url.URL, error)) *account {
	t.Helper()
	server := snowflaketest.NewTLS()
	t.Cleanup(server.Close)
	c := &account{server: server, keys: testKeys(), log: new(logBuffer)}
	c.connector = newConnector(t, &snowflake.Options{Product: "Flagsmith", KeyPool: -1, Proxy: proxy, Logger: slog.New(slog.NewTextHandler(c.log, nil))})
	c.config = c.connector.Config().(*snowflake.Config)
	c.config.AccountIdentifier = "xy12345.us-east-1"
	c.run(t, c.setup(t))
	return c
}

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

func TestProxyOption(t *testing.T) {
	t.Parallel()
	var through *tunnel
	c := newTLSAccount(t, func(*http.Request) (*url.URL, error) { return through.url(), nil })
	through = newTunnel(c.server.Addr)
	t.Cleanup(through.server.Close)
	d := new(dialRecorder)
	snowflake.SetNetwork(c.connector, d.dial, c.server.RootCAs())
	c.mustPass(t)
	// The proxy resolves the name, so only the name can be checked.
	if diff := cmp.Diff([]string{"CONNECT xy12345.us-east-1.snowflakecomputing.com:443"}, through.names()); diff != "" {
		t.Errorf("requests to the proxy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{through.url().Host}, d.addresses()); diff != "" {
		t.Errorf("dialed addresses (-want +got):\n%s", diff)
	}
	checkNoLeaks(t, c.server)
}

func TestProxyChecksName(t *testing.T) {
	t.Parallel()
	through := newTunnel("127.0.0.1:1")
	t.Cleanup(through.server.Close)
	c := newTLSAccount(t, func(*http.Request) (*url.URL, error) { return through.url(), nil })
	c.config.AccountIdentifier = "xy12345.example.com/"
	if _, failure := c.probe(t, longDeadline); failure == nil {
		t.Error("the probe passed")
	}
	if asked := through.names(); len(asked) > 0 {
		t.Errorf("requests to the proxy: %q", asked)
	}
}

// probeThroughEnvironmentProxy returns the requests to the proxy in the environment.
func probeThroughEnvironmentProxy() (any, error) {
	server := snowflaketest.NewTLS()
	defer server.Close()
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1})
	if err != nil {
		return nil, err
	}
	defer connector.Close()
	// The name of the environment's proxy leads to this one.
	through := newTunnel(server.Addr)
	defer through.server.Close()
	snowflake.SetNetwork(connector, func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
		if address != "proxy.test:3128" {
			return nil, fmt.Errorf("%s is not the proxy", address)
		}
		return dialer.DialContext(ctx, network, through.url().Host)
	}, server.RootCAs())
	c := &account{server: server, connector: connector, config: connector.Config().(*snowflake.Config)}
	c.config.AccountIdentifier = "myorg-account123"
	if c.keys, err = connector.NewKeyPair(context.Background()); err != nil {
		return nil, err
	}
	script, err := connector.SetupScript(c.config, c.keys.PublicKey)
	if err != nil {
		return nil, err
	}
	if _, err := server.Run(script); err != nil {
		return nil, err
	}
	if err := c.probeOnce(longDeadline); err != nil {
		return nil, err
	}
	return through.names(), nil
}

func TestProxyFromEnvironment(t *testing.T) {
	t.Parallel()
	var asked []string
	inChild(t, "env proxy", &asked, "HTTPS_PROXY=http://proxy.test:3128")
	if diff := cmp.Diff([]string{"CONNECT myorg-account123.snowflakecomputing.com:443"}, asked); diff != "" {
		t.Errorf("requests to the proxy (-want +got):\n%s", diff)
	}
}

func TestProxyErrors(t *testing.T) {
	t.Parallel()
	const ours = "This problem is on our side, not in your Snowflake account. Please tell us about it."
	answers := func(status int) func(t *testing.T) (*url.URL, error) {
		return func(t *testing.T) (*url.URL, error) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
			t.Cleanup(server.Close)
			return url.Parse(server.URL)
		}
	}
	for name, tt := range map[string]struct {
		proxy      func(t *testing.T) (*url.URL, error)
		text, hint string
		code       warehouse.Code
	}{
		"refuses": {
			answers(http.StatusForbidden), "The proxy on our side did not connect to xy12345.us-east-1.snowflakecomputing.com: it answered HTTP 403 Forbidden.",
			ours, warehouse.CodeServerError,
		},
		"wants a password": {
			answers(http.StatusProxyAuthRequired), "The proxy on our side did not connect to xy12345.us-east-1.snowflakecomputing.com: it answered HTTP 407 Proxy Authentication Required.",
			ours, warehouse.CodeServerError,
		},
		"cannot reach the host": {
			answers(http.StatusBadGateway), "The proxy on our side could not connect to xy12345.us-east-1.snowflakecomputing.com: it answered HTTP 502 Bad Gateway.",
			"Try again in a few minutes. If it keeps failing, check the account identifier. Snowsight shows it in the account menu under “View account details”.",
			warehouse.CodeNetworkUnreachable,
		},
		"is not there": {
			func(*testing.T) (*url.URL, error) { return url.Parse("http://user:secret@127.0.0.1:1") },
			"The proxy on our side could not be reached.", ours, warehouse.CodeServerError,
		},
		"is set wrongly": {
			func(*testing.T) (*url.URL, error) { return nil, errors.New("parse http://user:secret@: bad") },
			"The proxy setting on our side is not valid.", ours, warehouse.CodeServerError,
		},
		"hangs": {
			func(t *testing.T) (*url.URL, error) {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					return nil, err
				}
				t.Cleanup(func() { _ = listener.Close() })
				return url.Parse("http://" + listener.Addr().String())
			},
			"No connection to xy12345.us-east-1.snowflakecomputing.com within # s.",
			"A firewall between us and Snowflake may be blocking the connection. Try again in a few minutes. If it keeps failing, check the account identifier. Snowsight shows it in the account menu under “View account details”.",
			warehouse.CodeTimeout,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, proxyErr := tt.proxy(t)
			c := newTLSAccount(t, func(*http.Request) (*url.URL, error) { return to, proxyErr })
			_, failure := c.probe(t, shortDeadline)
			if failure == nil {
				t.Fatal("the probe passed")
			}
			text := regexp.MustCompile(`\d\.\d s`).ReplaceAllString(failure.Message, "# s")
			if failure.Code != tt.code || text != tt.text || failure.Hint != tt.hint {
				t.Errorf("Probe error: %s: %q: %q\nwant %s: %q: %q", failure.Code, failure.Message, failure.Hint, tt.code, tt.text, tt.hint)
			}
			if strings.Contains(failure.Message+failure.Hint+fmt.Sprint(failure.Err), "secret") {
				t.Errorf("the error contains the proxy's password: %v", failure.Err)
			}
			c.checkServerError(t, failure)
		})
	}
}
