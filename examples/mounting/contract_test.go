package mounting_test

import (
	"errors"
	"slices"
	"strings"
)

// A request is one request of the contract with the status of its response. ID in path stands for the
// connection's id.
type request struct {
	name   string
	method string
	path   string // relative to the mount path
	body   string
	header map[string]string
	host   hostState
	want   int
}

// A hostState is the state of the host before the request.
type hostState struct {
	empty    bool  // the organisation has no connection
	probeErr error // the error of a probe
	changed  bool  // writes fail because the connection was changed
	down     bool  // the database is down
	busy     bool  // MaxProbes probes are running
}

const account = `{"type":"fake","account":"acme"}`

// contract lists every action with every status, with and without a trailing slash.
func contract() []request {
	all := []request{
		{name: "list, none", method: "GET", path: "/", host: hostState{empty: true}, want: 200},
		{name: "list, one", method: "GET", path: "/", want: 200},
		{name: "head of the list", method: "HEAD", path: "/", want: 200},
		{name: "create", method: "POST", path: "/", body: account, host: hostState{empty: true}, want: 201},
		{name: "create, bad fields", method: "POST", path: "/", body: `{"type":"fake","colour":"red"}`, host: hostState{empty: true}, want: 400},
		{name: "create a second", method: "POST", path: "/", body: account, want: 409},
		{name: "detail", method: "GET", path: "/ID/", want: 200},
		{name: "detail with diagnosis", method: "GET", path: "/ID/?include=diagnosis", want: 200},
		{name: "head of the detail", method: "HEAD", path: "/ID/", want: 200},
		{name: "replace", method: "PUT", path: "/ID/", body: `{"database":"OTHER"}`, want: 200},
		{name: "replace, bad fields", method: "PUT", path: "/ID/", body: `{"account":"other"}`, want: 400},
		{name: "replace, conflict", method: "PUT", path: "/ID/", body: `{"database":"OTHER"}`, host: hostState{changed: true}, want: 409},
		{name: "update", method: "PATCH", path: "/ID/", body: `{"database":"OTHER"}`, want: 200},
		{name: "update, bad fields", method: "PATCH", path: "/ID/", body: `{"id":"wc_x"}`, want: 400},
		{name: "update, conflict", method: "PATCH", path: "/ID/", body: `{"database":"OTHER"}`, host: hostState{changed: true}, want: 409},
		{name: "delete", method: "DELETE", path: "/ID/", want: 204},
		{name: "test", method: "POST", path: "/ID/test/", want: 200},
		{name: "test, empty object", method: "POST", path: "/ID/test/", body: `{}`, want: 200},
		{name: "test, failing", method: "POST", path: "/ID/test/?include=diagnosis", host: hostState{probeErr: errors.New("role not granted")}, want: 200},
		{name: "test, conflict", method: "POST", path: "/ID/test/", host: hostState{changed: true}, want: 409},
		{name: "test, too many probes", method: "POST", path: "/ID/test/", host: hostState{busy: true}, want: 429},
		{name: "test, unknown field", method: "POST", path: "/ID/test/", body: `{"x":1}`, want: 400},
	}
	for _, r := range slices.Clone(all) {
		if r.want >= 300 || r.host != (hostState{}) && !r.host.empty {
			continue
		}
		add := func(name string, want int, change func(*request)) {
			other := r
			other.name += ", " + name
			other.want, other.header = want, map[string]string{}
			change(&other)
			all = append(all, other)
		}
		add("anonymous", 401, func(r *request) { r.header["Authorization"] = "" })
		add("other organisation", 404, func(r *request) { r.header["Authorization"] = "Bearer demo-9" })
		add("database down", 500, func(r *request) { r.host.down = true })
		add("bad query", 400, func(r *request) { r.path, _, _ = strings.Cut(r.path, "?"); r.path += "?%zz" })
		add("bad include", 400, func(r *request) { r.path, _, _ = strings.Cut(r.path, "?"); r.path += "?include=everything" })
		add("unknown path", 404, func(r *request) { r.path = "/ID/tests/" })
		add("third level", 404, func(r *request) { r.path = "/ID/test/ID/" })
		add("encoded slash", 404, func(r *request) { r.path = "/ID%2ftest/" })
		add("encoded letter", 404, func(r *request) { r.path = "/%77c_x/" })
		add("double slash", 404, func(r *request) { r.path = "//" })
		add("double slash before the id", 404, func(r *request) { r.path = "//ID/" })
		add("double slash after the id", 404, func(r *request) { r.path = "/ID//" })
		add("dots", 404, func(r *request) { r.path = "/ID/../" })
		if r.method != "GET" && r.method != "HEAD" {
			add("viewer", 403, func(r *request) { r.header["Authorization"] = "Bearer viewer-8" })
		}
		if strings.Contains(r.path, "ID") {
			add("missing id", 404, func(r *request) { r.path = strings.Replace(r.path, "ID", "wc_missing", 1) })
			add("malformed id", 404, func(r *request) { r.path = strings.Replace(r.path, "ID", "WC-1", 1) })
		}
		if r.body != "" || strings.Contains(r.path, "test") {
			add("too large", 413, func(r *request) { r.body = "{" + strings.Repeat(" ", 64<<10) + "}" })
			add("not JSON", 400, func(r *request) { r.body = "{" })
			add("not declared as JSON", 415, func(r *request) { r.body, r.header["Content-Type"] = "{}", "text/plain" })
		}
	}
	for path, allowed := range map[string][]string{"/": {"GET", "HEAD", "POST"}, "/ID/": {"GET", "HEAD", "PUT", "PATCH", "DELETE"}, "/ID/test/": {"POST"}} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"} {
			if !slices.Contains(allowed, method) {
				all = append(all, request{name: method + " " + path, method: method, path: path, want: 405})
			}
		}
	}
	for _, r := range slices.Clone(all) {
		path, query, _ := strings.Cut(r.path, "?")
		if strings.Contains(path, "//") || !strings.HasSuffix(path, "/") {
			continue
		}
		r.name += ", no slash"
		if r.path = strings.TrimSuffix(path, "/"); query != "" {
			r.path += "?" + query
		}
		all = append(all, r)
	}
	return all
}
