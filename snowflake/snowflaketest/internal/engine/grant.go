package engine

import (
	"slices"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

const ownership = "OWNERSHIP"

// privilegesOf lists what can be granted on each kind, in the order in which ALL grants it.
var privilegesOf = map[kind][]string{
	accountKind: {
		"CREATE DATABASE", "CREATE NETWORK POLICY", "CREATE ROLE", "CREATE USER", "CREATE WAREHOUSE",
		"APPLY AUTHENTICATION POLICY", "ATTACH POLICY", "MANAGE GRANTS", "MONITOR",
	},
	warehouseKind: {"MODIFY", "MONITOR", "OPERATE", "USAGE"},
	databaseKind:  {"CREATE SCHEMA", "MODIFY", "MONITOR", "USAGE"},
	schemaKind: {
		"CREATE AUTHENTICATION POLICY", "CREATE FILE FORMAT", "CREATE PIPE", "CREATE STAGE", "CREATE TABLE", "CREATE VIEW", "MODIFY", "MONITOR", "USAGE",
	},
	stageKind:           {"READ", "WRITE", "USAGE"}, // but see stagePrivileges
	tableKind:           {"DELETE", "INSERT", "REFERENCES", "SELECT", "TRUNCATE", "UPDATE"},
	userKind:            {"MONITOR"},
	networkPolicyKind:   {"USAGE"},
	resourceMonitorKind: {"MODIFY", "MONITOR"},
}

// stagePrivileges returns what can be granted on a stage. An external stage has a URL.
func stagePrivileges(stage *object) []string {
	if stage.props["URL"] != "" {
		return []string{"USAGE"}
	}
	return []string{"READ", "WRITE"}
}

// A grantStatement grants or revokes privileges on one object.
type grantStatement struct {
	revoke     bool
	privileges []string // nil means ALL
	kind       kind
	names      []string
	role       string
}

// A roleGrant grants or revokes a role.
type roleGrant struct {
	revoke bool
	role   string
	to     kind // roleKind or userKind
	name   string
}

func (p *parser) grant() statement  { return p.grantOrRevoke("TO", false) }
func (p *parser) revoke() statement { return p.grantOrRevoke("FROM", true) }

func (p *parser) grantOrRevoke(preposition string, revoke bool) statement {
	if p.accept("ROLE") {
		g := &roleGrant{revoke: revoke, role: p.name(), to: userKind}
		p.expect(preposition)
		if !p.accept("USER") {
			p.expect("ROLE")
			g.to = roleKind
		}
		g.name = p.name()
		return g
	}
	g := &grantStatement{revoke: revoke, kind: accountKind}
	if !p.accept("ALL") {
		g.privileges = p.privileges()
	}
	p.expect("ON")
	if !p.accept("ACCOUNT") {
		g.kind = p.kindName()
		g.names = p.namesOf(g.kind)
	}
	p.expect(preposition, "ROLE")
	g.role = p.name()
	return g
}

// privileges takes a list of privileges, each of one or more words.
func (p *parser) privileges() []string {
	var list []string
	for p.err == nil {
		var words []string
		for p.peek().Kind == sql.Word && !p.peek().Is("ON") {
			words = append(words, p.next().Value)
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

func (g *grantStatement) run(s *Session) (ResultSet, *Error) {
	for _, privilege := range g.privileges {
		if !slices.Contains(privilegesOf[g.kind], privilege) {
			return ResultSet{}, invalidPrivilege(privilege, g.kind)
		}
	}
	if s.account.child(roleKind, g.role) == nil {
		return ResultSet{}, missing(roleKind, sql.PrintName(g.role))
	}
	o := s.account.object
	if g.kind != accountKind {
		var err *Error
		// MANAGE GRANTS reaches every object, whoever owns it and whatever contains it.
		if o, err = s.lookup(g.kind, g.names, s.account.managesGrants(s.active())); err != nil {
			return ResultSet{}, err
		}
	}
	if !s.account.mayGrant(s.active(), o) {
		return ResultSet{}, grantNotExecuted(g.revoke)
	}
	privileges, known := g.privileges, privilegesOf[g.kind]
	if g.kind == stageKind {
		known = stagePrivileges(o)
	}
	if privileges == nil {
		privileges = known
	}
	for _, privilege := range privileges {
		if !slices.Contains(known, privilege) {
			return ResultSet{}, invalidPrivilege(privilege, g.kind)
		}
	}
	reads, writes := slices.Contains(privileges, "READ"), slices.Contains(privileges, "WRITE")
	switch {
	case g.kind != stageKind:
	case g.revoke && reads && !writes && o.has("WRITE", g.role), !g.revoke && writes && !reads && !o.has("READ", g.role):
		return ResultSet{}, privilegeOrder(g.revoke)
	}
	if g.revoke {
		for _, privilege := range privileges {
			o.take(privilege, g.role)
		}
		return done(), nil
	}
	for _, privilege := range privileges {
		s.account.give(o, grant{privilege: privilege, role: g.role, by: s.role})
	}
	return done(), nil
}

func (g *roleGrant) run(s *Session) (ResultSet, *Error) {
	r := s.account.child(roleKind, g.role)
	if r == nil {
		return ResultSet{}, missing(roleKind, sql.PrintName(g.role))
	}
	to := s.account.child(g.to, g.name)
	if to == nil {
		return ResultSet{}, missing(g.to, sql.PrintName(g.name))
	}
	if !s.account.mayGrant(s.active(), r) {
		return ResultSet{}, grantNotExecuted(g.revoke)
	}
	switch {
	case g.revoke:
		to.inherits = slices.DeleteFunc(to.inherits, func(name string) bool { return name == r.name })
	case to.kind == roleKind && s.account.held([]string{r.name})[to.name]:
		return ResultSet{}, roleCycle(r.name, to.name)
	case r.name != public && !slices.Contains(to.inherits, r.name):
		to.inherits = append(to.inherits, r.name)
	}
	return done(), nil
}
