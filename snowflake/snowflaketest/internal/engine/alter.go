package engine

import (
	"slices"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

type alterStatement struct {
	kind  kind
	names []string
	set   []property
}

func (p *parser) alter() statement {
	if p.accept("SESSION") {
		return p.alterSession()
	}
	a := &alterStatement{kind: accountKind}
	if !p.accept("ACCOUNT") {
		a.kind = p.kindName()
		a.names = p.namesOf(a.kind)
	}
	if p.accept("SET", "AUTHENTICATION", "POLICY") {
		return p.authPolicy(a, true)
	}
	if p.accept("UNSET", "AUTHENTICATION", "POLICY") {
		return p.authPolicy(a, false)
	}
	if p.accept("UNSET") {
		a.set = p.unset(a.kind)
		return a
	}
	p.expect("SET")
	if a.set = p.properties(a.kind); len(a.set) == 0 {
		p.unexpected()
	}
	return a
}

func (p *parser) unset(k kind) []property {
	var list []property
	for p.err == nil {
		name := p.name()
		if _, ok := propertiesOf[k][name]; p.err == nil && !ok {
			p.refuse(invalidProperty(name, k))
		}
		list = p.addProperty(list, property{name: name, null: true})
		if !p.accept(",") {
			break
		}
	}
	return list
}

func (a *alterStatement) run(s *Session) (ResultSet, *Error) {
	o, privilege := s.account.object, ownership
	switch a.kind {
	case accountKind:
		if privilege = "ATTACH POLICY"; slices.ContainsFunc(a.set, func(v property) bool { return v.name == ignoreCase }) && !s.primary()[accountAdmin] {
			return ResultSet{}, insufficient(o)
		}
	case warehouseKind, databaseKind, schemaKind:
		privilege = "MODIFY"
	}
	if a.kind != accountKind {
		var err *Error
		if o, err = s.lookup(a.kind, a.names, false); err != nil {
			return ResultSet{}, err
		}
	}
	if !o.may(s.active(), privilege) {
		return ResultSet{}, insufficient(o)
	}
	return done(), s.set(o, a.set)
}

// alterSession is ALTER SESSION SET with the values of session parameters.
type alterSession []property

// sessionParameterTypes are the parameters that ALTER SESSION can set.
var sessionParameterTypes = map[string]propertyType{
	"QUERY_TAG": textProperty, "STATEMENT_TIMEOUT_IN_SECONDS": numberProperty, ignoreCase: boolProperty,
}

func (p *parser) alterSession() statement {
	p.expect("SET")
	var list alterSession
	for p.err == nil && p.peek().Kind != sql.End {
		name := p.name()
		t, ok := sessionParameterTypes[name]
		if p.err == nil && !ok {
			p.refuse(invalidProperty(name, "SESSION"))
		}
		p.expect("=")
		list = p.addProperty(list, p.value(name, t))
	}
	return list
}

func (a alterSession) run(s *Session) (ResultSet, *Error) {
	for _, v := range a {
		s.params[v.name] = v.text
	}
	return done(), nil
}
