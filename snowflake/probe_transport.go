package snowflake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
)

// A transport sends the requests of one probe. It sets the deadline of each request,
// reads the whole response, and turns everything that is not Snowflake's protocol into
// a [*transportError]. The driver would retry such a response and lose the cause.
//
// The driver never sees a server's bytes. It panics, hangs or takes gigabytes of memory
// on responses that no probe needs, so the transport decodes the members that a probe
// uses, checks them, and encodes a new response.
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
	tokens   tokenRedactor
	closeErr error // from closing the session
}

// Requests of the steps, as in messages for customers.
const (
	requestLogin  = "the login"
	requestSelect = "SELECT 1"
	requestList   = "LIST"
	requestClose  = "the end of the session"
)

// Paths of the driver's requests.
const (
	pathLogin   = "/session/v1/login-request"
	pathQuery   = "/queries/v1/query-request"
	pathAbort   = "/queries/v1/abort-request"
	pathSession = "/session"
)

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	if req.URL.Host != t.host {
		return nil, t.unexpected("it pointed to another host", nil)
	}
	res, err := t.exchange(req, body)
	if err != nil {
		return nil, t.redactCause(err)
	}
	return newJSONResponse(req, res), nil
}

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

// exchange sends a request of the driver and returns the body of its response.
func (t *transport) exchange(req *http.Request, body []byte) ([]byte, error) {
	switch req.URL.Path {
	case pathLogin:
		return t.login(req, body)
	case pathQuery:
		return t.statement(req, body)
	case pathAbort:
		// An error of the abort must not hide that of the statement, and the driver would
		// retry an abort that fails.
		_, _ = t.send(req, body)
		return encodeSuccess(nil), nil
	case pathSession:
		r, err := t.send(req, body)
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.closeErr = err; err == nil {
			t.closeErr = r.err()
		}
		return encodeSuccess(nil), nil
	}
	return nil, t.unexpected("it led to another request", nil)
}

// login opens a session.
func (t *transport) login(req *http.Request, body []byte) ([]byte, error) {
	body, token, err := rewriteLogin(body)
	if err != nil {
		return nil, internalError("The login could not be prepared.", err)
	}
	t.hideToken(token)
	r, err := t.send(req, body)
	switch {
	case err != nil:
		return nil, err
	case !r.Success:
		return r.encodeFailure(), nil
	case r.Data.Token == "":
		return nil, t.unexpected("it accepted the login without opening a session", nil)
	case !isToken(r.Data.Token):
		return nil, t.unexpected(problemForm, nil)
	}
	t.hideToken(r.Data.Token)
	return encodeSuccess(map[string]any{"token": r.Data.Token}), nil
}

// Limits of polling for the result of a statement. A real server keeps each poll open
// until the result is there, for up to 45 seconds.
const (
	maxPolls     = 32
	firstPollGap = 50 * time.Millisecond
	lastPollGap  = 2 * time.Second
)

// statement runs a statement. If the server promises its result for later, statement
// polls for it. The driver would poll as fast as the server responds.
func (t *transport) statement(req *http.Request, body []byte) ([]byte, error) {
	began := time.Now()
	r, err := t.send(req, body)
	gap := firstPollGap
	for polls := 0; err == nil && r.inProgress(); polls++ {
		if polls == maxPolls {
			return nil, t.unexpected(fmt.Sprintf("it had no result after %d requests", maxPolls), nil)
		}
		poll, ok := pollRequest(req, r.Data.ResultURL)
		if !ok {
			return nil, t.unexpected(problemForm, nil)
		}
		if err := sleep(t.stepsCtx, gap); err != nil {
			return nil, t.networkError(err, err, true, time.Since(began))
		}
		r, err = t.send(poll, nil)
		gap = min(2*gap, lastPollGap)
	}
	switch {
	case err != nil:
		return nil, err
	case r.Code == codeTokenExpired:
		// The driver would renew the token. It is valid for an hour, so if it expires during a
		// probe, it was revoked.
		number, _ := strconv.Atoi(codeTokenExpired) // a constant of digits
		return nil, &gosnowflake.SnowflakeError{Number: number, Message: r.Message}
	case !r.Success:
		return r.encodeFailure(), nil
	}
	data, err := r.Data.check(t.request())
	if err != nil {
		return nil, t.unexpected(problemResult, err)
	}
	return encodeSuccess(data), nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// setRequest records the request of the current step.
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

// hideToken makes redact remove a token.
func (t *transport) hideToken(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tokens.add(token)
}

// redact removes the tokens that were sent and received, and parts of them.
func (t *transport) redact(text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tokens.redact(text)
}

// redactCause redacts the cause of a transportError. Errors of net/http quote responses.
func (t *transport) redactCause(err error) error {
	e, ok := errors.AsType[*transportError](err)
	if !ok || e.cause == nil {
		return err
	}
	text := e.cause.Error()
	if clean := t.redact(text); clean != text {
		e.cause = errors.New(clean)
	}
	return err
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
