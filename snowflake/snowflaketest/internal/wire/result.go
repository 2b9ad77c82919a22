package wire

import (
	"net/http"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/engine"
)

// A pendingResult is the result of a statement that was answered asynchronously.
type pendingResult struct {
	session *session
	polls   int // how often the client has to ask
	write   func(http.ResponseWriter)
}

// SetAsync sets how often a client has to ask for the result of a statement. Zero means that the statement's own
// response has it. Polls is called for each statement; nil means zero.
func (h *Handler) SetAsync(polls func() int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.polls = polls
}

// SetArrow sets whether SELECT returns Arrow in sessions that did not ask for JSON.
func (h *Handler) SetArrow(arrow bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.arrow = arrow
}

// usesArrow reports whether a result has the Arrow format, as SELECT has by default.
func (h *Handler) usesArrow(s *session, r engine.ResultSet) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.arrow && r.TypeID == engine.SelectType && !strings.EqualFold(s.State().Parameters["GO_QUERY_RESULT_FORMAT"], "JSON")
}

// respond writes the response of a statement, or that its result comes later.
func (h *Handler) respond(w http.ResponseWriter, s *session, write func(http.ResponseWriter)) {
	h.mu.Lock()
	polls := 0
	if h.polls != nil {
		polls = h.polls()
	}
	id := newID()
	if polls > 0 {
		h.pending[id] = &pendingResult{s, polls, write}
	}
	h.mu.Unlock()
	if polls == 0 {
		write(w)
		return
	}
	writeInProgress(w, id)
}

func writeInProgress(w http.ResponseWriter, id string) {
	code, message := "333334", "Query execution in progress. Please provide query ID to get the result."
	data := map[string]any{"queryId": id, "getResultUrl": "/queries/" + id + "/result", "queryAbortsAfterSecs": 300, "progressDesc": nil}
	write(w, envelope{Data: data, Code: &code, Message: &message, Success: true})
}

// resultID returns the id in the path of a result.
func resultID(path string) (string, bool) {
	id, ok := strings.CutPrefix(path, "/queries/")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(id, "/result")
}

// serveResult sends a pending result, once.
func (h *Handler) serveResult(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		WritePage(w, http.StatusMethodNotAllowed, "405 Method Not Allowed")
		return
	}
	open, err := h.authorize(r)
	if err != nil {
		WriteError(w, err)
		return
	}
	id, _ := resultID(r.URL.Path)
	h.mu.Lock()
	result := h.pending[id]
	var last bool
	if result != nil && result.session == open {
		if result.polls--; result.polls == 0 {
			last = true
			delete(h.pending, id)
		}
	} else {
		result = nil
	}
	h.mu.Unlock()
	switch {
	case result == nil:
		WriteError(w, &engine.Error{Code: "000709", SQLState: "02000", Message: "Statement " + id + " not found"})
	case last:
		result.write(w)
	default:
		writeInProgress(w, id)
	}
}
