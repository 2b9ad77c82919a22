package snowflake

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
)

// A transport sends the requests of one probe. It sets the deadline of each request,
// reads the whole response, and turns everything that is not Snowflake's protocol into
// a [*transportError]. The driver would retry such a response and lose the cause.
type transport struct {
	base     *http.Transport
	conns    *connections
	host     string // host:port, the only one that requests may go to
	hostname string // as in messages for customers

	// stepsCtx bounds the probe's steps, closeCtx everything including the close of the
	// session. The driver's own contexts have no deadline.
	stepsCtx, closeCtx context.Context

	mu       sync.Mutex
	current  string        // request of the current step, such as "SELECT 1"
	skew     time.Duration // of the server's clock from ours, from its last response
	expired  string        // Snowflake's message that the session's token has expired
	closeErr error         // from closing the session
}

// requestLogin is the request of the first step, as in messages for customers.
const requestLogin = "the login"

// Paths of the driver's requests.
const (
	pathLogin     = "/session/v1/login-request"
	pathQuery     = "/queries/v1/query-request"
	pathAbort     = "/queries/v1/abort-request"
	pathRenew     = "/session/token-request"
	pathSession   = "/session"
	pathTelemetry = "/telemetry/send"
)

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if req.URL.Host != t.host {
		return nil, t.unexpected("it pointed to another host", nil)
	}
	switch req.URL.Path {
	case pathTelemetry:
		// A server that enables telemetry overrides the driver's setting.
		return newJSONResponse(req, []byte(`{"success":true}`), nil), nil
	case pathRenew:
		// A token is valid for an hour. If it expires during a probe, it was revoked, and the
		// driver would renew it again and again.
		return nil, t.expiredError()
	case pathAbort:
		// An error of the abort must not hide that of the statement, and the driver would
		// retry an abort that fails.
		_, _ = t.exchange(req)
		return newJSONResponse(req, []byte(`{"success":true}`), nil), nil
	case pathSession:
		res, r, err := t.send(req)
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.closeErr = err; err == nil {
			t.closeErr = r.err()
		}
		return res, err
	}
	return t.exchange(req)
}

// requestContext returns the context that bounds a request. Aborting a statement and
// closing the session come after the steps. An abort gets half of the remaining time,
// which leaves the other half for the close.
func (t *transport) requestContext(req *http.Request) (context.Context, context.CancelFunc) {
	switch req.URL.Path {
	case pathAbort:
		deadline, _ := t.closeCtx.Deadline()
		return context.WithTimeout(t.closeCtx, time.Until(deadline)/2)
	case pathSession:
		return context.WithCancel(t.closeCtx)
	}
	return context.WithCancel(t.stepsCtx)
}

func (t *transport) exchange(req *http.Request) (*http.Response, error) {
	res, r, err := t.send(req)
	if err != nil {
		return nil, err
	}
	if r.Code == codeTokenExpired {
		t.mu.Lock()
		t.expired = r.Message
		t.mu.Unlock()
	}
	if req.URL.Path == pathLogin && r.Success && r.Data.Token == "" {
		return nil, t.unexpected("it accepted the login without opening a session", nil)
	}
	return res, nil
}

// send sends one request and reads the whole response.
func (t *transport) send(req *http.Request) (*http.Response, response, error) {
	ctx, cancel := t.requestContext(req)
	defer cancel()
	start := time.Now()
	var connected atomic.Bool // from a trace, since a reused connection is not dialed
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	networkError := func(err error) error {
		return t.networkError(err, ctx.Err(), connected.Load(), time.Since(start))
	}
	res, err := t.base.RoundTrip(req.WithContext(traced))
	if err != nil {
		return nil, response{}, networkError(err)
	}
	defer res.Body.Close()
	t.readClock(res.Header)
	if res.StatusCode != http.StatusOK {
		return nil, response{}, t.statusError(res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxResponse+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, response{}, networkError(ctx.Err())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, response{}, t.unexpected("its answer broke off", err)
	case err != nil:
		return nil, response{}, networkError(err)
	case len(body) > maxResponse:
		return nil, response{}, t.unexpected("its answer is far too long", nil)
	}
	r, problem := parseResponse(body, res.Header.Get("Content-Type"))
	if problem != "" {
		return nil, response{}, t.unexpected(problem, nil)
	}
	return newJSONResponse(req, body, res.Header), r, nil
}

// setRequest records the request of the current step for error messages.
func (t *transport) setRequest(request string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = request
}

func (t *transport) request() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

// expiredError is Snowflake's error for a token that has expired.
func (t *transport) expiredError() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	number, _ := strconv.Atoi(codeTokenExpired) // a constant of digits
	return &gosnowflake.SnowflakeError{Number: number, Message: t.expired}
}

// readClock records the difference of the server's clock from ours. See maxSkew.
func (t *transport) readClock(header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.skew = time.Until(date)
}

func (t *transport) clockSkew() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.skew
}

func (t *transport) sessionCloseError() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closeErr
}
