// The tokens of sessions.

package snowflaketest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
)

// Session tokens: handed out by a login, asked for by everything after it.

func tokenError(code, message string) *Error {
	return &Error{Code: code, SQLState: "08001", Message: message}
}

func sessionGone() *Error {
	return tokenError("390111", "Session no longer exists.  New login required to access the service.")
}

// newToken has as many random bits as nobody can guess.
func newToken() string {
	b := make([]byte, 48)
	_, _ = rand.Read(b) // never fails
	return "ver:3-hint:1-" + base64.StdEncoding.EncodeToString(b)
}

// newID makes a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// authorized finds the session whose token a request carries. A token
// can be missing, unknown, or of a closed session.
func (s *Server) authorized(r *http.Request) (*session, *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := bearer(r)
	if token == "" {
		return nil, tokenError("390103", "Session token not found in the request data.")
	}
	found := s.sessions[token]
	switch {
	case found == nil && s.gone[token]:
		return nil, sessionGone()
	case found == nil:
		return nil, tokenError("390104", "Session token is invalid.")
	}
	return found, nil
}

// end closes a session and what still runs in it; the caller holds s.mu.
func (s *Server) end(open *session) {
	delete(s.sessions, open.token)
	s.gone[open.token] = true
	for id, i := range s.running {
		if s.statements[i].Session == open.id {
			delete(s.running, id)
		}
	}
}

// begin opens a session; the caller holds s.mu.
func (s *Server) begin(open *session) {
	s.lastID++
	open.id, open.began = s.lastID, s.now()
	open.token = newToken()
	s.sessions[open.token] = open
}

func (s *Server) serveClose(w http.ResponseWriter, r *http.Request) {
	open, err := s.authorized(r)
	if err == nil && r.URL.Query().Get("delete") == "true" {
		s.mu.Lock()
		s.end(open)
		s.mu.Unlock()
	}
	s.replyEither(w, err)
}
