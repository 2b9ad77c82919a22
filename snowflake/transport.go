package snowflake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A transport carries the requests of one probe, and of nothing else. It decides for each how long it may
// take, reads answers whole, and turns whatever is not Snowflake's protocol into a [*fault] that
// names the cause, so that the driver neither retries it nor words it.
type transport struct {
	base   *http.Transport
	conns  *connections
	host   string // host:port, the only one that is ever asked
	called string // what the host is called in front of customers

	// steps ends when the probe's steps must be over; ending, a little later, when everything must,
	// the closing of the session included. The driver's own contexts carry neither.
	steps, ending context.Context

	mu       sync.Mutex
	skew     time.Duration // how far the server's clock is ahead of ours, from its last answer
	closeErr error         // what became of closing the session
}

// maxAnswer is far above any answer to what a probe asks.
const maxAnswer = 8 << 20

// What the driver asks of Snowflake, by path.
const (
	pathLogin     = "/session/v1/login-request"
	pathQuery     = "/queries/v1/query-request"
	pathAbort     = "/queries/v1/abort-request"
	pathSession   = "/session"
	pathTelemetry = "/telemetry/send"
)

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if req.URL.Host != t.host {
		return nil, elsewhere(t.called)
	}
	if req.URL.Path == pathTelemetry {
		// The server's invitation to telemetry overrules the driver's own setting.
		return jsonAnswer(req, []byte(`{"success":true}`), nil), nil
	}
	ctx, cancel := t.bound(req)
	defer cancel()
	answer, err := t.exchange(ctx, req)
	if req.URL.Path == pathSession && req.URL.Query().Get("delete") == "true" {
		t.mu.Lock()
		t.closeErr = err
		t.mu.Unlock()
	}
	return answer, err
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

func (t *transport) exchange(ctx context.Context, req *http.Request) (*http.Response, error) {
	began := time.Now()
	var connected atomic.Bool // DialContext cannot tell: connections are reused
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	waited := func(err error) error {
		return t.faultOf(err, ctx, req, connected.Load(), time.Since(began))
	}
	res, err := t.base.RoundTrip(req.WithContext(traced))
	if err != nil {
		return nil, waited(err)
	}
	defer res.Body.Close()
	t.readClock(res.Header)
	if res.StatusCode != http.StatusOK {
		return nil, statusFault(res.StatusCode, req.URL.Path, t.called)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case ctx.Err() != nil:
		return nil, waited(ctx.Err())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, unexpected(t.called, "its answer was cut short", err)
	case err != nil:
		return nil, waited(err)
	case len(body) > maxAnswer:
		return nil, unexpected(t.called, "its answer is far too long", nil)
	case !json.Valid(body) || !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		return nil, unexpected(t.called, notJSON(res.Header.Get("Content-Type"), body), nil)
	}
	return jsonAnswer(req, body, res.Header), nil
}

func notJSON(contentType string, body []byte) string {
	if strings.Contains(contentType, "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return "it answered with a web page"
	}
	return "its answer is not JSON"
}

// jsonAnswer is an answer that was read whole.
func jsonAnswer(req *http.Request, body []byte, header http.Header) *http.Response {
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{
		Status:        "200 OK",
		StatusCode:    http.StatusOK,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}

// readClock notes how far the server's clock is from ours: a token that is signed with a clock over a
// minute off is refused.
func (t *transport) readClock(header http.Header) {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	t.mu.Lock()
	t.skew = time.Until(theirs)
	t.mu.Unlock()
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
