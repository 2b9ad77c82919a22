// Package browsertest drives the element in a real browser. It is a module of its own, because the browser's
// driver is no dependency of the library.
package browsertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/httpapi/webui"
	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

const api = "/api/v1/organisations/8/integrations/warehouse-connections/"

// policy is the strictest one that the element supports. Violations are reported to the site.
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; report-uri /csp"

// A site is a host with the real handler and Snowflake's stand-in. Its warehouses are "snowflake" and "fake",
// whose config has a password.
type site struct {
	t         *testing.T
	server    *httptest.Server
	snowflake *snowflaketest.Server
	fake      *warehousetest.Connector

	mu       sync.Mutex
	types    string
	faults   map[string]http.HandlerFunc // by method and the path below the API's
	reports  []string
	requests []string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, snowflake: snowflaketest.New(), fake: &warehousetest.Connector{}, faults: make(map[string]http.HandlerFunc)}
	t.Cleanup(s.snowflake.Close)
	s.offer("snowflake")
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: 1, Endpoint: s.snowflake.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connector.Close() })
	service := warehousetest.NewService(t, s.fake, &warehousetest.ServiceOptions{Connectors: map[string]warehouse.Connector{"snowflake": connector}})
	handler, err := httpapi.NewHandler(service, func(*http.Request, warehouse.Action) (warehouse.Caller, error) {
		return warehouse.Caller{Organisation: "8"}, nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/warehouse-ui/", webui.NewHandler())
	mux.Handle(api, s.intercept(handler))
	mux.HandleFunc("GET /{$}", servePage)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /csp", func(_ http.ResponseWriter, r *http.Request) {
		report, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.reports = append(s.reports, string(report))
	})
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = io.WriteString(w, ":root { color-scheme: light dark; background: Canvas; } body { margin: 1rem; }")
	})
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	return s
}

// servePage serves a page with the element. The query is added to its attributes.
func servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	attributes := ""
	for name, values := range r.URL.Query() {
		attributes += fmt.Sprintf(" %s=%q", name, values[0])
	}
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>Warehouse</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/warehouse-ui/warehouse-connection.js"></script></head>
<body><main><h1>Settings</h1><warehouse-connection api="%s"%s></warehouse-connection></main></body></html>`, api, attributes)
}

// offer sets which types the API describes.
func (s *site) offer(names ...string) {
	s.t.Helper()
	content, err := os.ReadFile("testdata/types.json")
	if err != nil {
		s.t.Fatal(err)
	}
	var all, offered []map[string]any
	if err := json.Unmarshal(content, &all); err != nil {
		s.t.Fatal(err)
	}
	for _, one := range all {
		for _, name := range names {
			if one["type"] == name {
				offered = append(offered, one)
			}
		}
	}
	types, _ := json.Marshal(offered)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.types = string(types)
}

// supports sets what a type supports.
func (s *site) supports(capability string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.types = strings.ReplaceAll(s.types, fmt.Sprintf(`"%s":false`, capability), fmt.Sprintf(`"%s":true`, capability))
}

// on replaces the response to a request, such as "POST {id}/test/", until it is called with a nil handler.
func (s *site) on(request string, handler http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if handler == nil {
		delete(s.faults, request)
		return
	}
	s.faults[request] = handler
}

// respond returns a handler for on.
func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "2")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hang returns a handler for on that responds when the client is gone or the test has ended.
func (s *site) hang() http.HandlerFunc {
	ended := make(chan struct{})
	s.t.Cleanup(func() { close(ended) })
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-ended:
		case <-r.Context().Done():
		}
	}
}

// offline drops the connection, as a network does that is gone.
func offline(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func (s *site) intercept(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, api)
		id, rest, _ := strings.Cut(path, "/")
		if strings.HasPrefix(id, "wc_") {
			path = "{id}/" + rest
		}
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+path)
		fault := s.faults[r.Method+" "+path]
		types := s.types
		s.mu.Unlock()
		switch {
		case fault != nil:
			fault(w, r)
		case path == "types/":
			respond(http.StatusOK, types)(w, r)
		case strings.Contains(r.URL.RawQuery, "teardown_script"):
			respond(http.StatusOK, `{"teardown_script":"-- Remove Flagsmith\nUSE ROLE SECURITYADMIN;\nDROP USER IF EXISTS \"FLAGSMITH_SERVICE\";\nDROP ROLE IF EXISTS \"FLAGSMITH_LOADER\";\n"}`)(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// A connection is the part of the API's object that tests need.
type connection struct {
	ID          string `json:"id"`
	Status      string `json:"status"`
	SetupScript string `json:"setup_script"`
}

// call sends a request past the faults of the site, and returns the connection in the response.
func (s *site) call(method, path, body string) connection {
	s.t.Helper()
	s.mu.Lock()
	faults := s.faults
	s.faults = make(map[string]http.HandlerFunc)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults = faults
	}()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+api+path, reader)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, content)
	}
	content = bytes.TrimSuffix(bytes.TrimPrefix(bytes.TrimSpace(content), []byte("[")), []byte("]"))
	var c connection
	if len(content) > 0 {
		if err := json.Unmarshal(content, &c); err != nil {
			s.t.Fatal(err)
		}
	}
	return c
}

// connect creates a connection to Snowflake.
func (s *site) connect() connection {
	s.t.Helper()
	return s.call(http.MethodPost, "", `{"type":"snowflake","account_identifier":"myorg-account123"}`)
}

// run runs the setup script of the connection, as the administrator does.
func (s *site) run() {
	s.t.Helper()
	s.sql(s.call(http.MethodGet, "", "").SetupScript)
}

func (s *site) sql(script string) {
	s.t.Helper()
	if _, err := s.snowflake.Run(script); err != nil {
		s.t.Fatal(err)
	}
}

// test tests the connection.
func (s *site) test() {
	s.t.Helper()
	s.call(http.MethodPost, s.call(http.MethodGet, "", "").ID+"/test/", "")
}
