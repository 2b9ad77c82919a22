package engine

import (
	"slices"
	"strconv"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

type propertyType int

const (
	textProperty   propertyType = iota
	numberProperty              // a whole number
	boolProperty
	nameProperty // an identifier, bare or quoted
	listProperty // ('a', 'b')
)

// A property is one `NAME = value` of CREATE or ALTER.
type property struct {
	name string
	text string   // the value as SHOW and DESC print it
	list []string // of a listProperty
	null bool     // UNSET
}

// propertiesOf lists the properties that each kind has here.
var propertiesOf = map[kind]map[string]propertyType{
	warehouseKind: {
		"WAREHOUSE_SIZE": nameProperty, "AUTO_SUSPEND": numberProperty, "AUTO_RESUME": boolProperty,
		"INITIALLY_SUSPENDED": boolProperty, "RESOURCE_MONITOR": nameProperty, "COMMENT": textProperty,
	},
	databaseKind: {"COMMENT": textProperty},
	schemaKind:   {"COMMENT": textProperty},
	stageKind:    {"URL": textProperty, "COMMENT": textProperty},
	roleKind:     {"COMMENT": textProperty},
	userKind: {
		"LOGIN_NAME": textProperty, "TYPE": nameProperty, "DISABLED": boolProperty, "MINS_TO_UNLOCK": numberProperty,
		"DEFAULT_ROLE": nameProperty, "DEFAULT_SECONDARY_ROLES": listProperty, "NETWORK_POLICY": nameProperty,
		"PASSWORD": textProperty, "RSA_PUBLIC_KEY": textProperty, "RSA_PUBLIC_KEY_2": textProperty, "COMMENT": textProperty,
	},
	networkPolicyKind:   {"ALLOWED_IP_LIST": listProperty},
	authPolicyKind:      {"AUTHENTICATION_METHODS": listProperty, "COMMENT": textProperty},
	resourceMonitorKind: {"CREDIT_QUOTA": numberProperty, "FREQUENCY": nameProperty, "START_TIMESTAMP": nameProperty},
	accountKind:         {"NETWORK_POLICY": nameProperty, ignoreCase: boolProperty},
}

// properties takes `NAME = value` pairs to the end of the statement, or to a word that begins no pair.
func (p *parser) properties(k kind) []property {
	var list []property
	for p.err == nil && p.peek().Kind == sql.Word && p.tokens[p.at+1].Is("=") {
		name := p.next().Value
		p.next()
		t, ok := propertiesOf[k][name]
		if !ok {
			p.refuse(invalidProperty(name, k))
			break
		}
		list = p.addProperty(list, p.value(name, t))
	}
	return list
}

func (p *parser) addProperty(list []property, added property) []property {
	if slices.ContainsFunc(list, func(have property) bool { return have.name == added.name }) {
		p.refuse(duplicateProperty(added.name))
	}
	return append(list, added)
}

// value takes one property's value and checks its form.
func (p *parser) value(name string, t propertyType) property {
	v := property{name: name}
	if p.err != nil {
		return v
	}
	first := p.peek()
	switch t {
	case listProperty:
		v.list = p.valueList()
		v.text = strings.Join(v.list, ",")
	case nameProperty:
		v.text = p.name()
	case boolProperty:
		p.next()
		if v.text = strings.ToLower(first.Value); v.text != "true" && v.text != "false" || first.Kind != sql.Word {
			p.refuse(invalidValue(first.Text, name))
		}
	case numberProperty:
		p.next()
		n, err := strconv.ParseInt(first.Value, 10, 32)
		if first.Kind != sql.Number || err != nil {
			p.refuse(invalidValue(first.Text, name))
		}
		v.text = strconv.FormatInt(n, 10)
	case textProperty:
		p.next()
		if v.text = first.Value; first.Kind != sql.String {
			p.refuse(invalidValue(first.Text, name))
		}
	}
	return v
}

// valueList takes ('a', 'b'), which may be empty.
func (p *parser) valueList() []string {
	list := []string{}
	p.expect("(")
	if p.accept(")") {
		return list
	}
	for p.err == nil {
		list = append(list, p.text())
		if !p.accept(",") {
			p.expect(")")
			break
		}
	}
	return list
}
