package wire

import (
	"maps"
	"slices"
	"time"
)

// A Login is one attempt to log in, recorded when it was decided, without the token. An attempt that met a fault is
// not recorded.
type Login struct {
	Time    time.Time
	Account string // as the client named it
	User    string // as the token names it, empty if it could not be read

	Role, Warehouse, Database, Schema string // as requested, quotes included

	Client      string         // CLIENT_APP_ID and CLIENT_APP_VERSION: "Go/2.1.0"
	Environment map[string]any // CLIENT_ENVIRONMENT, such as APPLICATION and PLATFORM
	Parameters  map[string]any // SESSION_PARAMETERS

	Session int64  // zero when refused
	Code    string // empty on success
	Message string
	Detail  string // why a token was refused, such as "394304"
	Reason  string // the same in words, such as "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH"
}

// A Statement is one statement that a session sent, recorded when it arrived.
type Statement struct {
	Time     time.Time
	Session  int64
	User     string
	Role     string
	SQL      string
	QueryTag string

	Done    bool   // it was answered
	Code    string // of the error, empty if there was none
	Aborted bool   // the client asked to abort it while it ran
}

// An OpenSession is a session that is not closed.
type OpenSession struct {
	ID         int64
	Began      time.Time
	User       string
	Role       string
	Warehouse  string
	Database   string
	Schema     string
	Parameters map[string]string // such as QUERY_TAG and STATEMENT_TIMEOUT_IN_SECONDS
}

// Count returns how many requests arrived at the points, or anywhere if none are given.
func (h *Handler) Count(at []Point) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for point, count := range h.requests {
		if len(at) == 0 || slices.Contains(at, point) {
			n += count
		}
	}
	return n
}

// Logins returns the attempts to log in.
func (h *Handler) Logins() []Login {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.logins)
}

// Statements returns the statements that sessions sent.
func (h *Handler) Statements() []Statement {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.statements)
}

// Running returns the statements that were neither answered nor aborted, and whose session is open.
func (h *Handler) Running() []Statement {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Statement
	for _, i := range slices.Sorted(maps.Values(h.running)) {
		list = append(list, h.statements[i])
	}
	return list
}

// OpenSessions returns the open sessions, oldest first.
func (h *Handler) OpenSessions() []OpenSession {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []OpenSession
	for _, open := range h.sessions {
		state := open.State()
		list = append(list, OpenSession{
			ID: open.id, Began: open.began, User: state.User, Role: state.Role, Warehouse: state.Warehouse,
			Database: state.Database, Schema: state.Schema, Parameters: state.Parameters,
		})
	}
	slices.SortFunc(list, func(a, b OpenSession) int { return int(a.ID - b.ID) })
	return list
}
