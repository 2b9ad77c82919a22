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
	// shortDeadline is a probe's in the tests of faults. It is the shortest that leaves as much time for
	// closing as the product's own does.
	shortDeadline = 2 * time.Second

	// grace is how late a probe may be on a busy machine.
	grace = shortDeadline / 4
)

// A moment is a step of the probe, and what it sends.
type moment struct {
	point snowflaketest.Point
	step  string
	sends string
	dial  int // how many connections there were before, where each request makes its own
}

var moments = []moment{
	{snowflaketest.AtLogin, "authenticate", "the login", 0},
	{snowflaketest.AtQuery, "query", "SELECT 1", 1},
	{snowflaketest.AtList, "list_stage", "LIST", 2},
}

// A faultCase is one way in which a server misbehaves, and what the probe says of it.
type faultCase struct {
	fault snowflaketest.Fault
	code  warehouse.Code
	text  string // a format, of what the step sends
	slow  bool   // it takes until the steps' end to be sure

	loginCode warehouse.Code // where the login differs
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
	{fault: snowflaketest.Redirect("http://198.51.100.7/elsewhere"), code: warehouse.CodeUnexpectedResponse, text: `127\.0\.0\.1 did not answer %s like Snowflake: it sent a redirect, HTTP 307 Temporary Redirect\.`},
	{fault: snowflaketest.Refusal("390555", "08004", "Something odd.\n  At https://x.test/?a=b, in one line."), code: warehouse.CodeUnknown, text: "Something odd\\.\n  At https://x\\.test/\\?a=b, in one line\\."},
}

// at returns what is expected of the case at a moment.
func (f faultCase) at(m moment) (warehouse.Code, *regexp.Regexp) {
	code, text := f.code, f.text
	if m.step == "authenticate" && f.loginCode != "" {
		code, text = f.loginCode, f.loginText
	}
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, m.sends)
	}
	return code, regexp.MustCompile("^" + text + "$")
}

func TestEveryFaultEndsOnTimeAndIsNamed(t *testing.T) {
	t.Parallel()
	var cases crowd
	defer cases.all.Wait()
	for _, m := range moments {
		for _, f := range faultCases {
			cases.run(t, fmt.Sprintf("%s/%s", m.point, f.fault), f.slow, plainCustomer, func(t *testing.T, c *customer) {
				c.server.Inject(m.point, f.fault)
				began := time.Now()
				report, failure := c.probe(t, shortDeadline)
				took := time.Since(began)
				if failure == nil {
					t.Fatal("the probe passed")
				}
				code, text := f.at(m)
				if failure.Code != code || !text.MatchString(failure.Message) {
					t.Errorf("the probe says %s: %q\nwant %s: %s", failure.Code, failure.Message, code, text)
				}
				checkFailure(t, m, report, failure, f.code == warehouse.CodeUnknown)
				checkTime(t, took, f.slow)
				if n := c.server.Count(m.point); n != 1 {
					t.Errorf("it was tried %d times", n)
				}
				checkNothingLeft(t, c.server)
			})
		}
	}
}

// checkFailure looks at what holds for every failure.
func checkFailure(t *testing.T, m moment, report []warehouse.StepResult, failure *warehouse.ProbeError, raw bool) {
	t.Helper()
	if failure.Step != m.step {
		t.Errorf("the failed step is %q, want %q", failure.Step, m.step)
	}
	want := make(map[string]warehouse.StepStatus)
	for _, s := range moments {
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
		t.Errorf("after a login that passed, the hint doubts the account identifier: %q", failure.Hint)
	}
	if !raw {
		checkWords(t, failure.Message)
	}
	checkWords(t, failure.Hint)
}

// internals are what no customer should read.
var internals = regexp.MustCompile(`context deadline|context canceled|://|(?i:request_?(id|guid))|gosnowflake|snowflake: |net/http|dial tcp|lookup |EOF|json: |%!|\d+\.\d+\.\d+\.\d+:\d+`)

func checkWords(t *testing.T, text string) {
	t.Helper()
	if found := internals.FindString(text); found != "" {
		t.Errorf("a customer reads %q in: %s", found, text)
	}
}

// checkTime holds a probe to its deadline, and one that could tell at once to well under it: no retries
// are spent on a customer's waiting time.
func checkTime(t *testing.T, took time.Duration, slow bool) {
	t.Helper()
	switch {
	case took > shortDeadline+grace:
		t.Errorf("the probe took %v, with a deadline of %v", took, shortDeadline)
	case !slow && took > shortDeadline*2/3:
		t.Errorf("the probe took %v over what it could tell at once", took)
	}
}

func checkNothingLeft(t *testing.T, server *snowflaketest.Server) {
	t.Helper()
	if open := server.OpenSessions(); len(open) > 0 {
		t.Errorf("sessions are left open: %+v", open)
	}
	if running := server.Running(); len(running) > 0 {
		t.Errorf("statements are left running: %+v", running)
	}
	if n := server.Count(snowflaketest.AtTelemetry); n > 0 {
		t.Errorf("telemetry was sent %d times", n)
	}
}

func TestADelayThatEndsInTimeIsNoFault(t *testing.T) {
	t.Parallel()
	for _, m := range append(moments, moment{point: snowflaketest.AtClose}) {
		t.Run(string(m.point), func(t *testing.T) {
			t.Parallel()
			c := newConnected(t)
			c.server.Inject(m.point, snowflaketest.Delay(20*time.Millisecond))
			c.mustPass(t)
			checkNothingLeft(t, c.server)
		})
	}
}

