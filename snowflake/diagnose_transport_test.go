package snowflake_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

const (
	// shortDeadline is the shortest deadline that leaves a probe the usual time for closing.
	shortDeadline = 2 * time.Second

	// grace is the delay that is accepted on a busy machine.
	grace = shortDeadline / 4
)

// A probeStep is a step of the probe, and its request.
type probeStep struct {
	point snowflaketest.Point
	step  string
	sends string
	dial  int // number of earlier connections, if each request opens one
}

var probeSteps = []probeStep{
	{snowflaketest.AtLogin, "authenticate", "the login", 0},
	{snowflaketest.AtQuery, "query", "SELECT 1", 1},
	{snowflaketest.AtList, "list_stage", "LIST", 2},
}

// A faultCase is an injected fault, and the expected error.
type faultCase struct {
	fault snowflaketest.Fault
	code  warehouse.Code
	text  string // a format, for the request of the step
	slow  bool   // detected only when the steps end

	loginCode warehouse.Code // if different at login
	loginText string
}

const timedOut = `127\.0\.0\.1 did not answer %s within \d\.\d s\.`

var faultCases = []faultCase{
	{fault: snowflaketest.Hang(), slow: true, code: warehouse.CodeTimeout, text: timedOut},
	{fault: snowflaketest.Delay(time.Hour), slow: true, code: warehouse.CodeTimeout, text: timedOut},
	{fault: snowflaketest.Reset(), code: warehouse.CodeNetworkUnreachable, text: `The connection to 127\.0\.0\.1 was reset before it answered %s\.`},
	{
		fault: snowflaketest.Status(401), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: it sent HTTP 401 Unauthorized\.`,
		loginCode: warehouse.CodeAccountNotFound, loginText: `127\.0\.0\.1 answered the login with HTTP 401 Unauthorized\. Snowflake does this if the account does not exist\.`,
	},
	{
		fault: snowflaketest.Status(403), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: it sent HTTP 403 Forbidden\.`,
		loginCode: warehouse.CodeAccountNotFound, loginText: `127\.0\.0\.1 answered the login with HTTP 403 Forbidden\. Snowflake does this if the account does not exist\.`,
	},
	{
		fault: snowflaketest.Status(404), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: it sent HTTP 404 Not Found\.`,
		loginCode: warehouse.CodeAccountNotFound, loginText: `127\.0\.0\.1 answered the login with HTTP 404 Not Found\. Snowflake does this if the account does not exist\.`,
	},
	{fault: snowflaketest.Status(400), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: it sent HTTP 400 Bad Request\.`},
	{fault: snowflaketest.Status(408), code: warehouse.CodeVendorUnavailable, text: `127\.0\.0\.1 answered %s with HTTP 408 Request Timeout\.`},
	{fault: snowflaketest.Status(429), code: warehouse.CodeVendorUnavailable, text: `127\.0\.0\.1 answered %s with HTTP 429 Too Many Requests\.`},
	{fault: snowflaketest.Status(500), code: warehouse.CodeVendorUnavailable, text: `127\.0\.0\.1 answered %s with HTTP 500 Internal Server Error\.`},
	{fault: snowflaketest.Status(503), code: warehouse.CodeVendorUnavailable, text: `127\.0\.0\.1 answered %s with HTTP 503 Service Unavailable\.`},
	{fault: snowflaketest.HTML(), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: it sent a web page\.`},
	{fault: snowflaketest.Truncated(), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: its answer broke off\.`},
	{fault: snowflaketest.MalformedJSON(), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: its answer is not JSON\.`},
	{fault: snowflaketest.Redirect("http://198.51.100.7/elsewhere"), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: it redirected to another host, port or protocol\.`},
	{fault: snowflaketest.Refusal("390555", "08004", "Something odd.\n  At https://x.test/?a=b, in one line."), code: warehouse.CodeUnknown, text: "Something odd\\.\n  At https://x\\.test/\\?a=b, in one line\\."},
}

// at returns the expected code and message at a step.
func (f faultCase) at(m probeStep) (warehouse.Code, *regexp.Regexp) {
	code, text := f.code, f.text
	if m.step == "authenticate" && f.loginCode != "" {
		code, text = f.loginCode, f.loginText
	}
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, m.sends)
	}
	return code, regexp.MustCompile("^" + text + "$")
}

