package engine

// useRole is USE ROLE. Scripts name every object in full, so no other USE is known.
type useRole string

func (p *parser) use() statement {
	p.expect("ROLE")
	return useRole(p.name())
}

func (u useRole) run(s *Session) (ResultSet, *Error) {
	name := string(u)
	if s.account.child(roleKind, name) == nil {
		return ResultSet{}, cannotUse()
	}
	if !s.account.held(s.granted())[name] {
		return ResultSet{}, requestedRole(name)
	}
	s.role = name
	return done(), nil
}
