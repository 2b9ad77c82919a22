// ALTER statements.

package snowflaketest

// ALTER and DROP.

type alterStatement struct {
	kind     kind
	names    []string
	ifExists bool
	set      []property
	rename   []string
	session  bool // ALTER SESSION
	state    string
}

func (p *parser) alter() statement {
	a := &alterStatement{}
	switch {
	case p.accept("SESSION"):
		a.session = true
		p.alterSession(a)
		return a
	case p.accept("ACCOUNT"):
		a.kind = accountKind
	default:
		a.kind = p.kindName()
		a.ifExists = p.accept("IF", "EXISTS")
		a.names = p.namesOf(a.kind)
	}
	switch {
	case p.accept("SET"):
		a.set = p.properties(a.kind)
		if len(a.set) == 0 {
			p.unexpected()
		}
	case p.accept("UNSET"):
		a.set = p.unset(a.kind)
	case a.kind != accountKind && p.accept("RENAME", "TO"):
		a.rename = p.namesOf(a.kind)
	case a.kind == warehouseKind && p.accept("SUSPEND"):
		a.state = "SUSPENDED"
	case a.kind == warehouseKind && p.accept("RESUME"):
		p.accept("IF", "SUSPENDED")
		a.state = "STARTED"
	default:
		p.unexpected()
	}
	return a
}

func (p *parser) unset(k kind) []property {
	var list []property
	for p.err == nil {
		t := p.peek()
		name := p.name()
		kind, ok := propertyTypeOf(k, name)
		if p.err == nil && (!ok || t.kind != tokenWord) {
			p.refuse(invalidProperty(name, k))
		}
		list = p.addProperty(list, property{name: name, kind: kind, null: true})
		if !p.accept(",") {
			break
		}
	}
	return list
}

func (p *parser) alterSession(a *alterStatement) {
	unset := p.accept("UNSET")
	if !unset {
		p.expect("SET")
	}
	for p.err == nil && p.peek().kind != tokenEnd {
		name := p.name()
		t, ok := parameters[name]
		if p.err == nil && !ok {
			p.refuse(invalidProperty(name, "SESSION"))
		}
		v := property{name: name, kind: t, null: true}
		if !unset {
			p.expect("=")
			v = p.value(name, t)
		}
		a.set = p.addProperty(a.set, v)
		p.accept(",")
	}
}

func (a *alterStatement) run(s *session) (result, *Error) {
	if a.session {
		for _, v := range a.set {
			if v.null {
				delete(s.params, v.name)
				continue
			}
			s.params[v.name] = v.text
		}
		return done(), nil
	}
	if a.kind == accountKind {
		return a.runAccount(s)
	}
	p, err := s.locate(a.kind, a.names, "ALTER", false)
	if err != nil {
		return result{}, err
	}
	o := p.find(a.kind)
	if o == nil || !s.knows(o) {
		if a.ifExists {
			return done(), nil
		}
		return result{}, s.missing(a.kind, p.path())
	}
	if err := a.permitted(s, o); err != nil {
		return result{}, err
	}
	switch {
	case a.rename != nil:
		return a.runRename(s, o)
	case a.state != "":
		if o.props["STATE"] = a.state; a.state == "STARTED" {
			delete(o.props, "INITIALLY_SUSPENDED")
		}
		return done(), nil
	}
	return done(), s.set(o, a.set)
}

// permitted asks for what the change takes. Users are special: everybody knows that they exist, and
// only who owns one, or inherits who does, may change it.
func (a *alterStatement) permitted(s *session, o *object) *Error {
	privilege := ownership
	switch {
	case a.kind == warehouseKind && a.state != "":
		privilege = "OPERATE"
	case a.rename == nil && (a.kind == warehouseKind || a.kind == databaseKind || a.kind == schemaKind):
		privilege = "MODIFY"
	}
	if !o.may(s.active(), privilege) {
		return s.insufficient(o, privilege)
	}
	return nil
}

func (a *alterStatement) runRename(s *session, o *object) (result, *Error) {
	p, err := s.locate(a.kind, a.rename, "ALTER", false)
	if err != nil {
		return result{}, err
	}
	if p.find(a.kind) != nil {
		return result{}, alreadyExists(printName(p.name))
	}
	old := o.name
	delete(o.parent.children[o.kind], old)
	o.name = p.name
	p.parent.add(o)
	if o.kind == roleKind {
		s.account.renameRole(old, o.name)
	}
	return done(), nil
}

// renameRole follows a role's new name wherever the old one stood.
func (a *account) renameRole(from, to string) {
	a.walk(func(x *object) {
		if x.owner == from {
			x.owner = to
		}
		for _, g := range x.grants {
			if g.role == from {
				g.role = to
			}
		}
		for i := range x.future {
			if x.future[i].grant.role == from {
				x.future[i].grant.role = to
			}
		}
		for i, name := range x.inherits {
			if name == from {
				x.inherits[i] = to
			}
		}
	})
}

// runAccount sets what holds for the whole account; of that, only the network policy is modelled.
func (a *alterStatement) runAccount(s *session) (result, *Error) {
	if !s.account.may(s.active(), "ATTACH POLICY") {
		return result{}, s.insufficient(s.account.object, "ATTACH POLICY")
	}
	for _, v := range a.set {
		if v.name == "NETWORK_POLICY" && !v.null && s.account.child(networkPolicyKind, v.text) == nil {
			return result{}, s.missing(networkPolicyKind, printName(v.text))
		}
	}
	return done(), s.set(s.account.object, a.set)
}

type dropStatement struct {
	kind     kind
	names    []string
	ifExists bool
}

func (p *parser) drop() statement {
	d := &dropStatement{kind: p.kindName()}
	d.ifExists = p.accept("IF", "EXISTS")
	d.names = p.namesOf(d.kind)
	if !p.accept("CASCADE") {
		p.accept("RESTRICT")
	}
	return d
}

func (d *dropStatement) run(s *session) (result, *Error) {
	p, err := s.locate(d.kind, d.names, "DROP", false)
	var o *object
	if err == nil {
		o = p.find(d.kind)
		if o == nil || !s.knows(o) {
			err = s.missing(d.kind, p.path())
		}
	}
	switch {
	case err != nil && d.ifExists:
		return status("Drop statement executed successfully (" + printName(d.names[len(d.names)-1]) + " already dropped)."), nil
	case err != nil:
		return result{}, err
	case !o.ownedBy(s.active()):
		return result{}, s.insufficient(o, ownership)
	}
	s.account.remove(o, s.role)
	return status(printName(o.name) + " successfully dropped."), nil
}
