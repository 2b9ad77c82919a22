package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
)

// Bodies of error responses.
const (
	bodyNotFound    = `{"detail":"Not found."}`
	bodyAnonymous   = `{"detail":"Authentication credentials were not provided or are not valid."}`
	bodyForbidden   = `{"detail":"You do not have permission to perform this action."}`
	bodyExists      = `{"detail":"This organisation has a warehouse connection already.","id":"wc_abc123"}`
	bodyChanged     = `{"detail":"The connection was changed meanwhile. Try again."}`
	bodyTooLarge    = `{"detail":"The body is larger than 64 KiB."}`
	bodyMediaType   = `{"detail":"Unsupported media type: send application/json in UTF-8."}`
	bodyServerError = `{"detail":"Internal server error."}`
	bodyBadQuery    = `{"detail":"Malformed query string."}`
	bodyNoInclude   = `{"include":["This parameter is not available here."]}`
	bodyBadInclude  = `{"include":["The only valid choice is \"diagnosis\", once."]}`
	bodyNotJSON     = `{"detail":"JSON parse error: the body is not JSON."}`
)

// exampleTypes describes the connector of newConnector, whose fields have no tags.
const exampleTypes = `[{"type":"snowflake","title":"snowflake","description":"","setup":{"language":"text","instructions":""},` +
	`"supports":{"key_pair":true,"check":false,"rotation":false,"teardown":true},` +
	`"config_schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{` +
	`"account_identifier":{"type":"string","minLength":1,"x-immutable":true},"warehouse":{"type":"string","default":"COMPUTE_WH","minLength":1},` +
	`"database":{"type":"string","default":"FLAGSMITH","minLength":1},"schema":{"type":"string","default":"ANALYTICS","minLength":1},` +
	`"role":{"type":"string","default":"FLAGSMITH_LOADER","minLength":1},"user":{"type":"string","default":"FLAGSMITH_SERVICE","minLength":1}},` +
	`"required":["account_identifier"],"additionalProperties":false}}]`

func throttled(seconds int) string {
	return fmt.Sprintf(`{"detail":"Request was throttled. Expected available in %d seconds."}`, seconds)
}

// An exchange is a request and its expected response.
type exchange struct {
	name    string
	options options
	empty   bool            // the organisation has no connection; otherwise the published example, tested
	before  func(s *server) // called before the request
	method  string
	path    string
	body    string
	header  []string // of the request
	status  int
	want    string            // the body; for a new connection, with the id of the published example
	extra   map[string]string // additional headers of the response
}

// pending returns the connection of the published example after a change of its config.
func pending(t testing.TB, config ...string) string {
	want := compact(t, exampleObject)
	want = replaceOnce(t, want, `"connected"`, `"pending_customer_setup"`)
	want = replaceOnce(t, want, `"last_tested_at":"2026-04-17T10:05:00Z"`, `"last_tested_at":null`)
	for i := 0; i < len(config); i += 2 {
		want = replaceOnce(t, want, config[i], config[i+1])
	}
	return want
}

func refusing(err error) options {
	return options{authorize: func(*http.Request, action) (caller, error) { return caller{}, err }}
}

// storeDown returns options with a store that always fails.
func storeDown() options {
	return options{beforeStore: func(string) error { return errors.New("the database is down") }}
}

// storeChanged returns options with a store in which every row changes before it is written.
func storeChanged() options {
	return options{beforeStore: func(method string) error {
		if method == "Update" || method == "RecordTest" {
			return warehouse.ErrChanged
		}
		return nil
	}}
}

