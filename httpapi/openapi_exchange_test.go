package httpapi_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// checkExchange returns an error if the request or the response does not conform to the document.
func checkExchange(doc *openapi3.T, r *http.Request, sent []byte, got response) error {
	route, params := routeOf(doc, r)
	input := &openapi3filter.RequestValidationInput{
		Request:    cloneRequest(r, sent),
		PathParams: params,
		Route:      route,
		Options:    &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: r.Method == http.MethodHead},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil && got.status < 400 {
		return fmt.Errorf("request does not match the document: %w", err)
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 got.status,
		Header:                 got.header,
		Options:                input.Options,
	}
	response.SetBodyBytes([]byte(got.body))
	if err := openapi3filter.ValidateResponse(r.Context(), response); err != nil {
		return fmt.Errorf("response does not match the document: %w", err)
	}
	if allow := got.header.Get("Allow"); got.status == http.StatusMethodNotAllowed && allow != methodsOf(route.PathItem) {
		return fmt.Errorf("Allow is %q, document: %q", allow, methodsOf(route.PathItem))
	}
	if got.header.Get("Content-Type") != "application/json" && got.status != http.StatusNoContent {
		return fmt.Errorf("Content-Type is %q", got.header.Get("Content-Type"))
	}
	return nil
}

// afterMount matches the path after the mount. A path without it comes from a host that strips its prefix.
var afterMount = regexp.MustCompile(`(?s)^(?:.*/)?warehouse-connections((?:/.*)?)$`)

// mountedTwice matches a path whose mount is ambiguous.
var mountedTwice = regexp.MustCompile(`(?s)^(.*/)?warehouse-connections/(.*/)?warehouse-connections(/|$)`)

// routeOf returns the operation of a request. For an undocumented path or method, it returns an operation whose
// only response is 404 or 405, as the document's description requires.
func routeOf(doc *openapi3.T, r *http.Request) (*routers.Route, map[string]string) {
	route := &routers.Route{Spec: doc, Server: doc.Servers[0], Method: r.Method, PathItem: &openapi3.PathItem{}}
	if r.URL.RawPath != "" || mountedTwice.MatchString(r.URL.Path) {
		route.Operation = statusOnly(doc, http.StatusNotFound, "NotFound")
		return route, nil
	}
	rest := r.URL.Path
	if mounted := afterMount.FindStringSubmatch(rest); mounted != nil {
		rest = mounted[1]
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		params, ok := match(path, rest)
		if !ok {
			continue
		}
		route.Path, route.PathItem = path, item
		if route.Operation = operation(item, r.Method); route.Operation == nil {
			route.Operation = statusOnly(doc, http.StatusMethodNotAllowed, "MethodNotAllowed")
			route.PathItem = &openapi3.PathItem{Get: item.Get, Head: item.Head, Put: item.Put, Patch: item.Patch, Post: item.Post, Delete: item.Delete}
		}
		return route, params
	}
	route.Operation = statusOnly(doc, http.StatusNotFound, "NotFound")
	return route, nil
}

// operation returns nil for an unknown method. PathItem.GetOperation panics.
func operation(item *openapi3.PathItem, method string) *openapi3.Operation {
	return item.Operations()[method]
}

func statusOnly(doc *openapi3.T, status int, component string) *openapi3.Operation {
	return &openapi3.Operation{Responses: openapi3.NewResponses(openapi3.WithStatus(status, doc.Components.Responses[component]))}
}

func match(template, path string) (map[string]string, bool) {
	if strings.Contains(path, "//") {
		return nil, false
	}
	want, got := strings.Split(strings.Trim(template, "/"), "/"), strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	if len(want) != len(got) {
		return nil, false
	}
	if want[0] == "{id}" && got[0] == "types" {
		return nil, false
	}
	params := make(map[string]string)
	for i, segment := range want {
		switch {
		case strings.HasPrefix(segment, "{") && got[i] != "":
			params[strings.Trim(segment, "{}")] = got[i]
		case segment != got[i]:
			return nil, false
		}
	}
	return params, true
}

// methodsOf returns the methods of a path in the format of Allow.
func methodsOf(item *openapi3.PathItem) string {
	var methods []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		if operation(item, method) != nil {
			methods = append(methods, method)
		}
	}
	return strings.Join(methods, ", ")
}

