package snowflake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// maxRedirects is how many redirects of a request are followed.
const maxRedirects = 5

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

// send sends a request, follows redirects, and returns the response with its texts redacted.
func (t *transport) send(req *http.Request, body []byte) (response, error) {
	ctx, cancel := t.requestContext(req)
	defer cancel()
	for redirects := 0; ; redirects++ {
		r, to, err := t.sendOnce(ctx, req, body)
		switch {
		case err != nil:
			return response{}, err
		case to == nil:
			r.redact(t.redact)
			return r, nil
		case redirects == maxRedirects:
			return response{}, t.unexpected(fmt.Sprintf("it redirected more than %d times", maxRedirects), nil)
		}
		req = req.Clone(ctx)
		req.URL = to
	}
}

// sendOnce sends a request and reads the whole response. It returns a URL instead if the
// server redirects to itself.
func (t *transport) sendOnce(ctx context.Context, req *http.Request, body []byte) (r response, redirect *url.URL, err error) {
	start := time.Now()
	var connected atomic.Bool // from a trace, since a reused connection is not dialed
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	networkError := func(err error) error {
		return t.networkError(err, ctx.Err(), connected.Load(), time.Since(start))
	}
	res, err := t.base.RoundTrip(withBody(req.WithContext(traced), body))
	if err != nil {
		return response{}, nil, networkError(err)
	}
	defer res.Body.Close()
	t.readClock(res.Header)
	status := res.StatusCode
	if status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect {
		redirect, err = t.redirectTarget(req.URL, res.Header.Get("Location"))
		return response{}, redirect, err
	}
	if status != http.StatusOK && !mayHoldError(status) {
		return response{}, nil, t.statusError(status)
	}
	content, err := io.ReadAll(io.LimitReader(res.Body, maxResponse+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return response{}, nil, networkError(ctx.Err())
	case status != http.StatusOK:
		if r, problem := parseResponse(content, res.Header.Get("Content-Type")); err == nil && problem == "" && r.isError() {
			return r, nil, nil
		}
		return response{}, nil, t.statusError(status)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return response{}, nil, t.unexpected("its answer broke off", err)
	case err != nil:
		return response{}, nil, networkError(err)
	case len(content) > maxResponse:
		return response{}, nil, t.unexpected("its answer is far too long", nil)
	}
	r, problem := parseResponse(content, res.Header.Get("Content-Type"))
	if problem != "" {
		return response{}, nil, t.unexpected(problem, nil)
	}
	return r, nil, nil
}

// mayHoldError reports whether a response with this status can hold one of Snowflake's
// errors, as a 401 does.
func mayHoldError(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusProxyAuthRequired &&
		status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// withBody returns req with a body, which it can send again on another connection.
func withBody(req *http.Request, body []byte) *http.Request {
	req.Body, req.GetBody, req.ContentLength = http.NoBody, nil, int64(len(body))
	if len(body) > 0 {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
	}
	return req
}

// redirectTarget returns the URL of a redirect to the same server. Snowflake redirects a
// login and a statement to other paths. A token goes to no other server.
func (t *transport) redirectTarget(from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil || location == "" {
		return nil, t.unexpected("it sent a redirect without a target", nil)
	}
	port := to.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[to.Scheme]
	}
	if to.Scheme != from.Scheme || !strings.EqualFold(net.JoinHostPort(to.Hostname(), port), t.host) {
		return nil, t.unexpected("it redirected to another host, port or protocol", nil)
	}
	return &url.URL{Scheme: from.Scheme, Host: t.host, Path: to.Path, RawPath: to.RawPath, RawQuery: to.RawQuery}, nil
}

// pollRequest returns a request for the result of the statement of req. The URL of the
// result is a path.
func pollRequest(req *http.Request, path string) (*http.Request, bool) {
	to, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || to.Host != "" || to.Scheme != "" {
		return nil, false
	}
	poll := req.Clone(req.Context())
	poll.Method = http.MethodGet
	poll.URL = &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: to.Path, RawQuery: to.RawQuery}
	poll.Header.Del("Content-Type")
	return poll, true
}
