// What the server saw.

package snowflaketest

import (
	"maps"
	"slices"
	"time"
)

// What the server saw. Tokens and keys are in none of it: not even a test's log should hold them.

// A Login is one attempt to log in, recorded when it was decided. An attempt that met a fault is not.
type Login struct {
	Time    time.Time
	Account string // as the client named it
	User    string // as the token names it, empty if that could not be read

	Role, Warehouse, Database, Schema string // as asked for, quotes included

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
	Code    string // of the refusal, empty if there was none
	Aborted bool   // the client asked to abort it while it ran
}

// An OpenSession is a session that was begun and not yet closed.
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
func (s *Server) Count(at ...Point) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for point, count := range s.requests {
		if len(at) == 0 || slices.Contains(at, point) {
			n += count
		}
	}
	return n
}

// Logins lists every attempt to log in so far.
func (s *Server) Logins() []Login {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.logins)
}

// Statements lists every statement that sessions have sent so far. Scripts are not among them.
func (s *Server) Statements() []Statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.statements)
}

// Running lists the statements that the service would still be working on: those that were neither
// answered nor aborted, and whose session is open. A client that gives up on one should abort it.
func (s *Server) Running() []Statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Statement
	for _, i := range slices.Sorted(maps.Values(s.running)) {
		list = append(list, s.statements[i])
	}
	return list
}

// OpenSessions lists the sessions that are open, oldest first.
func (s *Server) OpenSessions() []OpenSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []OpenSession
	for _, open := range s.sessions {
		list = append(list, OpenSession{
			ID: open.id, Began: open.began, User: open.user, Role: open.role, Warehouse: open.warehouse,
			Database: open.database, Schema: open.schema, Parameters: maps.Clone(open.params),
		})
	}
	slices.SortFunc(list, func(a, b OpenSession) int { return int(a.ID - b.ID) })
	return list
}