func TestInjectedFaults(t *testing.T) {
	t.Parallel()
	var cases slowTests
	defer cases.all.Wait()
	for _, m := range probeSteps {
		for _, f := range faultCases {
			cases.run(t, fmt.Sprintf("%s/%s", m.point, f.fault), f.slow, newPlainAccount, func(t *testing.T, c *account) {
				c.server.Inject(m.point, f.fault)
				began := time.Now()
				report, failure := c.probe(t, shortDeadline)
				took := time.Since(began)
				if failure == nil {
					t.Fatal("the probe passed")
				}
				code, text := f.at(m)
				if failure.Code != code || !text.MatchString(failure.Message) {
					t.Errorf("Probe error: %s: %q\nwant %s: %s", failure.Code, failure.Message, code, text)
				}
				checkFailure(t, m, report, failure, f.code == warehouse.CodeUnknown)
				checkTime(t, took, f.slow)
				if n := c.server.Count(m.point); n != 1 {
					t.Errorf("got %d requests", n)
				}
				checkNoLeaks(t, c.server)
			})
		}
	}
}

// checkFailure checks the properties of every failure.
func checkFailure(t *testing.T, m probeStep, report []warehouse.StepResult, failure *warehouse.ProbeError, raw bool) {
	t.Helper()
	if failure.Step != m.step {
		t.Errorf("the failed step is %q, want %q", failure.Step, m.step)
	}
	want := make(map[string]warehouse.StepStatus)
	for _, s := range probeSteps {
		switch {
		case s.dial < m.dial:
			want[s.step] = warehouse.StepPassed
		case s.dial == m.dial:
			want[s.step] = warehouse.StepFailed
		default:
			want[s.step] = warehouse.StepSkipped
		}
	}
	if diff := cmp.Diff(want, steps(report)); diff != "" {
		t.Errorf("the steps (-want +got):\n%s", diff)
	}
	if failure.Hint == "" {
		t.Error("there is no hint")
	}
	if m.step != "authenticate" && strings.Contains(strings.ToLower(failure.Hint), "account identifier") {
		t.Errorf("the hint after a successful login mentions the account identifier: %q", failure.Hint)
	}
	if !raw {
		checkText(t, failure.Message)
	}
	checkText(t, failure.Hint)
}

// internals must not appear in texts for customers.
var internals = regexp.MustCompile(`context deadline|context canceled|://|(?i:request_?(id|guid))|gosnowflake|snowflake: |net/http|dial tcp|lookup |EOF|json: |%!|\d+\.\d+\.\d+\.\d+:\d+`)

func checkText(t *testing.T, text string) {
	t.Helper()
	if found := internals.FindString(text); found != "" {
		t.Errorf("a customer reads %q in: %s", found, text)
	}
}

// checkTime checks that a probe ends by its deadline, and without a retry if it is not slow.
func checkTime(t *testing.T, took time.Duration, slow bool) {
	t.Helper()
	switch {
	case took > shortDeadline+grace:
		t.Errorf("the probe took %v, with a deadline of %v", took, shortDeadline)
	case !slow && took > shortDeadline*2/3:
		t.Errorf("the probe took %v want no delay", took)
	}
}

func checkNoLeaks(t *testing.T, server *snowflaketest.Server) {
	t.Helper()
	if open := server.OpenSessions(); len(open) > 0 {
		t.Errorf("open sessions: %+v", open)
	}
	if running := server.Running(); len(running) > 0 {
		t.Errorf("running statements: %+v", running)
	}
	if n := server.Count(snowflaketest.AtTelemetry); n > 0 {
		t.Errorf("telemetry was sent %d times", n)
	}
}

func TestShortDelayPasses(t *testing.T) {
	t.Parallel()
	for _, m := range append(probeSteps, probeStep{point: snowflaketest.AtClose}) {
		t.Run(string(m.point), func(t *testing.T) {
			t.Parallel()
			c := newSetUpAccount(t)
			c.server.Inject(m.point, snowflaketest.Delay(20*time.Millisecond))
			c.mustPass(t)
			checkNoLeaks(t, c.server)
		})
	}
}

// A dialCase is a network error, before any response.
type dialCase struct {
	name string
	dial func(ctx context.Context, elsewhere dialTargets) (net.Conn, error)
	text string // a format, for the request of the step
	code warehouse.Code
	slow bool
}

// dialTargets are servers other than the intended one.
type dialTargets struct{ plain, foreign string }

