// What a session is, and what it works with.

package snowflaketest

import "time"

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

	token, master string
	expired       bool
	began         time.Time
	details       map[string]failure // shared with the server: failed logins by their UUID
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

func (s *session) currentWarehouse() *object { return s.account.child(warehouseKind, s.warehouse) }

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
		return printName(p.name)
	}
	return p.parent.path() + "." + printName(p.name)
}

func (p place) find(k kind) *object { return p.parent.child(k, p.name) }

// locate resolves a name of one to three parts to the place where an object of the kind would be. The
// containers must exist and, unless everything is open to the session, show themselves to its role.
func (s *session) locate(k kind, names []string, verb string, open bool) (place, *Error) {
	for _, name := range names {
		if err := checkLength(name); err != nil {
			return place{}, err
		}
	}
	name, qualifiers := names[len(names)-1], names[:len(names)-1]
	switch k.parentKind() {
	case databaseKind:
		d, err := s.container(qualifiers, verb, open)
		return place{d, name}, err
	case schemaKind:
		sc, err := s.schemaOf(qualifiers, verb, open)
		return place{sc, name}, err
	}
	return place{s.account.object, name}, nil
}

func (s *session) container(qualifiers []string, verb string, open bool) (*object, *Error) {
	if len(qualifiers) == 0 {
		if d := s.currentDatabase(); d != nil {
			return d, nil
		}
		return nil, noDatabase(verb)
	}
	d := s.account.child(databaseKind, qualifiers[0])
	if d == nil || !open && !d.seen(s.active()) {
		return nil, s.missing(databaseKind, printName(qualifiers[0]))
	}
	return d, nil
}

func (s *session) schemaOf(qualifiers []string, verb string, open bool) (*object, *Error) {
	if len(qualifiers) == 0 {
		if s.currentDatabase() == nil {
			return nil, noDatabase(verb)
		}
		sc := s.currentSchema()
		if sc == nil {
			return nil, noSchema(verb)
		}
		if !open && !sc.seen(s.active()) {
			return nil, s.missing(schemaKind, sc.path())
		}
		return sc, nil
	}
	d, err := s.container(qualifiers[:len(qualifiers)-1], verb, open)
	if err != nil {
		return nil, err
	}
	if !open && !d.seen(s.active()) {
		return nil, s.missing(databaseKind, d.path())
	}
	name := qualifiers[len(qualifiers)-1]
	sc := d.child(schemaKind, name)
	if sc == nil || !open && !sc.seen(s.active()) {
		return nil, s.missing(schemaKind, d.path()+"."+printName(name))
	}
	return sc, nil
}

// lookup finds an object that the session may know of. When open, as for grants by MANAGE GRANTS, it
// need not have a privilege on it.
func (s *session) lookup(k kind, names []string, verb string, open bool) (*object, *Error) {
	p, err := s.locate(k, names, verb, open)
	if err != nil {
		return nil, err
	}
	o := p.find(k)
	if o == nil || !open && !s.knows(o) {
		return nil, s.missing(k, p.path())
	}
	return o, nil
}

// knows reports whether the session may learn that the object exists. Users and roles are no secret.
func (s *session) knows(o *object) bool {
	return o.kind == userKind || o.kind == roleKind || o.seen(s.active())
}
