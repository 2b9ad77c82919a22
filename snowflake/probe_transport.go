// Carrying the requests of one probe.

package snowflake

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// A transport carries the requests of one probe, and of nothing else. It decides for each how long it may
// take, reads answers whole, and turns whatever is not Snowflake's protocol into a [*fault] that names
// the cause, so that the driver neither retries it nor words it.
type transport struct {
	base   *http.Transport
	conns  *connections
	host   string // host:port, the only one that is ever asked
	called string // what the host is called in front of customers

	// steps ends when the probe's steps must be over; ending, a little later, when everything must,
	// the closing of the session included. The driver's own contexts carry neither.
	steps, ending context.Context

	mu       sync.Mutex
	doing    string        // what the step under way sends: "the login", "SELECT 1", "LIST"
	skew     time.Duration // how far the server's clock is ahead of ours, from its last answer
	expired  string        // Snowflake's message that the session's token has expired
	closeErr error         // what became of closing the session
}

// What the driver asks of Snowflake, by path.
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
		// The server's invitation to telemetry overrules the driver's own setting.
		return jsonAnswer(req, []byte(`{"success":true}`), nil), nil
	case pathRenew:
		// A token lives for an hour, a probe for seconds: one that has expired was taken away, and
		// the driver would renew it for as long as that goes on.
		return nil, t.expiry()
	case pathAbort:
		// The statement's own fault must not be hidden by that of its abort, and the driver would
		// repeat one that comes too late.
		_, _ = t.exchange(req)
		return jsonAnswer(req, []byte(`{"success":true}`), nil), nil
	case pathSession:
		res, answer, err := t.send(req)
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.closeErr = err; err == nil {
			t.closeErr = answer.refusal()
		}
		return res, err
	}
	return t.exchange(req)
}

// bound gives a request its time. Aborting a statement and closing the session come after the steps;
// what an abort may take leaves as much for the close.
func (t *transport) bound(req *http.Request) (context.Context, context.CancelFunc) {
	switch req.URL.Path {
	case pathAbort:
		deadline, _ := t.ending.Deadline()
		return context.WithTimeout(t.ending, time.Until(deadline)/2)
	case pathSession:
		return context.WithCancel(t.ending)
	}
	return context.WithCancel(t.steps)
}

func (t *transport) exchange(req *http.Request) (*http.Response, error) {
	res, answer, err := t.send(req)
	if err != nil {
		return nil, err
	}
	if answer.Code == codeTokenExpired {
		t.mu.Lock()
		t.expired = answer.Message
		t.mu.Unlock()
	}
	if req.URL.Path == pathLogin && answer.Success && answer.Data.Token == "" {
		return nil, t.unexpected("it accepted the login without opening a session", nil)
	}
	return res, nil
}

// send makes one exchange, and reads the answer whole.
func (t *transport) send(req *http.Request) (*http.Response, answer, error) {
	ctx, cancel := t.bound(req)
	defer cancel()
	began := time.Now()
	var connected atomic.Bool // a dial cannot tell: connections are reused
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	failed := func(err error) error {
		return t.networkFault(err, ctx.Err(), connected.Load(), time.Since(began))
	}
	res, err := t.base.RoundTrip(req.WithContext(traced))
	if err != nil {
		return nil, answer{}, failed(err)
	}
	defer res.Body.Close()
	t.readClock(res.Header)
	if res.StatusCode != http.StatusOK {
		return nil, answer{}, t.statusFault(res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, answer{}, failed(ctx.Err())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, answer{}, t.unexpected("its answer broke off", err)
	case err != nil:
		return nil, answer{}, failed(err)
	case len(body) > maxAnswer:
		return nil, answer{}, t.unexpected("its answer is far too long", nil)
	}
	read, problem := readAnswer(body, res.Header.Get("Content-Type"))
	if problem != "" {
		return nil, answer{}, t.unexpected(problem, nil)
	}
	return jsonAnswer(req, body, res.Header), read, nil
}

// sending notes what the step under way sends, for the words of a fault.
func (t *transport) sending(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doing = what
}

func (t *transport) sent() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.doing
}

// readClock notes how far the server's clock is from ours: a token that is signed with a clock over a
// minute off is refused.
func (t *transport) readClock(header http.Header) {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.skew = time.Until(theirs)
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