// oneProbe returns options that allow one probe at a time. Probes run until their deadline.
func oneProbe() options {
	connector := newConnector()
	connector.ProbeFunc = func(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return options{connector: connector, maxProbes: 1}
}

func fillProbes(s *server) {
	other := caller{Organisation: "9"}
	c, err := s.service.Create(s.t.Context(), other, warehouse.Fields{"type": []byte(`"snowflake"`), "account_identifier": []byte(`"other"`)})
	if err != nil {
		s.t.Fatal(err)
	}
	go s.service.Test(s.t.Context(), other, c.ID)
	synctest.Wait()
}

// operations are a valid request for each operation of the document.
var operations = []struct{ id, method, path, body string }{
	{"listConnections", "GET", "/", ""},
	{"headConnections", "HEAD", "/", ""},
	{"createConnection", "POST", "/", `{"type":"snowflake","account_identifier":"xy12345.us-east-1"}`},
	{"listTypes", "GET", "/types/", ""},
	{"headTypes", "HEAD", "/types/", ""},
	{"getConnection", "GET", "/wc_abc123/", ""},
	{"headConnection", "HEAD", "/wc_abc123/", ""},
	{"replaceConnection", "PUT", "/wc_abc123/", `{"warehouse":"OTHER"}`},
	{"updateConnection", "PATCH", "/wc_abc123/", `{"warehouse":"OTHER"}`},
	{"deleteConnection", "DELETE", "/wc_abc123/", ""},
	{"testConnection", "POST", "/wc_abc123/test/", ""},
}

func exchanges(t testing.TB) []exchange {
	seed := compact(t, exampleObject)
	all := []exchange{
		{name: "list, none", empty: true, method: "GET", path: "/", status: 200, want: `[]`},
		{name: "list, one", method: "GET", path: "/", status: 200, want: "[" + seed + "]"},
		{name: "list, other parameters", method: "GET", path: "/?format=json&page=1", status: 200, want: "[" + seed + "]"},
		{name: "create, defaults", empty: true, method: "POST", path: "/", body: `{"type":"snowflake","account_identifier":"xy12345.us-east-1"}`,
			status: 201, want: replaceOnce(t, pending(t), "10:00:00", "10:05:00")},
		{name: "create, a warehouse", empty: true, method: "POST", path: "/", body: `{"type":"snowflake","account_identifier":"xy12345.us-east-1","warehouse":"loading"}`,
			status: 201, want: replaceOnce(t, pending(t, "COMPUTE_WH", "LOADING"), "10:00:00", "10:05:00")},
		{name: "create, nothing", empty: true, method: "POST", path: "/", body: `{}`,
			status: 400, want: `{"type":["This field is required."]}`},
		{name: "create, no account", empty: true, method: "POST", path: "/", body: `{"type":"snowflake"}`,
			status: 400, want: `{"account_identifier":["This field is required."]}`},
		{name: "create, an unknown type alone", empty: true, method: "POST", path: "/", body: `{"type":"bigquery","colour":"red"}`,
			status: 400, want: `{"type":["Unknown type. Known types: snowflake."]}`},
		{name: "create, all that is wrong at once", empty: true, method: "POST", path: "/",
			body:   `{"type":"snowflake","account_identifier":"a b","warehouse":null,"database":7,"schema":" ","colour":"red","id":"wc_x","Warehouse":"W"}`,
			status: 400,
			want: `{"Warehouse":["Unknown field."],"account_identifier":["This is not an account identifier."],"colour":["Unknown field."],` +
				`"database":["Not a valid string."],"id":["This field is read-only."],"schema":["This field may not be blank."],"warehouse":["This field may not be null."]}`},
		{name: "create, a second one", method: "POST", path: "/", body: `{"type":"snowflake","account_identifier":"other"}`,
			status: 409, want: bodyExists},
		{name: "types", method: "GET", path: "/types/", status: 200, want: exampleTypes},
		{name: "types, without the body", method: "HEAD", path: "/types/", status: 200, want: exampleTypes},
		{name: "list, without the body", method: "HEAD", path: "/", status: 200, want: "[" + seed + "]"},
		{name: "detail, without the body", method: "HEAD", path: "/wc_abc123/", status: 200, want: seed},
		{name: "detail", method: "GET", path: "/wc_abc123/", status: 200, want: seed},
		{name: "replace, nothing else", method: "PUT", path: "/wc_abc123/", body: `{}`, status: 200, want: seed},
		{name: "replace, the same", method: "PUT", path: "/wc_abc123/", body: `{"type":"snowflake","account_identifier":"XY12345.us-east-1"}`,
			status: 200, want: seed},
		{name: "replace, a warehouse", method: "PUT", path: "/wc_abc123/", body: `{"warehouse":"LOADING"}`,
			status: 200, want: pending(t, "COMPUTE_WH", "LOADING")},
		{name: "replace, another type and account", method: "PUT", path: "/wc_abc123/", body: `{"type":"bigquery","account_identifier":"other"}`,
			status: 400, want: `{"account_identifier":["This field cannot change. Delete this connection and create another to use another value."],` +
				`"type":["This field cannot change. Delete this connection and create another to use another value."]}`},
		{name: "update, nothing", method: "PATCH", path: "/wc_abc123/", body: `{}`, status: 200, want: seed},
		{name: "update, the same", method: "PATCH", path: "/wc_abc123/", body: `{"warehouse":"compute_wh"}`, status: 200, want: seed},
		{name: "update, a warehouse", method: "PATCH", path: "/wc_abc123/", body: `{"warehouse":"LOADING"}`,
			status: 200, want: pending(t, "COMPUTE_WH", "LOADING")},
		{name: "update, the type and account it has", method: "PATCH", path: "/wc_abc123/", body: `{"type":"snowflake","account_identifier":"xy12345.us-east-1"}`,
			status: 400, want: `{"account_identifier":["This field cannot change. Delete this connection and create another to use another value."],` +
				`"type":["This field cannot change. Delete this connection and create another to use another value."]}`},
		{name: "update, constantly changed by others", options: storeChanged(), method: "PATCH", path: "/wc_abc123/", body: `{"warehouse":"LOADING"}`,
			status: 409, want: bodyChanged},
		{name: "replace, constantly changed by others", options: storeChanged(), method: "PUT", path: "/wc_abc123/", body: `{"warehouse":"LOADING"}`,
			status: 409, want: bodyChanged},
		{name: "delete", method: "DELETE", path: "/wc_abc123/", status: 204},
		{name: "test", method: "POST", path: "/wc_abc123/test/", status: 200, want: compact(t, exampleSuccess)},
		{name: "test, an empty object", method: "POST", path: "/wc_abc123/test/", body: ` { } `, status: 200, want: compact(t, exampleSuccess)},
		{name: "test, no body of a type", method: "POST", path: "/wc_abc123/test/", header: []string{"Content-Type", "text/plain"},
			status: 200, want: compact(t, exampleSuccess)},
		{name: "test, a member", method: "POST", path: "/wc_abc123/test/", body: `{"colour":"red","id":1}`,
			status: 400, want: `{"colour":["Unknown field."],"id":["Unknown field."]}`},
		{name: "test, an array", method: "POST", path: "/wc_abc123/test/", body: `[]`,
			status: 400, want: `{"detail":"JSON parse error: the body is not an object."}`},
		{name: "test, null", method: "POST", path: "/wc_abc123/test/", body: `null`,
			status: 400, want: `{"detail":"JSON parse error: the body is not an object."}`},
		{name: "test, changed meanwhile", options: storeChanged(), method: "POST", path: "/wc_abc123/test/", status: 409, want: bodyChanged},
		{name: "test, too many", options: oneProbe(), before: fillProbes, method: "POST", path: "/wc_abc123/test/",
			status: 429, want: throttled(5), extra: map[string]string{"Retry-After": "5"}},
	}
	for _, o := range operations {
		taken, wantsBody := o.body != "" || o.id == "testConnection", o.body != ""
		also := func(name string, e exchange) {
			e.name, e.method = o.id+", "+name, o.method
			if e.path == "" {
				e.path = o.path
			}
			if e.body == "" {
				e.body = o.body
			}
			e.empty = o.id == "createConnection"
			all = append(all, e)
		}
		also("anonymous", exchange{options: refusing(httpapi.Unauthenticated("")), status: 401, want: bodyAnonymous, extra: map[string]string{"WWW-Authenticate": "Bearer"}})
		also("forbidden", exchange{options: refusing(httpapi.Forbidden()), status: 403, want: bodyForbidden})
		also("hidden organisation", exchange{options: refusing(httpapi.NotFound()), status: 404, want: bodyNotFound})
		also("too often", exchange{options: refusing(httpapi.TooManyRequests(90 * time.Second)), status: 429, want: throttled(90), extra: map[string]string{"Retry-After": "90"}})
		failing := storeDown()
		if o.path == "/types/" { // which reads no row
			failing = refusing(errors.New("the login server is down"))
		}
		also("failed", exchange{options: failing, status: 500, want: bodyServerError})
		also("bad query", exchange{path: o.path + "?%zz", status: 400, want: bodyBadQuery})
		if o.id == "getConnection" || o.id == "headConnection" || o.id == "testConnection" {
			also("bad include", exchange{path: o.path + "?include=everything", status: 400, want: bodyBadInclude})
			also("include twice", exchange{path: o.path + "?include=diagnosis&include=diagnosis", status: 400, want: bodyBadInclude})
			also("include nothing", exchange{path: o.path + "?include", status: 400, want: bodyBadInclude})
		} else {
			also("include", exchange{path: o.path + "?include=diagnosis", status: 400, want: bodyNoInclude})
		}
		if strings.Contains(o.path, "wc_abc123") {
			also("missing", exchange{path: strings.Replace(o.path, "abc123", "abc124", 1), status: 404, want: bodyNotFound})
			also("malformed id", exchange{path: strings.Replace(o.path, "wc_abc123", "WC_abc123", 1), status: 404, want: bodyNotFound})
		}
		if taken {
			also("too large", exchange{body: `{"x":"` + strings.Repeat("x", 64<<10) + `"}`, status: 413, want: bodyTooLarge})
			also("not declared as JSON", exchange{body: `{}`, header: []string{"Content-Type", "text/plain"}, status: 415, want: bodyMediaType})
			also("not JSON", exchange{body: `{`, status: 400, want: bodyNotJSON})
		}
		if wantsBody {
			also("an unknown field", exchange{body: `{"type":"snowflake","account_identifier":"xy12345.us-east-1","colour":1}`, status: 400, want: map[bool]string{
				true: `{"colour":["Unknown field."]}`,
				false: `{"account_identifier":["This field cannot change. Delete this connection and create another to use another value."],` +
					`"colour":["Unknown field."],"type":["This field cannot change. Delete this connection and create another to use another value."]}`,
			}[o.id != "updateConnection"]})
		}
	}
	for path, allow := range map[string]string{
		"/":                "GET, HEAD, POST",
		"/types/":          "GET, HEAD",
		"/wc_abc123/":      "GET, HEAD, PUT, PATCH, DELETE",
		"/wc_abc123/test/": "POST",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"} {
			if slices.Contains(strings.Split(allow, ", "), method) {
				continue
			}
			all = append(all, exchange{name: method + " " + path, method: method, path: path, status: 405,
				want: fmt.Sprintf(`{"detail":"Method \"%s\" not allowed."}`, method), extra: map[string]string{"Allow": allow}})
		}
	}
	for _, path := range []string{"//", "/types//", "/types/test/", "/wc_abc123//", "//wc_abc123/", "/wc_abc123/test//", "/wc_abc123/tests/", "/wc_abc123/test/x",
		"/wc_abc123/../", "/wc_abc123/./", "/wc%5fabc123/", "/%77c_abc123/", "/wc_abc123%2ftest/", "/wc_abc123/%74est/"} {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			all = append(all, exchange{name: method + " " + path, method: method, path: path, status: 404, want: bodyNotFound})
		}
	}
	return all
}

