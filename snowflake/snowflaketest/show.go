// SHOW statements.

package snowflaketest

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// SHOW: what is there, and who was granted what.

const timeFormat = "2006-01-02 15:04:05.000 -0700"

type showStatement struct {
	kind kind
	like string
	in   []string
	on   kind
}

// plurals are the objects that SHOW lists.
var plurals = map[string]kind{
	"WAREHOUSES": warehouseKind, "DATABASES": databaseKind, "SCHEMAS": schemaKind, "STAGES": stageKind,
	"TABLES": tableKind, "ROLES": roleKind, "USERS": userKind,
}

func (p *parser) show() statement {
	if p.accept("GRANTS") {
		return p.showGrants()
	}
	st := &showStatement{}
	t := p.peek()
	switch {
	case p.accept("NETWORK", "POLICIES"):
		st.kind = networkPolicyKind
	case p.accept("RESOURCE", "MONITORS"):
		st.kind = resourceMonitorKind
	case t.kind == tokenWord && plurals[t.value] != "":
		st.kind = plurals[t.value]
		p.next()
	default:
		p.unexpected()
		return nil
	}
	if p.accept("LIKE") {
		st.like = p.text()
	}
	if p.accept("IN") {
		switch {
		case p.accept("ACCOUNT"):
			st.on = accountKind
		case p.accept("DATABASE"):
			st.on, st.in = databaseKind, p.names(1)
		case p.accept("SCHEMA"):
			st.on, st.in = schemaKind, p.names(2)
		default:
			if st.in = p.names(2); len(st.in) == 2 || st.kind != schemaKind {
				st.on = schemaKind
			} else {
				st.on = databaseKind
			}
		}
	}
	return st
}

func (st *showStatement) run(s *session) (result, *Error) {
	root := s.account.object
	switch {
	case len(st.in) > 0:
		container, err := s.lookup(st.on, st.in, "SHOW", false)
		if err != nil {
			return result{}, err
		}
		root = container
	case st.on == accountKind, st.kind.parentKind() == accountKind:
	case s.currentSchema() != nil && st.kind != schemaKind:
		root = s.currentSchema()
	case s.currentDatabase() != nil:
		root = s.currentDatabase()
	}
	var found []*object
	root.walk(func(o *object) {
		if o.kind == st.kind && s.knows(o) && (st.like == "" || like(o.name, st.like)) {
			found = append(found, o)
		}
	})
	slices.SortFunc(found, func(a, b *object) int { return strings.Compare(a.path(), b.path()) })
	r := table("created_on", "name", "database_name", "schema_name", "owner", "comment", "state", "size")
	for _, o := range found {
		database, schema := "", ""
		for at := o.parent; at != nil; at = at.parent {
			switch at.kind {
			case databaseKind:
				database = at.name
			case schemaKind:
				schema = at.name
			}
		}
		state := ""
		if o.kind == warehouseKind {
			state = warehouseState(o)
		}
		r.add(o.created.Format(timeFormat), o.name, database, schema, o.owner, o.props["COMMENT"], state, o.props["WAREHOUSE_SIZE"])
	}
	return r, nil
}

func warehouseState(o *object) string {
	if state := o.props["STATE"]; state != "" {
		return state
	}
	if o.props["INITIALLY_SUSPENDED"] == "true" {
		return "SUSPENDED"
	}
	return "STARTED"
}

// like matches as SHOW … LIKE does: without case, `%` for any text and `_` for one character.
func like(name, pattern string) bool {
	escape := strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, "\\", `\\`, "%", "*", "_", "?")
	// A slash would stop a star; names with one are odd enough to be spelled out.
	swap := strings.NewReplacer("/", "\x00")
	ok, err := path.Match(swap.Replace(escape.Replace(strings.ToUpper(pattern))), swap.Replace(strings.ToUpper(name)))
	return ok && err == nil
}

type showGrants struct {
	to    kind // ROLE or USER, of TO
	of    bool // OF ROLE: who holds it
	on    kind
	names []string
}

func (p *parser) showGrants() statement {
	g := &showGrants{}
	switch {
	case p.accept("TO", "USER"):
		g.to, g.names = userKind, p.names(1)
	case p.accept("TO"):
		p.expect("ROLE")
		g.to, g.names = roleKind, p.names(1)
	case p.accept("OF"):
		p.expect("ROLE")
		g.of, g.names = true, p.names(1)
	case p.accept("ON", "ACCOUNT"):
		g.on = accountKind
	case p.accept("ON"):
		g.on = p.kindName()
		g.names = p.namesOf(g.on)
	}
	return g
}

func (g *showGrants) run(s *session) (result, *Error) {
	switch {
	case g.of:
		return g.runOf(s)
	case g.on == accountKind:
		return g.runOn(s.account.object), nil
	case g.on != "":
		o, err := s.lookup(g.on, g.names, "SHOW", s.account.managesGrants(s.active()))
		if err != nil {
			return result{}, err
		}
		return g.runOn(o), nil
	case g.to == "":
		g.to, g.names = userKind, []string{s.user}
	}
	o, err := s.lookup(g.to, g.names, "SHOW", true)
	if err != nil {
		return result{}, err
	}
	if g.to == userKind {
		return g.runToUser(s, o), nil
	}
	return g.runToRole(s, o), nil
}

func grantTable() result {
	return table("created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by")
}

func (g *showGrants) runToRole(s *session, role *object) result {
	var objects []*object
	s.account.walk(func(o *object) { objects = append(objects, o) })
	slices.SortStableFunc(objects, func(a, b *object) int {
		return strings.Compare(string(a.kind)+a.path(), string(b.kind)+b.path())
	})
	r := grantTable()
	for _, o := range objects {
		if o.owner == role.name {
			r.addGrant(o, &grant{privilege: ownership, role: role.name, by: role.name, option: true, created: o.created})
		}
		for _, have := range o.grants {
			if have.role == role.name {
				r.addGrant(o, have)
			}
		}
		if o.kind == roleKind && slices.Contains(role.inherits, o.name) {
			r.addGrant(o, &grant{privilege: "USAGE", role: role.name, created: o.created})
		}
	}
	return r
}

func (r *result) addGrant(o *object, g *grant) {
	on := strings.ReplaceAll(string(o.kind), " ", "_")
	r.add(g.created.Format(timeFormat), g.privilege, on, o.path(), string(roleKind), g.role, strconv.FormatBool(g.option), g.by)
}

func (g *showGrants) runOn(o *object) result {
	r := grantTable()
	if o.owner != "" {
		r.addGrant(o, &grant{privilege: ownership, role: o.owner, by: o.owner, option: true, created: o.created})
	}
	for _, have := range o.grants {
		r.addGrant(o, have)
	}
	return r
}

func (g *showGrants) runToUser(s *session, o *object) result {
	r := table("created_on", "role", "granted_to", "grantee_name", "granted_by")
	roles := slices.Sorted(slices.Values(o.inherits))
	for _, role := range roles {
		r.add(o.created.Format(timeFormat), role, string(userKind), o.name, "")
	}
	return r
}

func (g *showGrants) runOf(s *session) (result, *Error) {
	role, err := s.lookup(roleKind, g.names, "SHOW", true)
	if err != nil {
		return result{}, err
	}
	r := table("created_on", "role", "granted_to", "grantee_name", "granted_by")
	for _, k := range []kind{roleKind, userKind} {
		for _, o := range s.account.sorted(k) {
			if slices.Contains(o.inherits, role.name) {
				r.add(o.created.Format(timeFormat), role.name, string(k), o.name, "")
			}
		}
	}
	return r, nil
}