func dialTo(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

var dialCases = []dialCase{
	{
		name: "refused", code: warehouse.CodeNetworkUnreachable, text: "127.0.0.1 refused the connection.",
		dial: func(ctx context.Context, _ dialTargets) (net.Conn, error) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			_ = listener.Close()
			return dialTo(ctx, listener.Addr().String())
		},
	},
	{
		name: "no such host", code: warehouse.CodeNetworkUnreachable, text: "There is no host 127.0.0.1 (no such host).",
		dial: func(context.Context, dialTargets) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "x.test", IsNotFound: true}}
		},
	},
	{
		name: "DNS failure", code: warehouse.CodeNetworkUnreachable, text: "The address of 127.0.0.1 could not be looked up (DNS failure).",
		dial: func(context.Context, dialTargets) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", Name: "x.test", Server: "192.0.2.53:53"}}
		},
	},
	{
		name: "no route", code: warehouse.CodeNetworkUnreachable, text: "There is no network route to 127.0.0.1.",
		dial: func(context.Context, dialTargets) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
		},
	},
	{
		name: "nothing comes back", code: warehouse.CodeTimeout, slow: true, text: "No connection to 127.0.0.1 within #.# s.",
		dial: func(ctx context.Context, _ dialTargets) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	},
	{
		name: "a handshake that hangs", code: warehouse.CodeTimeout, slow: true, text: "No connection to 127.0.0.1 within #.# s.",
		dial: func(context.Context, dialTargets) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				buffer := make([]byte, 1024)
				for {
					if _, err := theirs.Read(buffer); err != nil {
						return // ours was closed
					}
				}
			}()
			return ours, nil
		},
	},
	{
		name: "no TLS", code: warehouse.CodeNetworkUnreachable, text: "TLS with 127.0.0.1 failed: it does not answer in TLS.",
		dial: func(ctx context.Context, to dialTargets) (net.Conn, error) { return dialTo(ctx, to.plain) },
	},
	{
		name: "another's certificate", code: warehouse.CodeNetworkUnreachable, text: "TLS with 127.0.0.1 failed: its certificate is not trusted.",
		dial: func(ctx context.Context, to dialTargets) (net.Conn, error) { return dialTo(ctx, to.foreign) },
	},
	{
		name: "something else", code: warehouse.CodeNetworkUnreachable, text: "127.0.0.1 could not be reached.",
		dial: func(context.Context, dialTargets) (net.Conn, error) {
			return nil, fmt.Errorf("sorry, https://user:secret@x.test/ says no")
		},
	},
}

func TestNetworkErrors(t *testing.T) {
	t.Parallel()
	var cases slowTests
	defer cases.all.Wait()
	foreign := snowflaketest.NewTLS()
	t.Cleanup(foreign.Close)
	for _, m := range probeSteps {
		for _, f := range dialCases {
			make := func(t *testing.T) *account { return behindFront(t, m, f, foreign.Addr) }
			cases.run(t, fmt.Sprintf("%s/%s", m.point, f.name), f.slow, make, func(t *testing.T, c *account) {
				began := time.Now()
				report, failure := c.probe(t, shortDeadline)
				took := time.Since(began)
				if failure == nil {
					t.Fatal("the probe passed")
				}
				text := "^" + strings.ReplaceAll(regexp.QuoteMeta(f.text), "#", `\d`) + "$"
				if failure.Code != f.code || !regexp.MustCompile(text).MatchString(failure.Message) {
					t.Errorf("Probe error: %s: %q\nwant %s: %s", failure.Code, failure.Message, f.code, text)
				}
				checkFailure(t, m, report, failure, false)
				checkTime(t, took, f.slow)
				checkNoLeaks(t, c.server)
			})
		}
	}
}

// behindFront returns an account whose server needs a connection for every request. The connection of the
// step m fails as f does.
func behindFront(t *testing.T, m probeStep, f dialCase, foreign string) *account {
	t.Helper()
	c := newSetUpAccount(t)
	c.server.SetAsync(nil) // one request per step
	to, err := url.Parse(c.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(to))
	front.Config.SetKeepAlivesEnabled(false)
	front.StartTLS()
	t.Cleanup(front.Close)
	roots := x509.NewCertPool()
	roots.AddCert(front.Certificate())
	c.connector = newConnector(t, &snowflake.Options{Product: "Flagsmith", KeyPool: -1, Endpoint: front.URL})
	var dials atomic.Int64
	snowflake.SetNetwork(c.connector, func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error) {
		if dials.Add(1) == int64(m.dial)+1 {
			return f.dial(ctx, dialTargets{plain: c.server.Addr, foreign: foreign})
		}
		return dialer.DialContext(ctx, network, address)
	}, roots)
	return c
}

func newPlainAccount(t *testing.T) *account { return newSetUpAccount(t) }

func TestFaultAtCloseIsLogged(t *testing.T) {
	t.Parallel()
	var cases slowTests
	defer cases.all.Wait()
	for _, f := range faultCases {
		cases.run(t, f.fault.String(), f.slow, newPlainAccount, func(t *testing.T, c *account) {
			c.server.Inject(snowflaketest.AtClose, f.fault)
			began := time.Now()
			_, failure := c.probe(t, shortDeadline)
			took := time.Since(began)
			if failure != nil {
				t.Errorf("the probe failed: %s", failure.Message)
			}
			checkTime(t, took, f.slow)
			if n := c.server.Count(snowflaketest.AtClose); n != 1 {
				t.Errorf("closing was tried %d times", n)
			}
			lines := c.log.lines()
			if len(lines) != 1 || !strings.Contains(lines[0], `level=WARN msg="snowflake: a session was not closed" connection=wc_test error=`) {
				t.Errorf("log lines: %q", lines)
			}
		})
	}
}

