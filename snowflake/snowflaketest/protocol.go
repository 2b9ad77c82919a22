// The shapes of requests and answers.

package snowflaketest

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"strings"
)

// The wire: JSON bodies over POST, and an answer of 200 whether things went well or not.

// An envelope is what every answer is wrapped in. Code is a numeric string or null.
type envelope struct {
	Data    any     `json:"data"`
	Code    *string `json:"code"`
	Message *string `json:"message"`
	Success bool    `json:"success"`
}

func succeeded(data any) envelope { return envelope{Data: data, Success: true} }

func failed(err *Error) envelope {
	data := map[string]any{}
	if err.SQLState != "" {
		data = map[string]any{"sqlState": err.SQLState, "queryId": newID(), "errorCode": err.Code, "internalError": false, "age": 0}
	}
	return envelope{Data: data, Code: &err.Code, Message: &err.Message}
}

func reply(w http.ResponseWriter, e envelope) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(e) // the client may have gone
}

// largest is more than any request of a client needs.
const largest = 4 << 20

// serve takes every request: it reads the body whole, so that a client which hangs up is noticed,
// records the request, lets faults have it, and hands it to its handler.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.handlers.Add(1)
	defer s.handlers.Done()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largest))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	at := pointOf(r.URL.Path)
	var query queryRequest
	if at == AtQuery && json.Unmarshal(body, &query) == nil {
		at = statementPoint(query.SQL)
	}

	s.mu.Lock()
	now := s.now()
	s.requests[at]++
	s.mu.Unlock()

	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if at == AtQuery || at == AtList {
		s.serveQuery(at, w, r, query)
		return
	}
	if s.misbehave(at, w, r) {
		return
	}
	if r.Method != http.MethodPost {
		page(w, http.StatusMethodNotAllowed, "405 Method Not Allowed")
		return
	}
	switch at {
	case AtLogin:
		s.serveLogin(w, r, body)
	case AtAbort:
		s.serveAbort(w, r, body)
	case AtClose:
		s.serveClose(w, r)
	case AtTelemetry:
		reply(w, succeeded("Log Received"))
	default:
		page(w, http.StatusNotFound, "404 snowflaketest does not support "+html.EscapeString(r.URL.Path))
	}
}

func (s *Server) replyEither(w http.ResponseWriter, err *Error) {
	if err != nil {
		reply(w, failed(err))
		return
	}
	reply(w, succeeded(nil))
}

// bearer takes the token out of `Authorization: Snowflake Token="…"`.
func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), `Snowflake Token="`)
	if !ok {
		return ""
	}
	return strings.TrimSuffix(token, `"`)
}
