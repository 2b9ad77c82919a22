package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

type kind int

const (
	collection kind = iota // /
	item                   // /{id}/
	test                   // /{id}/test/
	types                  // /types/
)

type route struct {
	kind kind
	id   string // not checked; see isID
}

// route returns the route of a URL. It rejects paths whose RawPath is set, an encoded slash for example,
// because the host's router may decode them differently, and paths with the segment of the mount twice, which
// it may cut at the other one.
func (h *Handler) route(u *url.URL) (route, bool) {
	if u.RawPath != "" {
		return route{}, false
	}
	rest := afterMount(u.Path, h.segment)
	before := strings.TrimSuffix(strings.TrimSuffix(u.Path, rest), "/"+h.segment)
	if strings.Contains(rest, "//") || rest != u.Path && strings.Contains(before+"/", "/"+h.segment+"/") {
		return route{}, false
	}
	rest = strings.TrimSuffix(strings.TrimPrefix(rest, "/"), "/")
	if rest == "" {
		return route{kind: collection}, true
	}
	id, tail, found := strings.Cut(rest, "/")
	switch {
	case id == "types":
		return route{kind: types}, !found
	case !found:
		return route{kind: item, id: id}, true
	case tail == "test":
		return route{kind: test, id: id}, true
	}
	return route{}, false
}

// afterMount returns the part of path after the last segment of the given name. It returns the whole path
// if there is none: the host has stripped its prefix.
func afterMount(path, segment string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	mount := "/" + segment
	for end := len(path); ; {
		i := strings.LastIndex(path[:end], mount)
		if i < 0 {
			return path
		}
		rest := path[i+len(mount):]
		if rest == "" || rest[0] == '/' {
			return rest
		}
		end = i + len(mount) - 1 // continue with the previous occurrence
	}
}

func (r route) action(method string) (warehouse.Action, bool) {
	switch r.kind {
	case collection:
		switch method {
		case http.MethodGet, http.MethodHead:
			return warehouse.ActionList, true
		case http.MethodPost:
			return warehouse.ActionCreate, true
		}
	case item:
		switch method {
		case http.MethodGet, http.MethodHead:
			return warehouse.ActionRead, true
		case http.MethodPut, http.MethodPatch:
			return warehouse.ActionUpdate, true
		case http.MethodDelete:
			return warehouse.ActionDelete, true
		}
	case test:
		if method == http.MethodPost {
			return warehouse.ActionTest, true
		}
	case types:
		if method == http.MethodGet || method == http.MethodHead {
			return warehouse.ActionTypes, true
		}
	}
	return "", false
}

func (r route) allow() string {
	switch r.kind {
	case collection:
		return "GET, HEAD, POST"
	case item:
		return "GET, HEAD, PUT, PATCH, DELETE"
	case types:
		return "GET, HEAD"
	default:
		return "POST"
	}
}

// isID reports whether id is well formed. A malformed id gets the same response as a missing connection and
// never reaches the store.
func isID(id string) bool {
	rest, ok := strings.CutPrefix(id, "wc_")
	if !ok || rest == "" || len(rest) > 64 {
		return false
	}
	for _, c := range []byte(rest) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