func TestRefusalAtCloseIsCut(t *testing.T) {
	t.Parallel()
	for _, size := range []int{200 << 10, 8 << 20} {
		c := newPlainAccount(t)
		c.server.Inject(snowflaketest.AtClose, snowflaketest.Refusal("390111", "08004", strings.Repeat("x", size)))
		if _, failure := c.probe(t, shortDeadline); failure != nil {
			t.Errorf("the probe failed: %s", failure.Message)
		}
		lines := c.log.lines()
		if len(lines) != 1 || !strings.Contains(lines[0], "a session was not closed") || len(lines[0]) > 64<<10 {
			t.Errorf("a refusal of %d bytes: %d log lines, want one of at most 64 KiB: %.100q", size, len(lines), lines)
		}
	}
}

func TestHangingStatementIsAborted(t *testing.T) {
	t.Parallel()
	var cases slowTests
	defer cases.all.Wait()
	for _, m := range probeSteps[1:] {
		for _, f := range []snowflaketest.Fault{
			{}, snowflaketest.Hang(), snowflaketest.Reset(), snowflaketest.Status(503), snowflaketest.MalformedJSON(),
			snowflaketest.Redirect("http://198.51.100.7/elsewhere"),
			snowflaketest.Refusal("000605", "02000", "Identified SQL statement is not currently executing."),
		} {
			cases.run(t, fmt.Sprintf("%s/%s", m.point, f), true, newPlainAccount, func(t *testing.T, c *account) {
				c.server.Inject(m.point, snowflaketest.Hang())
				c.server.Inject(snowflaketest.AtAbort, f)
				began := time.Now()
				report, failure := c.probe(t, shortDeadline)
				took := time.Since(began)
				if failure == nil {
					t.Fatal("the probe passed")
				}
				want := regexp.MustCompile("^" + fmt.Sprintf(timedOut, m.sends) + "$")
				if failure.Code != warehouse.CodeTimeout || !want.MatchString(failure.Message) {
					t.Errorf("Probe error: %s: %q", failure.Code, failure.Message)
				}
				checkFailure(t, m, report, failure, false)
				checkTime(t, took, true)
				if n := c.server.Count(snowflaketest.AtAbort); n != 1 {
					t.Errorf("aborting was tried %d times", n)
				}
				checkNoLeaks(t, c.server) // closing the session ends the statement
			})
		}
	}
}

func TestCancelEndsProbe(t *testing.T) {
	t.Parallel()
	for _, m := range probeSteps {
		t.Run(string(m.point), func(t *testing.T) {
			t.Parallel()
			c := newSetUpAccount(t)
			c.server.Inject(m.point, snowflaketest.Hang())
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				for c.server.Count(m.point) == 0 {
					runtime.Gosched()
				}
				cancel()
			}()
			_, err := c.connector.Probe(ctx, c.target())
			if err == nil || err.Error() != "The test was stopped before it finished." {
				t.Errorf("Probe = %v", err)
			}
			checkNoLeaks(t, c.server)
		})
	}
}

func TestProbeAfterDeadline(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := c.connector.Probe(ctx, c.target())
	if err == nil || err.Error() != "No connection to 127.0.0.1 within 0.0 s." {
		t.Errorf("Probe = %v", err)
	}
}

func TestLoginWithoutSession(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	c.server.Inject(snowflaketest.AtLogin, snowflaketest.EmptySuccess())
	report, failure := c.probe(t, shortDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	checkFailure(t, probeSteps[0], report, failure, false)
	if want := "127.0.0.1 did not answer the login like Snowflake: it accepted the login without opening a session."; failure.Message != want {
		t.Errorf("Probe error: %q, want %q", failure.Message, want)
	}
}

func TestQueryWithoutRow(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	c.server.Inject(snowflaketest.AtQuery, snowflaketest.EmptySuccess())
	report, failure := c.probe(t, shortDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	checkFailure(t, probeSteps[1], report, failure, false)
	if failure.Code != warehouse.CodeUnexpectedResponse {
		t.Errorf("Probe error: %s: %s", failure.Code, failure.Message)
	}
}

func TestTokenExpired(t *testing.T) {
	t.Parallel()
	const message = "Your session has expired. Please login again."
	c := newSetUpAccount(t)
	c.server.Inject(snowflaketest.AtList, snowflaketest.Refusal("390112", "08001", message))
	report, failure := c.probe(t, shortDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	checkFailure(t, probeSteps[2], report, failure, false)
	if failure.VendorCode != "390112" || failure.Message != message {
		t.Errorf("Probe error: %s: %q", failure.VendorCode, failure.Message)
	}
	if n := c.server.Count(snowflaketest.AtList); n != 1 {
		t.Errorf("the stage was listed %d times", n)
	}
}
