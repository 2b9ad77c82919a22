package wire

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/engine"
)

// A session is a session of the account with the token that requests need.
type session struct {
	*engine.Session
	id    int64
	token string
	began time.Time
}

// newToken returns a random token for a session.
func newToken() string {
	b := make([]byte, 48)
	_, _ = rand.Read(b) // never fails
	return "ver:3-hint:1-" + base64.StdEncoding.EncodeToString(b)
}

// newID returns a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// begin opens a session.
func (h *Handler) begin(s *engine.Session) *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastID++
	open := &session{Session: s, id: h.lastID, token: newToken(), began: h.account.Now()}
	h.sessions[open.token] = open
	return open
}

// authorize returns the session whose token a request carries.
func (h *Handler) authorize(r *http.Request) (*session, *engine.Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	token := bearer(r)
	open := h.sessions[token]
	switch {
	case token == "":
		return nil, &engine.Error{Code: "390103", SQLState: "08001", Message: "Session token not found in the request data."}
	case h.closed[token]:
		return nil, &engine.Error{Code: "390111", SQLState: "08001", Message: "Session no longer exists.  New login required to access the service."}
	case open == nil:
		return nil, &engine.Error{Code: "390104", SQLState: "08001", Message: "Session token is invalid."}
	}
	return open, nil
}

// serveClose closes a session, and ends the statements that still run in it.
func (h *Handler) serveClose(w http.ResponseWriter, r *http.Request) {
	open, err := h.authorize(r)
	if err != nil {
		WriteError(w, err)
		return
	}
	if r.URL.Query().Get("delete") == "true" {
		h.mu.Lock()
		delete(h.sessions, open.token)
		h.closed[open.token] = true
		for id, i := range h.running {
			if h.statements[i].Session == open.id {
				delete(h.running, id)
			}
		}
		h.mu.Unlock()
	}
	WriteData(w, nil)
}