// A dialCase is a fault of the network, which comes before any answer.
type dialCase struct {
	name string
	dial func(ctx context.Context, elsewhere dialTargets) (net.Conn, error)
	text string // a format, of what the step sends
	code warehouse.Code
	slow bool
}

// dialTargets are other servers than the one that is meant.
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

func TestEveryFaultOfTheNetworkEndsOnTimeAndIsNamed(t *testing.T) {
	t.Parallel()
	var cases crowd
	defer cases.all.Wait()
	foreign := snowflaketest.NewTLS()
	t.Cleanup(foreign.Close)
	for _, m := range moments {
		for _, f := range dialCases {
			make := func(t *testing.T) *customer { return behindFront(t, m, f, foreign.Addr) }
			cases.run(t, fmt.Sprintf("%s/%s", m.point, f.name), f.slow, make, func(t *testing.T, c *customer) {
				began := time.Now()
				report, failure := c.probe(t, shortDeadline)
				took := time.Since(began)
				if failure == nil {
					t.Fatal("the probe passed")
				}
				text := "^" + strings.ReplaceAll(regexp.QuoteMeta(f.text), "#", `\d`) + "$"
				if failure.Code != f.code || !regexp.MustCompile(text).MatchString(failure.Message) {
					t.Errorf("the probe says %s: %q\nwant %s: %s", failure.Code, failure.Message, f.code, text)
				}
				checkFailure(t, m, report, failure, false)
				checkTime(t, took, f.slow)
				checkNothingLeft(t, c.server)
			})
		}
	}
}

// behindFront returns a customer whose server needs a connection for every request, and whose connection
// at a moment meets a fault.
func behindFront(t *testing.T, m moment, f dialCase, foreign string) *customer {
	t.Helper()
	c := newConnected(t)
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

func plainCustomer(t *testing.T) *customer { return newConnected(t) }

func TestAFaultAtCloseIsLoggedAndNothingMore(t *testing.T) {
	t.Parallel()
	var cases crowd
	defer cases.all.Wait()
	for _, f := range faultCases {
		cases.run(t, f.fault.String(), f.slow, plainCustomer, func(t *testing.T, c *customer) {
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
				t.Errorf("the log holds %q", lines)
			}
		})
	}
}

func TestAStatementThatHangsIsAbortedWhateverBecomesOfThat(t *testing.T) {
	t.Parallel()
	var cases crowd
	defer cases.all.Wait()
	for _, m := range moments[1:] {
		for _, f := range []snowflaketest.Fault{
			{}, snowflaketest.Hang(), snowflaketest.Reset(), snowflaketest.Status(503), snowflaketest.MalformedJSON(),
			snowflaketest.Redirect("http://198.51.100.7/elsewhere"),
			snowflaketest.Refusal("000605", "02000", "Identified SQL statement is not currently executing."),
		} {
			cases.run(t, fmt.Sprintf("%s/%s", m.point, f), true, plainCustomer, func(t *testing.T, c *customer) {
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
					t.Errorf("the probe says %s: %q", failure.Code, failure.Message)
				}
				checkFailure(t, m, report, failure, false)
				checkTime(t, took, true)
				if n := c.server.Count(snowflaketest.AtAbort); n != 1 {
					t.Errorf("aborting was tried %d times", n)
				}
				checkNothingLeft(t, c.server) // what was not aborted ends with its session
			})
		}
	}
}

func TestACallerThatGivesUpEndsTheProbeAndItsSession(t *testing.T) {
	t.Parallel()
	for _, m := range moments {
		t.Run(string(m.point), func(t *testing.T) {
			t.Parallel()
			c := newConnected(t)
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
			checkNothingLeft(t, c.server)
		})
	}
}

func TestAProbeWithoutTimeSaysSo(t *testing.T) {
	t.Parallel()
	c := newConnected(t)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := c.connector.Probe(ctx, c.target())
	if err == nil || err.Error() != "No connection to 127.0.0.1 within 0.0 s." {
		t.Errorf("Probe = %v", err)
	}
}

func TestALoginWithoutASessionIsNoLogin(t *testing.T) {
	t.Parallel()
	c := newConnected(t)
	c.server.Inject(snowflaketest.AtLogin, snowflaketest.EmptySuccess())
	report, failure := c.probe(t, shortDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	checkFailure(t, moments[0], report, failure, false)
	if want := "127.0.0.1 did not answer the login like Snowflake: it accepted the login without opening a session."; failure.Message != want {
		t.Errorf("the probe says %q, want %q", failure.Message, want)
	}
}

func TestARowOfAnotherShapeIsNoAnswer(t *testing.T) {
	t.Parallel()
	c := newConnected(t)
	c.server.Inject(snowflaketest.AtQuery, snowflaketest.EmptySuccess())
	report, failure := c.probe(t, shortDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	checkFailure(t, moments[1], report, failure, false)
	if failure.Code != warehouse.CodeUnexpectedResponse {
		t.Errorf("the probe says %s: %s", failure.Code, failure.Message)
	}
}

func TestATokenThatIsTakenAwayIsToldAtOnce(t *testing.T) {
	t.Parallel()
	const message = "Your session has expired. Please login again."
	c := newConnected(t)
	c.server.Inject(snowflaketest.AtList, snowflaketest.Refusal("390112", "08001", message))
	report, failure := c.probe(t, shortDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	checkFailure(t, moments[2], report, failure, false)
	if failure.VendorCode != "390112" || failure.Message != message {
		t.Errorf("the probe says %s: %q", failure.VendorCode, failure.Message)
	}
	if n := c.server.Count(snowflaketest.AtList); n != 1 {
		t.Errorf("the stage was listed %d times", n)
	}
}
