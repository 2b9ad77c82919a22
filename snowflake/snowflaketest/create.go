// CREATE statements.

package snowflaketest

import (
	"slices"
	"strings"
)

// CREATE: what it takes to make each kind of object, and what making it brings about.

type createStatement struct {
	kind        kind
	names       []string
	orReplace   bool
	ifNotExists bool
	managed     bool // WITH MANAGED ACCESS
	columns     []column
	properties  []property
}

func (p *parser) create() statement {
	c := &createStatement{}
	c.orReplace = p.accept("OR", "REPLACE")
	transient := p.accept("TRANSIENT")
	c.kind = p.kindName()
	switch {
	case transient && c.kind != databaseKind && c.kind != schemaKind && c.kind != tableKind:
		p.unexpected()
	}
	c.ifNotExists = p.accept("IF", "NOT", "EXISTS")
	if c.ifNotExists && c.orReplace {
		p.refuse(incompatibleOptions())
	}
	c.names = p.namesOf(c.kind)
	if c.kind == tableKind {
		c.columns = p.columns()
	}
	if p.accept("WITH") {
		switch {
		case c.kind == schemaKind && p.accept("MANAGED", "ACCESS"):
			c.managed = true
		case c.kind != warehouseKind && c.kind != resourceMonitorKind:
			p.unexpected()
		}
	}
	c.properties = p.properties(c.kind)
	if c.kind == resourceMonitorKind {
		p.triggers()
	}
	return c
}

// columns takes a table's columns: a name, a type, and the few constraints worth reading over.
func (p *parser) columns() []column {
	var list []column
	p.expect("(")
	for p.err == nil {
		c := column{name: p.name(), typ: columnType(p.name())}
		if p.accept("(") {
			p.number()
			if p.accept(",") {
				p.number()
			}
			p.expect(")")
		}
		for p.accept("NOT", "NULL") || p.accept("PRIMARY", "KEY") || p.accept("UNIQUE") {
		}
		if p.accept("COMMENT") {
			p.text()
		}
		list = append(list, c)
		if !p.accept(",") {
			p.expect(")")
			break
		}
	}
	return list
}

// columnType maps a declared type to the wire's. What is not a number or a boolean is shown as text,
// which is enough for tables that never have rows.
func columnType(name string) string {
	switch name {
	case "NUMBER", "DECIMAL", "NUMERIC", "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT":
		return "fixed"
	case "BOOLEAN":
		return "boolean"
	}
	return "text"
}

// triggers takes what a resource monitor does at which share of its quota.
func (p *parser) triggers() {
	if !p.accept("TRIGGERS") {
		return
	}
	for more := true; more && p.err == nil; more = p.peek().is("ON") {
		p.expect("ON")
		p.number()
		p.expect("PERCENT", "DO")
		if !p.accept("SUSPEND_IMMEDIATE") && !p.accept("SUSPEND") {
			p.expect("NOTIFY")
		}
	}
}

// creation is the privilege that creating each kind takes, on what the object will live in.
func creation(k kind) string { return "CREATE " + string(k) }

func (c *createStatement) run(s *session) (result, *Error) {
	p, err := s.locate(c.kind, c.names, "CREATE "+string(c.kind), false)
	if err != nil {
		return result{}, err
	}
	// Only the primary role may create: secondary roles do not count. The privilege is asked for even
	// when IF NOT EXISTS finds that there is nothing to do.
	if !p.parent.may(s.primary(), creation(c.kind)) {
		return result{}, s.insufficient(p.parent, creation(c.kind))
	}
	old := p.find(c.kind)
	if old == nil && c.kind == userKind {
		// LOGIN_NAME defaults to the name, so a name may be taken by another user's LOGIN_NAME.
		if other := s.account.userByLogin(p.name); other != nil && !c.sets("LOGIN_NAME") {
			return result{}, alreadyExists(printName(p.name))
		}
	}
	switch {
	case old != nil && c.ifNotExists:
		return status(printName(p.name) + " already exists, statement succeeded."), nil
	case old != nil && !c.orReplace:
		return result{}, alreadyExists(printName(p.name))
	case old != nil && !old.ownedBy(s.active()):
		return result{}, s.insufficient(old, "OWNERSHIP")
	}
	o, err := c.build(s, p)
	if err != nil {
		return result{}, err
	}
	if old != nil {
		s.account.remove(old, s.role)
	}
	p.parent.add(o)
	s.applyFuture(o)
	s.created(o)
	title := c.kind.title()
	if c.kind == stageKind {
		title = "Stage area"
	}
	return status(title + " " + printName(o.name) + " successfully created."), nil
}

