// GRANT and REVOKE.

package snowflaketest

import (
	"slices"
	"strings"
)

// GRANT and REVOKE.

const ownership = "OWNERSHIP"

// privilegesOf lists what can be granted on each kind, in the order in which ALL gives it.
var privilegesOf = map[kind][]string{
	accountKind: {
		"CREATE DATABASE", "CREATE NETWORK POLICY", "CREATE ROLE", "CREATE USER", "CREATE WAREHOUSE",
		"ATTACH POLICY", "MANAGE GRANTS", "MONITOR", "MONITOR USAGE",
	},
	warehouseKind: {"APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE"},
	databaseKind:  {"APPLYBUDGET", "CREATE SCHEMA", "MODIFY", "MONITOR", "USAGE"},
	schemaKind: {
		"ADD SEARCH OPTIMIZATION", "APPLYBUDGET", "CREATE FILE FORMAT", "CREATE FUNCTION", "CREATE NETWORK RULE",
		"CREATE PIPE", "CREATE PROCEDURE", "CREATE SEQUENCE", "CREATE STAGE", "CREATE STREAM", "CREATE TABLE",
		"CREATE TASK", "CREATE TEMPORARY TABLE", "CREATE VIEW", "MODIFY", "MONITOR", "USAGE",
	},
	stageKind: {"READ", "WRITE", "USAGE"}, // READ first: WRITE needs it
	tableKind: {
		"APPLYBUDGET", "DELETE", "EVOLVE SCHEMA", "INSERT", "REBUILD", "REFERENCES", "SELECT", "TRUNCATE", "UPDATE",
	},
	userKind:            {"MONITOR"},
	networkPolicyKind:   {"USAGE"},
	networkRuleKind:     {"USAGE"},
	resourceMonitorKind: {"MODIFY", "MONITOR"},
}

type grantStatement struct {
	revoke     bool
	privileges []string // nil means ALL
	target     grantTarget
	toRole     string
	option     bool
	current    string // of GRANT OWNERSHIP: COPY, REVOKE or nothing
}

// A grantTarget is one object, or all or future ones of a kind within a container.
type grantTarget struct {
	kind      kind
	names     []string
	bulk      string // "", "ALL" or "FUTURE"
	within    kind
	container []string
}

type roleGrant struct {
	revoke bool
	role   string
	to     kind // ROLE or USER
	name   string
}

func (p *parser) grant() statement  { return p.grantOrRevoke(false) }
func (p *parser) revoke() statement { return p.grantOrRevoke(true) }

func (p *parser) grantOrRevoke(revoke bool) statement {
	toward := "TO"
	if revoke {
		toward = "FROM"
	}
	if p.accept("ROLE") {
		g := &roleGrant{revoke: revoke, role: p.name()}
		p.expect(toward)
		switch {
		case p.accept("USER"):
			g.to = userKind
		default:
			p.expect("ROLE")
			g.to = roleKind
		}
		g.name = p.name()
		return g
	}
	g := &grantStatement{revoke: revoke}
	if revoke {
		p.accept("GRANT", "OPTION", "FOR")
	}
	if p.accept("ALL") {
		p.accept("PRIVILEGES")
	} else {
		g.privileges = p.privileges()
	}
	p.expect("ON")
	g.target = p.grantTarget()
	p.expect(toward)
	p.accept("ROLE")
	g.toRole = p.name()
	switch {
	case revoke:
		if !p.accept("CASCADE") {
			p.accept("RESTRICT")
		}
	case p.accept("WITH", "GRANT", "OPTION"):
		g.option = true
	case g.owns() && p.accept("COPY", "CURRENT", "GRANTS"):
		g.current = "COPY"
	case g.owns() && p.accept("REVOKE", "CURRENT", "GRANTS"):
		g.current = "REVOKE"
	}
	return g
}

// privileges takes a list of privileges, each of one to three words.
func (p *parser) privileges() []string {
	var list []string
	for p.err == nil {
		var words []string
		for p.peek().kind == tokenWord && !p.peek().is("ON") && p.err == nil {
			words = append(words, p.next().value)
		}
		if len(words) == 0 {
			p.unexpected()
		}
		list = append(list, strings.Join(words, " "))
		if !p.accept(",") {
			break
		}
	}
	return list
}

func (p *parser) grantTarget() grantTarget {
	var t grantTarget
	switch {
	case p.accept("ACCOUNT"):
		t.kind = accountKind
		return t
	case p.accept("ALL"):
		t.bulk = "ALL"
	case p.accept("FUTURE"):
		t.bulk = "FUTURE"
	default:
		t.kind = p.kindName()
		t.names = p.namesOf(t.kind)
		return t
	}
	switch {
	case p.accept("TABLES"):
		t.kind = tableKind
	case p.accept("STAGES"):
		t.kind = stageKind
	default:
		p.expect("SCHEMAS")
		t.kind = schemaKind
	}
	p.expect("IN")
	switch {
	case t.kind != schemaKind && p.accept("SCHEMA"):
		t.within = schemaKind
	default:
		p.expect("DATABASE")
		t.within = databaseKind
	}
	t.container = p.namesOf(t.within)
	return t
}

func (g *grantStatement) owns() bool { return len(g.privileges) == 1 && g.privileges[0] == ownership }

