package engine

import (
	"net/netip"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

type createStatement struct {
	kind        kind
	names       []string
	ifNotExists bool
	properties  []property
}

func (p *parser) create() statement {
	c := &createStatement{kind: p.kindName()}
	c.ifNotExists = p.accept("IF", "NOT", "EXISTS")
	c.names = p.namesOf(c.kind)
	switch c.kind {
	case tableKind:
		p.columns()
	case resourceMonitorKind:
		p.accept("WITH")
	}
	c.properties = p.properties(c.kind)
	if c.kind == resourceMonitorKind {
		p.triggers()
	}
	return c
}

// columns takes a table's columns, each a name and a type. A table never has rows, so nothing keeps them.
func (p *parser) columns() {
	p.expect("(")
	for p.err == nil {
		p.name()
		p.name()
		if !p.accept(",") {
			p.expect(")")
			return
		}
	}
}

// triggers takes what a resource monitor does at a share of its quota, which is never reached here.
func (p *parser) triggers() {
	if p.accept("TRIGGERS") {
		p.expect("ON")
		p.number()
		p.expect("PERCENT", "DO", "SUSPEND")
	}
}

// creation is the privilege that creating an object of a kind takes, on the object's container.
func creation(k kind) string { return "CREATE " + string(k) }

func (c *createStatement) run(s *Session) (ResultSet, *Error) {
	p, err := s.locate(c.kind, c.names, false)
	if err != nil {
		return ResultSet{}, err
	}
	// Secondary roles do not count. IF NOT EXISTS takes the privilege even if the object exists.
	if !p.parent.may(s.primary(), creation(c.kind)) {
		return ResultSet{}, insufficientFor(p.parent, s.role, creation(c.kind))
	}
	switch old := p.find(c.kind); {
	case old != nil && c.ifNotExists && !old.seen(s.primary()):
		return ResultSet{}, noPrivileges(c.kind, sql.PrintName(p.name))
	case old != nil && c.ifNotExists:
		return status(sql.PrintName(p.name) + " already exists, statement succeeded."), nil
	case old != nil:
		return ResultSet{}, alreadyExists(sql.PrintName(p.name))
	}
	o := &object{kind: c.kind, name: p.name, owner: s.role, created: s.account.now(), props: make(map[string]string)}
	if c.kind == userKind {
		o.user = &user{loginName: o.name, userType: personType, secondary: true}
	}
	if err := s.set(o, c.properties); err != nil {
		return ResultSet{}, err
	}
	// LOGIN_NAME defaults to the name, which may be another user's LOGIN_NAME.
	if c.kind == userKind && s.account.userByLogin(o.user.loginName) != nil {
		return ResultSet{}, alreadyExists(sql.PrintName(o.user.loginName))
	}
	p.parent.add(o)
	if c.kind == databaseKind {
		o.add(&object{kind: schemaKind, name: public, owner: o.owner, created: o.created, props: make(map[string]string)})
	}
	title := c.kind.title()
	if c.kind == stageKind {
		title = "Stage area"
	}
	return status(title + " " + sql.PrintName(o.name) + " successfully created."), nil
}

var warehouseSizes = map[string]bool{
	"XSMALL": true, "SMALL": true, "MEDIUM": true, "LARGE": true, "XLARGE": true, "XXLARGE": true, "XXXLARGE": true,
}

// set changes an object's properties, all or none.
func (s *Session) set(o *object, list []property) *Error {
	if o.kind == userKind {
		return s.setUser(o, list)
	}
	for _, v := range list {
		switch {
		case v.name == "WAREHOUSE_SIZE" && !warehouseSizes[v.text]:
			return invalidPropertyValue(v.text, v.name)
		case v.name == "RESOURCE_MONITOR" && !v.null:
			m := s.account.child(resourceMonitorKind, v.text)
			if m == nil {
				return missing(resourceMonitorKind, sql.PrintName(v.text))
			}
			if !s.primary()[accountAdmin] {
				return insufficient(m)
			}
		case v.name == "NETWORK_POLICY":
			if err := s.account.checkNetworkPolicy(v); err != nil {
				return err
			}
		case v.name == "AUTHENTICATION_METHODS":
			if err := setMethods(o, v); err != nil {
				return err
			}
		case v.name == "ALLOWED_IP_LIST":
			allowed := make([]netip.Prefix, 0, len(v.list))
			for _, entry := range v.list {
				prefix, ok := parseRange(entry)
				if !ok {
					return invalidPropertyValue(entry, v.name)
				}
				allowed = append(allowed, prefix)
			}
			o.allowed = allowed
		}
	}
	for _, v := range list {
		setProp(o.props, v)
	}
	return nil
}
