package engine

import (
	"maps"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A Session is who runs statements, with which role, and where.
type Session struct {
	account   *Account
	user      string
	roles     []string // granted to a script's administrator; nil means those granted to the user
	role      string
	secondary bool
	warehouse string
	database  string
	schema    string
	params    map[string]string
}

// A State is what a session uses.
type State struct {
	User, Role, Warehouse, Database, Schema string
	Parameters                              map[string]string
}

// State returns what the session uses.
func (s *Session) State() State {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	return State{s.user, s.role, s.warehouse, s.database, s.schema, maps.Clone(s.params)}
}

// Run runs one statement.
func (s *Session) Run(text string) (ResultSet, *Error) {
	statements, broken := sql.Split(text)
	if broken != nil {
		return ResultSet{}, parseError(broken)
	}
	switch len(statements) {
	case 0:
		return ResultSet{}, compilation("000900", "42601", "Empty SQL statement.")
	case 1:
		s.account.mu.Lock()
		defer s.account.mu.Unlock()
		return s.execute(statements[0].Text)
	}
	return ResultSet{}, statementCount(len(statements))
}

func (s *Session) execute(text string) (ResultSet, *Error) {
	statement, err := parse(text, s.foldsNames())
	if err != nil {
		return ResultSet{}, err
	}
	return statement.run(s)
}

// ignoreCase is the parameter with which quoted names are folded too. The session's value takes precedence over the
// account's.
const ignoreCase = "QUOTED_IDENTIFIERS_IGNORE_CASE"

func (s *Session) foldsNames() bool {
	if value, ok := s.params[ignoreCase]; ok {
		return strings.EqualFold(value, "true")
	}
	return s.account.props[ignoreCase] == "true"
}

// granted returns the roles that the session's user holds now.
func (s *Session) granted() []string {
	if s.roles != nil {
		return s.roles
	}
	if u := s.account.child(userKind, s.user); u != nil {
		return u.inherits
	}
	return nil
}

// currentDatabase returns the database in use, or nil if it was dropped.
func (s *Session) currentDatabase() *object { return s.account.child(databaseKind, s.database) }

func (s *Session) currentSchema() *object {
	if d := s.currentDatabase(); d != nil {
		return d.child(schemaKind, s.schema)
	}
	return nil
}

// enter makes a database current, and its PUBLIC schema if it has one that the session may use.
func (s *Session) enter(database *object) {
	s.database, s.schema = database.name, ""
	if p := database.child(schemaKind, public); p != nil && p.seen(s.active()) {
		s.schema = public
	}
}

// A place is where an object is, or would be.
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
func (s *Session) locate(k kind, names []string, all bool) (place, *Error) {
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
func (s *Session) lookup(k kind, names []string, all bool) (*object, *Error) {
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

// knows reports whether the session may learn that the object exists. Everybody knows users and roles.
func (s *Session) knows(o *object) bool {
	return o.kind == userKind || o.kind == roleKind || o.seen(s.active())
}
