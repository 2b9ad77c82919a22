// From a path and a method to an action.

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
	trial                  // /{id}/test/
)

type route struct {
	kind kind
	id   string // as in the path; only wellFormed says that it may be one
}

// route takes what follows the mount as the handler's path. A path with an encoded slash or the like
// (RawPath is set) is refused, since the host's router may have read it in another way.
func (h *Handler) route(u *url.URL) (route, bool) {
	if u.RawPath != "" {
		return route{}, false
	}
	rest := afterMount(u.Path, h.segment)
	if strings.Contains(rest, "//") {
		return route{}, false
	}
	rest = strings.TrimSuffix(strings.TrimPrefix(rest, "/"), "/")
	if rest == "" {
		return route{kind: collection}, true
	}
	id, tail, more := strings.Cut(rest, "/")
	switch {
	case !more:
		return route{kind: item, id: id}, true
	case tail == "test":
		return route{kind: trial, id: id}, true
	}
	return route{}, false
}

// afterMount returns what follows the last segment of the given name, or all of the path where a host
// has stripped that away.
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
		end = i + len(mount) - 1 // the next to the left
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
	case trial:
		if method == http.MethodPost {
			return warehouse.ActionTest, true
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
	default:
		return "POST"
	}
}

// wellFormed reports whether id is one that a connection may have. What is not is answered like one
// that does not exist, and never reaches a store.
func wellFormed(id string) bool {
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