// cloneRequest returns the request with its body, which the handler has read.
func cloneRequest(r *http.Request, sent []byte) *http.Request {
	again := r.Clone(r.Context())
	sent = bytes.TrimPrefix(sent, []byte("\ufeff")) // the validator does not skip it
	again.Body = io.NopCloser(bytes.NewReader(sent))
	again.ContentLength = int64(len(sent))
	if _, err := url.ParseQuery(again.URL.RawQuery); err != nil {
		again.URL.RawQuery = "" // the validator parses invalid queries differently
	}
	return again
}

func TestCheckExchange(t *testing.T) {
	t.Parallel()
	seed := compact(t, exampleObject)
	type served struct {
		method, path, body string
		got                response
	}
	ok := func(status int, body string) response {
		return response{status: status, body: body, header: http.Header{
			"Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}, "Content-Type": {"application/json"},
		}}
	}
	without := func(a response, header string) response { a.header.Del(header); return a }
	replaced := func(old, new string) response { return ok(200, replaceOnce(t, seed, old, new)) }
	check := func(s served) error {
		r := httptest.NewRequest(s.method, mount+s.path, strings.NewReader(s.body))
		if s.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		return checkExchange(document(t), r, []byte(s.body), s.got)
	}
	if err := check(served{"GET", "/wc_abc123/", "", ok(200, seed)}); err != nil {
		t.Errorf("valid exchange: %v", err)
	}
	for name, wrong := range map[string]served{
		"a member too many":            {"GET", "/wc_abc123/", "", replaced(`"last_error":null`, `"last_error":null,"private_key":"x"`)},
		"a config member too many":     {"GET", "/wc_abc123/", "", replaced(`"user":`, `"password":"x","user":`)},
		"a member missing":             {"GET", "/wc_abc123/", "", replaced(`,"last_error":null`, ``)},
		"an unknown status":            {"GET", "/wc_abc123/", "", replaced(`"connected"`, `"broken"`)},
		"a status that is not so":      {"GET", "/wc_abc123/", "", replaced(`"connected"`, `"pending_customer_setup"`)},
		"an error after a pass":        {"GET", "/wc_abc123/", "", replaced(`"last_error":null`, `"last_error":"x"`)},
		"a time with a fraction":       {"GET", "/wc_abc123/", "", replaced(`10:05:00Z`, `10:05:00.5Z`)},
		"a time of a zone":             {"GET", "/wc_abc123/", "", replaced(`10:05:00Z`, `10:05:00+02:00`)},
		"a diagnosis in a list":        {"GET", "/", "", ok(200, "["+withLast(seed, `"diagnosis":null`)+"]")},
		"two connections":              {"GET", "/", "", ok(200, "["+seed+","+seed+"]")},
		"a header missing":             {"GET", "/wc_abc123/", "", without(ok(200, seed), "Cache-Control")},
		"another type of content":      {"GET", "/wc_abc123/", "", without(ok(200, seed), "Content-Type")},
		"an undocumented status":       {"GET", "/wc_abc123/", "", ok(409, bodyChanged)},
		"another text":                 {"GET", "/wc_abc123/", "", ok(404, `{"detail":"No such connection."}`)},
		"a path that is not there":     {"GET", "/wc_abc123/x/", "", ok(200, seed)},
		"a method that is not there":   {"POST", "/wc_abc123/", "", ok(200, seed)},
		"a 405 without Allow":          {"POST", "/wc_abc123/", "", ok(405, `{"detail":"Method \"POST\" not allowed."}`)},
		"a 429 without Retry-After":    {"POST", "/wc_abc123/test/", "", ok(429, throttled(5))},
		"a 401 without a challenge":    {"GET", "/", "", ok(401, bodyAnonymous)},
		"an error after success":       {"POST", "/wc_abc123/test/", "", ok(200, `{"success":true,"tested_at":"2026-04-17T10:05:00Z","error":"x"}`)},
		"a failure without its error":  {"POST", "/wc_abc123/test/", "", ok(200, `{"success":false,"tested_at":"2026-04-17T10:05:00Z"}`)},
		"a request it should refuse":   {"PATCH", "/wc_abc123/", `{"colour":"red"}`, ok(200, seed)},
		"a malformed id that is there": {"GET", "/WC_ABC123/", "", ok(200, seed)},
	} {
		if check(wrong) == nil {
			t.Errorf("no error for %s", name)
		}
	}
}
