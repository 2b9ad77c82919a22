// What a session is, and what it works with.

package snowflaketest

import (
	"time"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A session is who runs a statement, with which role, and where. Those of scripts and those that come
// over HTTP are the same; the latter also have tokens.
type session struct {
	account   *account
	id        int64
	user      string
	roles     []string // what a script's administrator was granted; nil means what the user was
	role      string
	secondary bool
	warehouse string
	database  string
	schema    string
	params    map[string]string

	token   string
	began   time.Time
	details map[string]failure // shared with the server: failed logins by their UUID
}

// granted is the roles that the session's user may act with, as of now.
func (s *session) granted() []string {
	if s.roles != nil {
		return s.roles
	}
	if u := s.account.child(userKind, s.user); u != nil {
		return u.inherits
	}
	return nil
}

// currentDatabase is the database in use, nil once it is gone.
func (s *session) currentDatabase() *object { return s.account.child(databaseKind, s.database) }

func (s *session) currentSchema() *object {
	if d := s.currentDatabase(); d != nil {
		return d.child(schemaKind, s.schema)
	}
	return nil
}

// enter makes a database current, and its PUBLIC schema if it has one that the session may use.
func (s *session) enter(database *object) {
	s.database, s.schema = database.name, ""
	if p := database.child(schemaKind, public); p != nil && p.seen(s.active()) {
		s.schema = public
	}
}

// A place says where a name was looked for, so that a refusal can name it in full.
type place struct {
	parent *object
	name   string
}

func (p place) path() string {
	if p.parent.kind == accountKind {
		return sql.PrintName(p.name)
	}
	return p.parent.path() + "." + sql.PrintName(p.name)
}

func (p place) find(k kind) *object { return p.parent.child(k, p.name) }

// locate finds the place of an object, which need not exist. Its containers must, and must be known to the
// session unless all is set.
func (s *session) locate(k kind, names []string, all bool) (place, *Error) {
	parent := s.account.object
	for i, container := range k.containers() {
		next := parent.child(container, names[i])
		if next == nil || !all && !s.knows(next) {
			return place{}, missing(container, place{parent, names[i]}.path())
		}
		parent = next
	}
	return place{parent, names[len(names)-1]}, nil
}

// lookup finds an object that the session may know of, or any if all is set.
func (s *session) lookup(k kind, names []string, all bool) (*object, *Error) {
	p, err := s.locate(k, names, all)
	if err != nil {
		return nil, err
	}
	o := p.find(k)
	if o == nil || !all && !s.knows(o) {
		return nil, missing(k, p.path())
	}
	return o, nil
}

// knows reports whether the session may learn that the object exists. Users and roles are no secret.
func (s *session) knows(o *object) bool {
	return o.kind == userKind || o.kind == roleKind || o.seen(s.active())
}
