package wire

import (
	"net/http"
	"slices"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A Point is a place in the protocol where requests are counted and faults injected.
type Point string

// The points.
const (
	AtLogin     Point = "login"
	AtQuery     Point = "query"
	AtList      Point = "list"
	AtResult    Point = "result" // of a statement that was answered asynchronously
	AtAbort     Point = "abort"
	AtClose     Point = "close"
	AtTelemetry Point = "telemetry"
)

// pointOf returns the point of a path, or "" if the path is not supported.
func pointOf(path string) Point {
	switch path {
	case "/session/v1/login-request":
		return AtLogin
	case "/queries/v1/query-request":
		return AtQuery
	case "/queries/v1/abort-request":
		return AtAbort
	case "/session":
		return AtClose
	case "/telemetry/send":
		return AtTelemetry
	}
	if _, ok := resultID(path); ok {
		return AtResult
	}
	return ""
}

func statementPoint(text string) Point {
	if sql.FirstWord(text) == "LIST" {
		return AtList
	}
	return AtQuery
}

// A Fault is an injected fault. The zero Fault does nothing.
type Fault struct {
	name  string
	serve func(w http.ResponseWriter, r *http.Request) (done bool)
}

// NewFault returns a fault that serves a request, and reports whether it answered it.
func NewFault(name string, serve func(w http.ResponseWriter, r *http.Request) (done bool)) Fault {
	return Fault{name, serve}
}

// String returns the fault's name, such as "status 503".
func (f Fault) String() string { return f.name }

// Inject replaces the faults at a point.
func (h *Handler) Inject(at Point, faults []Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults[at] = slices.Clone(faults)
}

// Clear removes the faults at the given points, or everywhere if none are given.
func (h *Handler) Clear(at []Point) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(at) == 0 {
		clear(h.faults)
	}
	for _, point := range at {
		delete(h.faults, point)
	}
}

// serveFault lets the faults at a point serve a request, and reports whether one of them answered it.
func (h *Handler) serveFault(at Point, w http.ResponseWriter, r *http.Request) bool {
	h.mu.Lock()
	faults := h.faults[at]
	h.mu.Unlock()
	return slices.ContainsFunc(faults, func(f Fault) bool { return f.serve != nil && f.serve(w, r) })
}
