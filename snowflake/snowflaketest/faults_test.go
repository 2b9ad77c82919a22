package snowflaketest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

// exchange posts to the login path without the driver, on a connection of its own.
func exchange(ctx context.Context, t *testing.T, srv *snowflaketest.Server) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/session/v1/login-request", strings.NewReader(`{"data":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  snowflaketest.Fault
		status int
		header string // part of Content-Type or Location
		body   string
		err    error
	}{
		"status 403":     {snowflaketest.Status(403), 403, "text/html", "403 Forbidden", nil},
		"status 503":     {snowflaketest.Status(503), 503, "text/html", "503 Service Unavailable", nil},
		"redirect":       {snowflaketest.Redirect("https://example.com/x"), 307, "https://example.com/x", "", nil},
		"HTML":           {snowflaketest.HTML(), 200, "text/html", "<html>", nil},
		"malformed JSON": {snowflaketest.MalformedJSON(), 200, "application/json", `{"data":`, nil},
		"truncated":      {snowflaketest.Truncated(), 200, "application/json", `{"data":`, io.ErrUnexpectedEOF},
		"refusal 390913": {snowflaketest.Refusal("390913", "08004", "Your free trial has ended."), 200, "application/json", `"code":"390913","message":"Your free trial has ended.","success":false`, nil},
		"empty success":  {snowflaketest.EmptySuccess(), 200, "application/json", `"success":true`, nil},
		"reset":          {snowflaketest.Reset(), 0, "", "", syscall.ECONNRESET},
		"delay of 1ms":   {snowflaketest.Delay(time.Millisecond), 200, "application/json", `"code":"390100"`, nil},
		"":               {snowflaketest.Fault{}, 200, "application/json", `"code":"390100"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			srv.Inject(snowflaketest.AtLogin, test.fault)
			if test.fault.String() != name {
				t.Errorf("the fault calls itself %q", test.fault)
			}
			res, body, err := exchange(testContext(t), t, srv)
			if !errors.Is(err, test.err) {
				t.Fatalf("error is %v, want %v", err, test.err)
			}
			if res == nil {
				return
			}
			if header := res.Header.Get("Content-Type") + res.Header.Get("Location"); res.StatusCode != test.status || !strings.Contains(header, test.header) || !strings.Contains(body, test.body) {
				t.Errorf("answered %d, %s, %s", res.StatusCode, header, body)
			}
		})
	}
}

func TestHangEndsWithClient(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Inject(snowflaketest.AtLogin, snowflaketest.Hang())
	ctx, cancel := context.WithTimeout(testContext(t), 50*time.Millisecond)
	defer cancel()
	if _, _, err := exchange(ctx, t, srv); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}

func TestCloseEndsHang(t *testing.T) {
	t.Parallel()
	for _, fault := range []snowflaketest.Fault{snowflaketest.Hang(), snowflaketest.Delay(time.Hour)} {
		srv := snowflaketest.New()
		srv.Inject(snowflaketest.AtLogin, fault)
		done := make(chan error, 1)
		go func() {
			_, _, err := exchange(context.Background(), t, srv)
			done <- err
		}()
		waitFor(t, "the request arrives", func() bool { return srv.Count(snowflaketest.AtLogin) == 1 })
		srv.Close()
		if err := <-done; err == nil {
			t.Errorf("%s: a request outlived its server", fault)
		}
		srv.Close()
	}
}

func TestInjectAndClear(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	status := func() int {
		res, _, err := exchange(testContext(t), t, srv)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode
	}
	srv.Inject(snowflaketest.AtLogin, snowflaketest.Delay(time.Millisecond), snowflaketest.Status(500))
	for range 2 {
		if status() != 500 {
			t.Error("a fault did not last")
		}
	}
	srv.Inject(snowflaketest.AtLogin, snowflaketest.Status(429))
	if status() != 429 {
		t.Error("a fault was not replaced")
	}
	srv.Clear(snowflaketest.AtQuery)
	if status() != 429 {
		t.Error("clearing one point cleared another")
	}
	srv.Clear(snowflaketest.AtLogin)
	if status() != 200 {
		t.Error("a fault was not cleared")
	}
	srv.Inject(snowflaketest.AtLogin, snowflaketest.Status(500))
	srv.Clear()
	if status() != 200 {
		t.Error("clearing everything left a fault")
	}
}

// The driver has words of its own for each of these; what matters is that the fault reaches it at the
// point that was asked for, and there alone.
func TestInjectAtPoint(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		at          snowflaketest.Point
		fault       snowflaketest.Fault
		query, list bool // which of them fail
		text        string
	}{
		"login":      {snowflaketest.AtLogin, snowflaketest.Status(403), true, true, "260008"},
		"query":      {snowflaketest.AtQuery, snowflaketest.HTML(), true, false, "invalid character '<'"},
		"list":       {snowflaketest.AtList, snowflaketest.Refusal("090073", "22000", "quota exceeded"), false, true, "090073 (22000)"},
		"list reset": {snowflaketest.AtList, snowflaketest.Reset(), false, true, "connection reset"},
		"close":      {snowflaketest.AtClose, snowflaketest.Status(500), false, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := readyServer(t)
			srv.Inject(test.at, test.fault)
			db := open(t, srv)
			ctx := testContext(t)
			check := func(what string, err error, fails bool) {
				if (err != nil) != fails || fails && !strings.Contains(err.Error(), test.text) {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err := db.ExecContext(ctx, "SELECT 1")
			check("query", err, test.query)
			_, err = db.ExecContext(ctx, "LIST @SHOP.EVENTS.FILES")
			check("list", err, test.list)
			_ = db.Close()
			if open := len(srv.OpenSessions()); (open != 0) != (test.at == snowflaketest.AtClose) {
				t.Errorf("%d sessions are open", open)
			}
			if len(srv.Running()) != 0 {
				t.Errorf("statements that were answered still run: %+v", srv.Running())
			}
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := snowflaketest.NewTLS()
	t.Cleanup(srv.Close)
	mustRun(t, srv, setup(firstKey()))
	for _, host := range []string{"xy12345.snowflakecomputing.com", "xy12345.us-east-1.snowflakecomputing.com"} {
		transport := &http.Transport{DialContext: dialServer(srv), TLSClientConfig: tlsConfig(srv)}
		db := open(t, srv, func(c *gosnowflake.Config) {
			c.Host, c.Port, c.Protocol, c.Transporter = host, 443, "https", transport
		})
		if err := db.PingContext(testContext(t)); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	srv.Inject(snowflaketest.AtLogin, snowflaketest.Reset())
	transport := &http.Transport{DialContext: dialServer(srv), TLSClientConfig: tlsConfig(srv)}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(testContext(t), http.MethodPost, "https://any.example/session/v1/login-request", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err == nil {
		_ = res.Body.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a reset under TLS reads as %v", err)
	}
	if newServer(t).RootCAs() != nil {
		t.Error("a plain server has certificates")
	}
}