func (g *grantStatement) run(s *session) (result, *Error) {
	for _, privilege := range g.privileges {
		if privilege != ownership && !slices.Contains(privilegesOf[g.target.kind], privilege) {
			return result{}, invalidPrivilege(privilege, g.target.kind)
		}
	}
	if s.account.child(roleKind, g.toRole) == nil {
		return result{}, s.missing(roleKind, printName(g.toRole))
	}
	objects, container, err := g.targets(s)
	if err != nil {
		return result{}, err
	}
	if g.target.bulk == "FUTURE" {
		return g.runFuture(s, container)
	}
	for _, o := range objects {
		if err := g.apply(s, o); err != nil {
			return result{}, err
		}
	}
	return done(), nil
}

// targets finds what the statement is about. MANAGE GRANTS opens everything to be granted on, whoever
// owns it and whatever it lives in.
func (g *grantStatement) targets(s *session) (objects []*object, container *object, err *Error) {
	open, t := s.account.managesGrants(s.active()), g.target
	switch {
	case t.kind == accountKind:
		return []*object{s.account.object}, nil, nil
	case t.bulk == "":
		o, err := s.lookup(t.kind, t.names, "GRANT", open)
		return []*object{o}, nil, err
	}
	container, err = s.lookup(t.within, t.container, "GRANT", open)
	if err != nil {
		return nil, nil, err
	}
	container.walk(func(o *object) {
		if o.kind == t.kind {
			objects = append(objects, o)
		}
	})
	return objects, container, nil
}

func (g *grantStatement) runFuture(s *session, container *object) (result, *Error) {
	// Only MANAGE GRANTS reaches what does not exist yet, or owning the schema it will be in.
	owner := container.kind == schemaKind && container.ownedBy(s.active())
	if !s.account.managesGrants(s.active()) && !owner {
		return result{}, g.notExecuted()
	}
	for _, privilege := range g.expand(g.target.kind) {
		same := func(f futureGrant) bool {
			return f.kind == g.target.kind && f.grant.role == g.toRole && f.grant.privilege == privilege
		}
		container.future = slices.DeleteFunc(container.future, same)
		if !g.revoke {
			added := grant{privilege: privilege, role: g.toRole, by: s.role, option: g.option}
			container.future = append(container.future, futureGrant{g.target.kind, added})
		}
	}
	return done(), nil
}

func (g *grantStatement) expand(k kind) []string {
	if g.privileges == nil {
		return privilegesOf[k]
	}
	return g.privileges
}

func (g *grantStatement) notExecuted() *Error {
	if g.revoke {
		return revokeNotExecuted()
	}
	return grantNotExecuted()
}

func (g *grantStatement) apply(s *session, o *object) *Error {
	privileges := g.expand(o.kind)
	for _, privilege := range privileges {
		if !s.account.mayGrant(s.active(), o, privilege) {
			return g.notExecuted()
		}
	}
	switch {
	case g.revoke:
		return g.applyRevoke(o, privileges)
	case g.owns():
		return g.applyOwnership(s, o)
	}
	// READ must be there before WRITE, or come with it.
	if o.kind == stageKind && slices.Contains(privileges, "WRITE") && !slices.Contains(privileges, "READ") && !o.has("READ", g.toRole) {
		return dependsOnRead(o, g.toRole)
	}
	for _, privilege := range privileges {
		s.account.give(o, grant{privilege: privilege, role: g.toRole, by: s.role, option: g.option})
	}
	return nil
}

func (g *grantStatement) applyRevoke(o *object, privileges []string) *Error {
	if g.owns() {
		return invalidPrivilege(ownership, o.kind)
	}
	for _, privilege := range privileges {
		o.take(privilege, g.toRole)
	}
	return nil
}

// applyOwnership hands an object over. Grants by the old owner stand in the way unless the statement
// says what becomes of them.
func (g *grantStatement) applyOwnership(s *session, o *object) *Error {
	if o.owner == g.toRole {
		return nil
	}
	switch {
	case g.current == "REVOKE":
		o.grants = nil
	case g.current == "COPY":
		for _, have := range o.grants {
			have.by = g.toRole
		}
	case len(o.grants) > 0:
		first := o.grants[0]
		return dependentGrant(first.privilege, printName(o.name), printName(first.role))
	}
	o.owner = g.toRole
	return nil
}

func dependsOnRead(o *object, role string) *Error {
	return compilation("003099", "42501", "Cannot grant WRITE on stage '%s' to role '%s': the READ privilege must be granted first.", printName(o.name), printName(role))
}

func (g *roleGrant) run(s *session) (result, *Error) {
	r := s.account.child(roleKind, g.role)
	if r == nil {
		return result{}, s.missing(roleKind, printName(g.role))
	}
	to := s.account.child(g.to, g.name)
	if to == nil {
		return result{}, s.missing(g.to, printName(g.name))
	}
	if !s.account.mayGrant(s.active(), r, ownership) {
		if g.revoke {
			return result{}, revokeNotExecuted()
		}
		return result{}, grantNotExecuted()
	}
	if g.revoke {
		to.inherits = slices.DeleteFunc(to.inherits, func(name string) bool { return name == r.name })
		return done(), nil
	}
	if to.kind == roleKind && s.account.held([]string{r.name})[to.name] {
		return result{}, compilation("003005", "42501", "Role '%s' cannot be granted to role '%s': the grant would make a cycle.", printName(r.name), printName(to.name))
	}
	if r.name != public && !slices.Contains(to.inherits, r.name) {
		to.inherits = append(to.inherits, r.name)
	}
	return done(), nil
}
