// The requests that all routers have to serve alike.

package mounting_test

import (
	"errors"
	"slices"
	"strings"
)

// A request of the contract, and the status that it must get. ID stands for the connection's id.
type request struct {
	name   string
	method string
	path   string // after the mount
	body   string
	header map[string]string
	given  given
	want   int
}

// given is what a host is like before the request.
type given struct {
	empty   bool  // the organisation has no connection
	fails   error // what a probe finds
	changed bool  // others change the connection while it is changed or tested
	broken  bool  // the database is down
	busy    bool  // all places for probes are taken
}

const account = `{"type":"fake","account":"acme"}`

// contract lists every action with every status, in both slash forms where that makes a difference.
func contract() []request {
	all := []request{
		{name: "list, none", method: "GET", path: "/", given: given{empty: true}, want: 200},
		{name: "list, one", method: "GET", path: "/", want: 200},
		{name: "head of the list", method: "HEAD", path: "/", want: 200},
		{name: "create", method: "POST", path: "/", body: account, given: given{empty: true}, want: 201},
		{name: "create, bad fields", method: "POST", path: "/", body: `{"type":"fake","colour":"red"}`, given: given{empty: true}, want: 400},
		{name: "create, another", method: "POST", path: "/", body: account, want: 409},
		{name: "detail", method: "GET", path: "/ID/", want: 200},
		{name: "detail with its diagnosis", method: "GET", path: "/ID/?include=diagnosis", want: 200},
		{name: "head of the detail", method: "HEAD", path: "/ID/", want: 200},
		{name: "replace", method: "PUT", path: "/ID/", body: `{"database":"OTHER"}`, want: 200},
		{name: "replace, bad fields", method: "PUT", path: "/ID/", body: `{"account":"other"}`, want: 400},
		{name: "replace, changed meanwhile", method: "PUT", path: "/ID/", body: `{"database":"OTHER"}`, given: given{changed: true}, want: 409},
		{name: "update", method: "PATCH", path: "/ID/", body: `{"database":"OTHER"}`, want: 200},
		{name: "update, bad fields", method: "PATCH", path: "/ID/", body: `{"id":"wc_x"}`, want: 400},
		{name: "update, changed meanwhile", method: "PATCH", path: "/ID/", body: `{"database":"OTHER"}`, given: given{changed: true}, want: 409},
		{name: "delete", method: "DELETE", path: "/ID/", want: 204},
		{name: "test", method: "POST", path: "/ID/test/", want: 200},
		{name: "test, an empty object", method: "POST", path: "/ID/test/", body: `{}`, want: 200},
		{name: "test, failing", method: "POST", path: "/ID/test/?include=diagnosis", given: given{fails: errors.New("role not granted")}, want: 200},
		{name: "test, changed meanwhile", method: "POST", path: "/ID/test/", given: given{changed: true}, want: 409},
		{name: "test, too many", method: "POST", path: "/ID/test/", given: given{busy: true}, want: 429},
		{name: "test, a member", method: "POST", path: "/ID/test/", body: `{"x":1}`, want: 400},
	}
	for _, r := range slices.Clone(all) {
		if r.want >= 300 || r.given != (given{}) && !r.given.empty {
			continue
		}
		also := func(what string, want int, change func(*request)) {
			other := r
			other.name += ", " + what
			other.want, other.header = want, map[string]string{}
			change(&other)
			all = append(all, other)
		}
		also("anonymous", 401, func(r *request) { r.header["Authorization"] = "" })
		also("of another organisation", 404, func(r *request) { r.header["Authorization"] = "Bearer demo-9" })
		also("the database down", 500, func(r *request) { r.given.broken = true })
		also("a bad query", 400, func(r *request) { r.path, _, _ = strings.Cut(r.path, "?"); r.path += "?%zz" })
		also("a bad include", 400, func(r *request) { r.path, _, _ = strings.Cut(r.path, "?"); r.path += "?include=everything" })
		also("another path", 404, func(r *request) { r.path = "/ID/tests/" })
		also("a third level", 404, func(r *request) { r.path = "/ID/test/ID/" })
		also("an encoded slash", 404, func(r *request) { r.path = "/ID%2ftest/" })
		also("an encoded letter", 404, func(r *request) { r.path = "/%77c_x/" })
		also("a double slash", 404, func(r *request) { r.path = "//" })
		also("a double slash before the id", 404, func(r *request) { r.path = "//ID/" })
		also("a double slash after the id", 404, func(r *request) { r.path = "/ID//" })
		also("dots", 404, func(r *request) { r.path = "/ID/../" })
		if r.method != "GET" && r.method != "HEAD" {
			also("a viewer", 403, func(r *request) { r.header["Authorization"] = "Bearer viewer-8" })
		}
		if strings.Contains(r.path, "ID") {
			also("a missing id", 404, func(r *request) { r.path = strings.Replace(r.path, "ID", "wc_missing", 1) })
			also("a malformed id", 404, func(r *request) { r.path = strings.Replace(r.path, "ID", "WC-1", 1) })
		}
		if r.body != "" || strings.Contains(r.path, "test") {
			also("too large", 413, func(r *request) { r.body = "{" + strings.Repeat(" ", 64<<10) + "}" })
			also("not JSON", 400, func(r *request) { r.body = "{" })
			also("not declared as JSON", 415, func(r *request) { r.body, r.header["Content-Type"] = "{}", "text/plain" })
		}
	}
	for at, allowed := range map[string][]string{"/": {"GET", "HEAD", "POST"}, "/ID/": {"GET", "HEAD", "PUT", "PATCH", "DELETE"}, "/ID/test/": {"POST"}} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"} {
			if !slices.Contains(allowed, method) {
				all = append(all, request{name: method + " " + at, method: method, path: at, want: 405})
			}
		}
	}
	for _, r := range slices.Clone(all) {
		at, query, _ := strings.Cut(r.path, "?")
		if strings.Contains(at, "//") || !strings.HasSuffix(at, "/") {
			continue
		}
		r.name += ", no slash"
		if r.path = strings.TrimSuffix(at, "/"); query != "" {
			r.path += "?" + query
		}
		all = append(all, r)
	}
	return all
}
