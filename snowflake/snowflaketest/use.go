// USE statements.

package snowflaketest

// USE changes what a session's later statements run with.

type useStatement struct {
	kind  kind
	names []string
}

func (p *parser) use() statement {
	switch {
	case p.accept("ROLE"):
		return useStatement{roleKind, p.names(1)}
	case p.accept("WAREHOUSE"):
		return useStatement{warehouseKind, p.names(1)}
	case p.accept("DATABASE"):
		return useStatement{databaseKind, p.names(1)}
	case p.accept("SCHEMA"):
		return useStatement{schemaKind, p.names(2)}
	case p.accept("SECONDARY", "ROLES"):
		if p.accept("NONE") {
			return useSecondary(false)
		}
		p.expect("ALL")
		return useSecondary(true)
	}
	// A bare name is a database, or a schema of one.
	names := p.names(2)
	if len(names) == 1 {
		return useStatement{databaseKind, names}
	}
	return useStatement{schemaKind, names}
}

func (u useStatement) run(s *session) (result, *Error) {
	if u.kind == roleKind {
		return s.useRole(u.names[0])
	}
	p, err := s.locate(u.kind, u.names, "USE", false)
	if err != nil {
		return result{}, cannotUse()
	}
	o := p.find(u.kind)
	if o == nil || !o.seen(s.active()) {
		return result{}, cannotUse()
	}
	if !o.may(s.active(), "USAGE") {
		return result{}, s.insufficient(o, "USAGE")
	}
	switch u.kind {
	case warehouseKind:
		s.warehouse = o.name
	case databaseKind:
		s.enter(o)
	case schemaKind:
		s.database, s.schema = o.parent.name, o.name
	}
	return done(), nil
}

func (s *session) useRole(name string) (result, *Error) {
	if s.account.child(roleKind, name) == nil {
		return result{}, cannotUse()
	}
	if !s.account.held(s.granted())[name] {
		return result{}, requestedRole(name)
	}
	s.role = name
	return done(), nil
}

type useSecondary bool

func (u useSecondary) run(s *session) (result, *Error) {
	s.secondary = bool(u)
	return done(), nil
}
