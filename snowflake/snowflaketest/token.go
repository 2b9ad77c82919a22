// The tokens of sessions.

package snowflaketest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
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

// authorized finds the session whose token a request carries. A missing, unknown, outlived and expired
// token are four different answers, since clients do different things about them.
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
	case found.expired:
		return nil, tokenError("390112", "Your session has expired. Please login again.")
	}
	return found, nil
}

// ExpireTokens makes the tokens of all open sessions expire. Clients answer by asking for new ones with
// their master token; the sessions themselves go on.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, open := range s.sessions {
		open.expired = true
	}
}

// EndSessions closes all open sessions from the server's side, as an administrator's ABORT SESSION does.
func (s *Server) EndSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, open := range s.sessions {
		s.end(open)
	}
}

// end closes a session and what still runs in it; the caller holds s.mu.
func (s *Server) end(open *session) {
	delete(s.sessions, open.token)
	delete(s.masters, open.master)
	s.gone[open.token], s.gone[open.master] = true, true
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
	open.token, open.master = newToken(), newToken()
	s.sessions[open.token], s.masters[open.master] = open, open
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

func (s *Server) serveRenew(w http.ResponseWriter, r *http.Request, body []byte) {
	var ask struct {
		Old  string `json:"oldSessionToken"`
		Type string `json:"requestType"`
	}
	if json.Unmarshal(body, &ask) != nil || ask.Type != "RENEW" {
		reply(w, failed(tokenError("390116", "The token request is invalid.")))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	master := bearer(r)
	open := s.masters[master]
	switch {
	case master == "":
		reply(w, failed(tokenError("390113", "Master token not found in the request data.")))
		return
	case open == nil && s.gone[master]:
		reply(w, failed(sessionGone()))
		return
	case open == nil || open.token != ask.Old:
		reply(w, failed(tokenError("390115", "Master token is invalid.")))
		return
	}
	delete(s.sessions, open.token)
	s.gone[open.token] = true
	open.token, open.expired = newToken(), false
	s.sessions[open.token] = open
	reply(w, succeeded(map[string]any{
		"sessionToken": open.token, "validityInSecondsST": 3600,
		"masterToken": open.master, "validityInSecondsMT": 14400, "sessionId": open.id,
	}))
}
