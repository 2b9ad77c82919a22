// Ways to misbehave.

package snowflaketest

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"
)

// A Fault is a way to misbehave. Make one with the functions below; the zero Fault does nothing.
type Fault struct {
	name  string
	serve func(*Server, http.ResponseWriter, *http.Request) (handled bool)
}

// String names the fault, so that test tables can be labelled with it.
func (f Fault) String() string { return f.name }

// Inject makes every request at a point meet the faults, in order, until they are cleared or replaced. A Delay
// goes on to the next fault, and after the last one to the ordinary response. The others end the request.
func (s *Server) Inject(at Point, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[at] = slices.Clone(faults)
}

// Clear takes back the faults at the given points, or everywhere if none are given. Requests that hang
// already keep hanging.
func (s *Server) Clear(at ...Point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(at) == 0 {
		clear(s.faults)
	}
	for _, point := range at {
		delete(s.faults, point)
	}
}

// misbehave lets the faults at a point have the request. It reports whether one of them answered it.
func (s *Server) misbehave(at Point, w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	faults := s.faults[at]
	s.mu.Unlock()
	for _, f := range faults {
		if f.serve != nil && f.serve(s, w, r) {
			return true
		}
	}
	return false
}

// wait returns after d, or at once when the client has gone or the server closes; then it reports false.
// A negative d never passes.
func (s *Server) wait(r *http.Request, d time.Duration) bool {
	var passed <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-passed:
		return true
	case <-r.Context().Done():
	case <-s.closing:
	}
	return false
}

// Hang never answers: the request ends when the client gives up or the server closes.
func Hang() Fault {
	return Fault{"hang", func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		s.wait(r, -1)
		panic(http.ErrAbortHandler)
	}}
}

// Delay answers late.
func Delay(d time.Duration) Fault {
	return Fault{fmt.Sprintf("delay of %v", d), func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		if !s.wait(r, d) {
			panic(http.ErrAbortHandler)
		}
		return false
	}}
}

// Reset cuts the connection with a TCP RST.
func Reset() Fault {
	return Fault{"reset", func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
			conn = inner.NetConn() // TLS would say goodbye first
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
		return true
	}}
}

// Redirect answers 307 to another URL, to which a careless client posts its token again.
func Redirect(url string) Fault {
	return Fault{"redirect", func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Location", url)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return true
	}}
}

// Status answers with a status code and a page for people: 403 or 404 are what a wrong account gets, 429
// and 5xx what trouble looks like.
func Status(code int) Fault {
	return Fault{fmt.Sprintf("status %d", code), func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		page(w, code, fmt.Sprintf("%d %s", code, http.StatusText(code)))
		return true
	}}
}

// HTML answers 200 with a web page, as proxies and captive portals do.
func HTML() Fault {
	return Fault{"HTML", func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		page(w, http.StatusOK, "Please sign in to continue")
		return true
	}}
}

func page(w http.ResponseWriter, code int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><title>%[1]s</title></head><body><h1>%[1]s</h1></body></html>\n", title)
}

// Truncated announces more than it sends and then cuts the connection.
func Truncated() Fault {
	return Fault{"truncated", func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "4096")
		_, _ = w.Write([]byte(`{"data":{"parameters":[{"name":"TIMEZONE","val`))
		return true // net/http cuts a connection on which less was sent than announced
	}}
}

// MalformedJSON answers 200 with JSON that breaks off, at a length that is announced rightly.
func MalformedJSON() Fault {
	return Fault{"malformed JSON", func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":{"token":"t","masterTok`))
		return true
	}}
}

// Refusal answers in the protocol's own way with an error of Snowflake's, such as
// Refusal("090073", "22000", "Warehouse 'WH' cannot be resumed because resource monitor 'M' has exceeded its quota.").
func Refusal(code, sqlState, message string) Fault {
	return Fault{"refusal " + code, func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		reply(w, failed(&Error{Code: code, SQLState: sqlState, Message: message}))
		return true
	}}
}

// EmptySuccess answers that all went well, and nothing else: no token, no rows.
func EmptySuccess() Fault {
	return Fault{"empty success", func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		reply(w, succeeded(map[string]any{}))
		return true
	}}
}