func (c *createStatement) sets(name string) bool {
	return slices.ContainsFunc(c.properties, func(v property) bool { return v.name == name && !v.null })
}

// build makes the object without yet putting it anywhere, so that a refused value leaves no trace.
func (c *createStatement) build(s *session, p place) (*object, *Error) {
	o := &object{
		kind: c.kind, name: p.name, parent: p.parent, owner: s.role, created: s.account.clock(),
		props: make(map[string]string), columns: c.columns,
	}
	if c.managed {
		o.props["MANAGED ACCESS"] = "true"
	}
	if c.kind == userKind {
		o.user = &user{loginName: o.name, userType: personType, secondary: true}
	}
	if c.kind == networkRuleKind {
		for _, needed := range []string{"TYPE", "MODE", "VALUE_LIST"} {
			if !c.sets(needed) {
				return nil, compilation("002029", "42601", "Missing option(s): [%s]", needed)
			}
		}
	}
	return o, s.set(o, c.properties)
}

// created makes a new database or schema the current one, as Snowflake does: the reason why a script
// should name everything in full.
func (s *session) created(o *object) {
	switch o.kind {
	case databaseKind:
		for _, name := range []string{public} {
			o.add(&object{kind: schemaKind, name: name, owner: o.owner, created: o.created, props: map[string]string{}})
		}
		s.enter(o)
	case schemaKind:
		s.database, s.schema = o.parent.name, o.name
	case warehouseKind:
		s.warehouse = o.name
	}
}

// applyFuture gives a new object what was granted on future ones of its kind. A schema's future grants
// come before its database's.
func (s *session) applyFuture(o *object) {
	for at := o.parent; at != nil; at = at.parent {
		found := false
		for _, f := range at.future {
			if f.kind != o.kind {
				continue
			}
			found = true
			if f.grant.privilege == ownership {
				o.owner = f.grant.role
				continue
			}
			s.account.give(o, f.grant)
		}
		if found {
			return
		}
	}
}

var warehouseSizes = map[string]bool{
	"XSMALL": true, "X-SMALL": true, "SMALL": true, "MEDIUM": true, "LARGE": true, "XLARGE": true, "X-LARGE": true,
	"XXLARGE": true, "X2LARGE": true, "2X-LARGE": true, "XXXLARGE": true, "X3LARGE": true, "3X-LARGE": true,
	"X4LARGE": true, "4X-LARGE": true, "X5LARGE": true, "5X-LARGE": true, "X6LARGE": true, "6X-LARGE": true,
}

// set changes an object's properties, all or none.
func (s *session) set(o *object, list []property) *Error {
	if o.kind == userKind {
		return s.setUser(o, list)
	}
	for _, v := range list {
		switch {
		case v.name == "WAREHOUSE_SIZE" && !warehouseSizes[v.text]:
			return invalidPropertyValue(v.text, v.name)
		case v.name == "RESOURCE_MONITOR" && !v.null && v.text != "NULL":
			m := s.account.child(resourceMonitorKind, v.text)
			if m == nil {
				return s.missing(resourceMonitorKind, printName(v.text))
			}
			if !s.primary()[accountAdmin] {
				return s.insufficient(m, "MODIFY")
			}
		case strings.HasSuffix(v.name, "_IP_LIST"):
			if bad := badAddress(v.list); bad != "" {
				return invalidPropertyValue(bad, v.name)
			}
		case strings.HasSuffix(v.name, "_NETWORK_RULE_LIST"):
			for _, rule := range v.list {
				if s.account.networkRule(rule) == nil {
					return s.missing(networkRuleKind, rule)
				}
			}
		}
	}
	next := copyProps(o.props)
	for _, v := range list {
		setProp(next, v)
		if v.kind == listProperty {
			if o.lists == nil {
				o.lists = make(map[string][]string)
			}
			o.lists[v.name] = v.list
		}
	}
	o.props = next
	return nil
}
