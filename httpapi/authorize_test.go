package httpapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestNewHandler(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, newConnector(), nil)
	allow := func(*http.Request, action) (caller, error) { return ada, nil }
	for want, build := range map[string]func() (*httpapi.Handler, error){
		"authorize is nil": func() (*httpapi.Handler, error) { return httpapi.NewHandler(service, nil, nil) },
		"service is nil":   func() (*httpapi.Handler, error) { return httpapi.NewHandler(nil, allow, nil) },
		"PathSegment": func() (*httpapi.Handler, error) {
			return httpapi.NewHandler(service, allow, &httpapi.Options{PathSegment: "a/b"})
		},
	} {
		if h, err := build(); err == nil || !strings.Contains(err.Error(), want) || h != nil {
			t.Errorf("the error is %v, without %q", err, want)
		}
	}
	if _, err := httpapi.NewHandler(service, allow, nil); err != nil {
		t.Error(err)
	}
}

func TestAuthorizePrecedesReads(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		t.Run(o.id, func(t *testing.T) {
			t.Parallel()
			body := &countingReader{Reader: strings.NewReader(o.body)}
			r := httptest.NewRequest(o.method, mount+o.path+"?include=nonsense&x=1;2", body)
			r.SetPathValue("organisation_pk", "8")
			r.Header.Set("Content-Type", "text/nonsense")
			target, uri := r.URL.String(), r.RequestURI
			asked := 0
			var s *server
			s = newServer(t, options{authorize: func(got *http.Request, _ action) (caller, error) {
				asked++
				if got != r || got.Body != r.Body || got.URL.String() != target || got.RequestURI != uri || got.PathValue("organisation_pk") != "8" {
					t.Errorf("Authorize got a modified request: %v", got)
				}
				if body.n > 0 || len(s.takeCalls()) > 0 {
					t.Error("body or store read before Authorize")
				}
				return caller{}, httpapi.Forbidden()
			}})
			if got := s.serve(r, o.body); got.status != 403 {
				t.Errorf("got %d %s", got.status, got.body)
			}
			if asked != 1 || body.n > 0 || len(s.takeCalls()) > 0 {
				t.Errorf("%d calls of Authorize, %d bytes read", asked, body.n)
			}
		})
	}
}

func TestAuthorizeAction(t *testing.T) {
	t.Parallel()
	viewers := map[action]bool{warehouse.ActionList: true, warehouse.ActionRead: true, warehouse.ActionTypes: true}
	s := newServer(t, options{authorize: func(_ *http.Request, a action) (caller, error) {
		if !viewers[a] {
			return caller{}, httpapi.Forbidden()
		}
		return ada, nil
	}})
	before := s.insert()
	for _, o := range operations {
		want := 403
		if o.method == "GET" || o.method == "HEAD" {
			want = 200
		}
		if got := s.send(o.method, o.path, o.body); got.status != want {
			t.Errorf("%s got %d to a viewer", o.id, got.status)
		}
	}
	equal(t, "the row", before, s.row("8", "wc_abc123"))
}

func TestAuthorizeSkipsUnknownRoutes(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: func(r *http.Request, _ action) (caller, error) {
		t.Errorf("Authorize was called for %s %s", r.Method, r.URL)
		return ada, nil
	}})
	s.send("GET", "/wc_abc123/tests/", "")
	s.send("OPTIONS", "/", "")
	s.send("GET", "/wc_abc123%2ftest", "")
}

func TestRefusalsMatch(t *testing.T) {
	t.Parallel()
	refusals := []func(string) error{
		httpapi.Unauthenticated,
		func(string) error { return httpapi.Forbidden() },
		func(string) error { return httpapi.NotFound() },
		func(text string) error { return httpapi.TooManyRequests(time.Duration(len(text)) * time.Second) },
	}
	for i, refusal := range refusals {
		for j, other := range refusals {
			if got := errors.Is(fmt.Errorf("host: %w", refusal("Session")), other("Bearer realm=x")); got != (i == j) {
				t.Errorf("%v is %v: %v", refusal(""), other(""), got)
			}
		}
		if errors.Is(refusal(""), errors.ErrUnsupported) {
			t.Errorf("%v is another package's error", refusal(""))
		}
	}
}

func TestAuthorizeRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		err    error
		status int
		body   string
		header map[string]string
	}{
		{"unauthenticated", httpapi.Unauthenticated(""), 401, bodyAnonymous, map[string]string{"WWW-Authenticate": "Bearer"}},
		{"unauthenticated with a challenge", httpapi.Unauthenticated(`Session realm="host"`), 401, bodyAnonymous, map[string]string{"WWW-Authenticate": `Session realm="host"`}},
		{"forbidden", httpapi.Forbidden(), 403, bodyForbidden, nil},
		{"not found", httpapi.NotFound(), 404, bodyNotFound, nil},
		{"too many requests", httpapi.TooManyRequests(1500 * time.Millisecond), 429, throttled(2), map[string]string{"Retry-After": "2"}},
		{"too many requests for a second", httpapi.TooManyRequests(time.Second), 429,
			`{"detail":"Request was throttled. Expected available in 1 second."}`, map[string]string{"Retry-After": "1"}},
		{"too many requests for no time", httpapi.TooManyRequests(-time.Hour), 429,
			`{"detail":"Request was throttled. Expected available in 1 second."}`, map[string]string{"Retry-After": "1"}},
		{"too many requests for ever", httpapi.TooManyRequests(1<<63 - 1), 429, throttled(9223372037), map[string]string{"Retry-After": "9223372037"}},
		{"wrapped", fmt.Errorf("the host: %w", httpapi.Forbidden()), 403, bodyForbidden, nil},
		{"joined", errors.Join(errors.New("the host"), httpapi.NotFound()), 404, bodyNotFound, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, refusing(test.err))
			got := s.send("GET", "/", "")
			wantResponse(t, "response", got, test.status, test.body)
			for name, value := range test.header {
				if got.header.Get(name) != value {
					t.Errorf("%s is %q, want %q", name, got.header.Get(name), value)
				}
			}
			if log := s.log.String(); log != "" {
				t.Errorf("unexpected log: %s", log)
			}
		})
	}
}

func TestRefusalErrorText(t *testing.T) {
	t.Parallel()
	if text := httpapi.Unauthenticated("Bearer token=abc").Error(); strings.Contains(text, "abc") {
		t.Errorf("the error is %s", text)
	}
}

func TestAuthorizeError(t *testing.T) {
	t.Parallel()
	s := newServer(t, refusing(errors.New("the session store is down")))
	got := s.send("GET", "/", "")
	wantResponse(t, "response", got, 500, bodyServerError)
	if log := s.log.String(); !strings.Contains(log, "the session store is down") {
		t.Errorf("the log is %s", log)
	}
}

func TestInvalidOrganisation(t *testing.T) {
	t.Parallel()
	for _, organisation := range []string{"", strings.Repeat("x", 256), "a\x00b", "a\xff"} {
		s := newServer(t, options{authorize: func(*http.Request, action) (caller, error) { return caller{Organisation: organisation}, nil }})
		s.insert()
		for _, o := range operations {
			got := s.send(o.method, o.path, o.body)
			if got.status != 500 {
				t.Errorf("%s for organisation %.10q got %d %s", o.id, organisation, got.status, got.body)
			}
		}
		if asked := s.takeCalls(); len(asked) > 0 {
			t.Errorf("store calls: %v", asked)
		}
		if log := s.log.String(); !strings.Contains(log, "organisation") {
			t.Errorf("the log lacks the cause: %s", log)
		}
	}
}