func TestResponses(t *testing.T) {
	t.Parallel()
	doc := document(t)
	seen := make(map[string]bool)
	for _, e := range exchanges(t) {
		for _, slash := range []bool{true, false} {
			path, query, _ := strings.Cut(e.path, "?")
			if !slash {
				path = strings.TrimSuffix(path, "/")
			}
			if query != "" {
				path += "?" + query
			}
			if !slash && path == e.path || strings.Contains(e.path, "//") && !slash {
				continue
			}
			t.Run(strings.ReplaceAll(fmt.Sprintf("%s, slash %t", e.name, slash), "/", "∕"), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t, e.options)
					if !e.empty {
						s.insertTested()
					}
					sleepUntilExampleTest()
					if e.before != nil {
						e.before(s)
					}
					got := s.send(e.method, path, e.body, e.header...)
					want := response{status: e.status, body: e.want, header: http.Header{
						"Cache-Control":          {"no-store"},
						"X-Content-Type-Options": {"nosniff"},
					}}
					if e.method == "HEAD" {
						want.body = ""
					}
					if e.want != "" {
						want.header.Set("Content-Type", "application/json")
						want.header.Set("Content-Length", strconv.Itoa(len(e.want)))
					}
					for name, value := range e.extra {
						want.header.Set(name, value)
					}
					if e.status == 201 {
						want.header.Set("Content-Length", strconv.Itoa(len(got.body)))
						got.body = idForm.ReplaceAllString(got.body, `"wc_abc123"`)
					}
					equal(t, "response", want, got)
				})
			})
		}
		if e.status == 405 || strings.HasPrefix(e.name, e.method) {
			continue
		}
		for _, o := range operations {
			if path, _, _ := strings.Cut(e.path, "?"); o.method == e.method && strings.Count(o.path, "/") == strings.Count(path, "/") &&
				strings.HasPrefix(o.path, "/types") == strings.HasPrefix(path, "/types") {
				seen[fmt.Sprintf("%s %d", o.id, e.status)] = true
			}
		}
	}
	documented := make(map[string]bool)
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				documented[operation.OperationID+" "+status] = true
			}
		}
	}
	equal(t, "the statuses seen (+) and documented (-)", documented, seen)
}

func TestHead(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/wc_abc123", "/wc_abc123/?include=diagnosis", "/wc_missing/", "/wc_abc123/?include=x"} {
		s := newServer(t, options{})
		s.insertTested()
		get, head := s.send("GET", path, ""), s.send("HEAD", path, "")
		get.body = ""
		equal(t, "HEAD "+path, get, head)
	}
}

func TestGetNeverWrites(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insertTested()
	before := s.row("8", "wc_abc123")
	for _, method := range []string{"GET", "HEAD"} {
		for _, path := range []string{"/", "/wc_abc123/", "/wc_abc123/?include=diagnosis"} {
			s.send(method, path, "")
		}
	}
	for _, call := range s.takeCalls() {
		if call != "List 8" && call != "Get 8" {
			t.Errorf("unexpected store call %s", call)
		}
	}
	equal(t, "the row", before, s.row("8", "wc_abc123"))
}
