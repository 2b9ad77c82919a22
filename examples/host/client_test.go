package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A client is a browser of a user of the host. It stores cookies.
type client struct {
	*http.Client
	url string
}

func serve(t *testing.T, service *warehouse.Service) client {
	t.Helper()
	router, err := newRouter(service, slog.New(slog.DiscardHandler))
	check(t, err)
	server := httptest.NewTLSServer(router)
	t.Cleanup(server.Close)
	return client{Client: server.Client(), url: server.URL}
}

// login returns a new client with the session of a user.
func (c client) login(t *testing.T, name, password string) client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	check(t, err)
	c.Client = &http.Client{Transport: c.Transport, Jar: jar}
	c.submit(t, "/api/v1/login", url.Values{"name": {name}, "password": {password}}).is(t, http.StatusOK)
	return c
}

func (c client) submit(t *testing.T, path string, form url.Values) response {
	t.Helper()
	request := c.request(t, http.MethodPost, path, form.Encode())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.send(t, request)
}

func (c client) get(t *testing.T, path string) response {
	t.Helper()
	return c.do(t, http.MethodGet, path, "")
}

func (c client) post(t *testing.T, path, body string) response {
	t.Helper()
	return c.do(t, http.MethodPost, path, body)
}

func (c client) do(t *testing.T, method, path, body string) response {
	t.Helper()
	return c.send(t, c.request(t, method, path, body))
}

func (c client) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, c.url+path, strings.NewReader(body))
	check(t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}

func (c client) send(t *testing.T, request *http.Request) response {
	t.Helper()
	res, err := c.Do(request)
	check(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	check(t, err)
	return response{method: request.Method, path: request.URL.Path, status: res.StatusCode, body: string(body)}
}

func (c client) count(t *testing.T, name string) float64 {
	t.Helper()
	counters, _ := c.get(t, "/internal/vars").is(t, http.StatusOK)["warehouse_connection_events"].(map[string]any)
	n, _ := counters[name].(float64)
	return n
}

// A response also holds the request, for error messages.
type response struct {
	method, path string
	status       int
	body         string
}

// is checks the status and returns the members of the body if it is a JSON object.
func (r response) is(t *testing.T, status int) map[string]any {
	t.Helper()
	if r.status != status {
		t.Fatalf("%s %s: status %d, want %d: %s", r.method, r.path, r.status, status, r.body)
	}
	var members map[string]any
	_ = json.Unmarshal([]byte(r.body), &members)
	return members
}
