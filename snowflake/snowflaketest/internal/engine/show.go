package engine

import (
	"slices"
	"strconv"
	"strings"
)

const timeFormat = "2006-01-02 15:04:05.000 -0700"

// showObjects is SHOW of all objects of a kind.
type showObjects kind

func (p *parser) show() statement {
	if p.accept("GRANTS") {
		return p.showGrants()
	}
	for _, k := range kinds {
		if !p.accept(strings.Fields(k.plural())...) {
			continue
		}
		// Without IN ACCOUNT, SHOW of a kind that lives in databases depends on the current one.
		if k.containers() != nil {
			p.expect("IN", "ACCOUNT")
		}
		return showObjects(k)
	}
	p.unexpected()
	return nil
}

func (k showObjects) run(s *Session) (ResultSet, *Error) {
	var found []*object
	s.account.walk(func(o *object) {
		if o.kind == kind(k) && s.knows(o) {
			found = append(found, o)
		}
	})
	slices.SortFunc(found, func(a, b *object) int { return strings.Compare(a.path(), b.path()) })
	r := table("created_on", "name", "database_name", "schema_name", "owner", "comment", "size")
	for _, o := range found {
		var database, schema string
		for at := o.parent; at != nil; at = at.parent {
			switch at.kind {
			case databaseKind:
				database = at.name
			case schemaKind:
				schema = at.name
			}
		}
		r.add(o.created.Format(timeFormat), o.name, database, schema, o.owner, o.props["COMMENT"], o.props["WAREHOUSE_SIZE"])
	}
	return r, nil
}

// showGrants is SHOW GRANTS TO or OF a role, or TO a user.
type showGrants struct {
	of   bool
	kind kind // roleKind or userKind
	name string
}

func (p *parser) showGrants() statement {
	g := &showGrants{kind: roleKind}
	switch {
	case p.accept("TO", "USER"):
		g.kind = userKind
	case p.accept("OF", "ROLE"):
		g.of = true
	default:
		p.expect("TO", "ROLE")
	}
	g.name = p.name()
	return g
}

func (g *showGrants) run(s *Session) (ResultSet, *Error) {
	o, err := s.lookup(g.kind, []string{g.name}, true)
	switch {
	case err != nil:
		return ResultSet{}, err
	case g.of:
		return s.grantsOf(o), nil
	case g.kind == userKind:
		return s.grantsToUser(o), nil
	}
	return s.grantsToRole(o), nil
}

// grantsToRole lists the privileges of a role, and the roles granted to it as USAGE.
func (s *Session) grantsToRole(role *object) ResultSet {
	var objects []*object
	s.account.walk(func(o *object) { objects = append(objects, o) })
	slices.SortStableFunc(objects, func(a, b *object) int {
		return strings.Compare(string(a.kind)+a.path(), string(b.kind)+b.path())
	})
	r := table("created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by")
	add := func(o *object, g grant) {
		on := strings.ReplaceAll(string(o.kind), " ", "_")
		r.add(g.created.Format(timeFormat), g.privilege, on, o.path(), string(roleKind), role.name, strconv.FormatBool(g.privilege == ownership), g.by)
	}
	for _, o := range objects {
		if o.owner == role.name {
			add(o, grant{privilege: ownership, by: role.name, created: o.created})
		}
		for _, g := range o.grants {
			if g.role == role.name {
				add(o, *g)
			}
		}
		if o.kind == roleKind && slices.Contains(role.inherits, o.name) {
			add(o, grant{privilege: "USAGE", created: o.created})
		}
	}
	return r
}

func (s *Session) grantsToUser(user *object) ResultSet {
	r := grantedRoles()
	for _, role := range slices.Sorted(slices.Values(user.inherits)) {
		r.add(user.created.Format(timeFormat), role, string(userKind), user.name, "")
	}
	return r
}

// grantsOf lists the roles and users that hold a role.
func (s *Session) grantsOf(role *object) ResultSet {
	r := grantedRoles()
	for _, k := range []kind{roleKind, userKind} {
		for _, o := range s.account.sorted(k) {
			if slices.Contains(o.inherits, role.name) {
				r.add(o.created.Format(timeFormat), role.name, string(k), o.name, "")
			}
		}
	}
	return r
}

func grantedRoles() ResultSet {
	return table("created_on", "role", "granted_to", "grantee_name", "granted_by")
}
