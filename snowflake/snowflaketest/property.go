// The properties of objects.

package snowflaketest

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Properties are what follows a name in CREATE and ALTER … SET: `NAME = value`, in any order.

type propertyType int

const (
	textProperty   propertyType = iota
	numberProperty              // a whole number
	boolProperty
	nameProperty // an identifier, bare, quoted or in a literal
	pathProperty // a dotted identifier
	listProperty // ('a', 'b')
	groupProperty
	keyProperty
)

type property struct {
	name string
	kind propertyType
	text string // the value as SHOW and DESCRIBE print it
	list []string
	null bool
}

// parameters are session parameters that may stand among the properties of a kind.
var parameters = map[string]propertyType{
	"ABORT_DETACHED_QUERY":         boolProperty,
	"QUERY_TAG":                    textProperty,
	"STATEMENT_TIMEOUT_IN_SECONDS": numberProperty, "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": numberProperty,
	"TIMEZONE": textProperty,
}

var propertiesOf = map[kind]map[string]propertyType{
	warehouseKind: {
		"WAREHOUSE_SIZE": nameProperty, "WAREHOUSE_TYPE": nameProperty, "SCALING_POLICY": nameProperty,
		"MAX_CLUSTER_COUNT": numberProperty, "MIN_CLUSTER_COUNT": numberProperty,
		"AUTO_SUSPEND": numberProperty, "AUTO_RESUME": boolProperty, "INITIALLY_SUSPENDED": boolProperty,
		"RESOURCE_MONITOR": nameProperty, "COMMENT": textProperty,
		"ENABLE_QUERY_ACCELERATION": boolProperty, "QUERY_ACCELERATION_MAX_SCALE_FACTOR": numberProperty,
		"MAX_CONCURRENCY_LEVEL": numberProperty, "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": numberProperty,
		"STATEMENT_TIMEOUT_IN_SECONDS": numberProperty,
	},
	databaseKind: {
		"DATA_RETENTION_TIME_IN_DAYS": numberProperty, "MAX_DATA_EXTENSION_TIME_IN_DAYS": numberProperty,
		"DEFAULT_DDL_COLLATION": textProperty, "COMMENT": textProperty,
	},
	schemaKind: {
		"DATA_RETENTION_TIME_IN_DAYS": numberProperty, "MAX_DATA_EXTENSION_TIME_IN_DAYS": numberProperty,
		"DEFAULT_DDL_COLLATION": textProperty, "COMMENT": textProperty,
	},
	stageKind: {
		"URL": textProperty, "STORAGE_INTEGRATION": nameProperty, "DIRECTORY": groupProperty,
		"ENCRYPTION": groupProperty, "FILE_FORMAT": groupProperty, "COMMENT": textProperty,
	},
	tableKind: {"COMMENT": textProperty, "DATA_RETENTION_TIME_IN_DAYS": numberProperty},
	roleKind:  {"COMMENT": textProperty},
	userKind: {
		"PASSWORD": textProperty, "LOGIN_NAME": textProperty, "DISPLAY_NAME": textProperty,
		"FIRST_NAME": textProperty, "MIDDLE_NAME": textProperty, "LAST_NAME": textProperty, "EMAIL": textProperty,
		"MUST_CHANGE_PASSWORD": boolProperty, "DISABLED": boolProperty, "DAYS_TO_EXPIRY": numberProperty,
		"MINS_TO_UNLOCK": numberProperty, "MINS_TO_BYPASS_MFA": numberProperty, "TYPE": nameProperty,
		"DEFAULT_WAREHOUSE": nameProperty, "DEFAULT_NAMESPACE": pathProperty, "DEFAULT_ROLE": nameProperty,
		"DEFAULT_SECONDARY_ROLES": listProperty, "NETWORK_POLICY": nameProperty, "COMMENT": textProperty,
		"RSA_PUBLIC_KEY": keyProperty, "RSA_PUBLIC_KEY_2": keyProperty,
	},
	networkPolicyKind: {
		"ALLOWED_IP_LIST": listProperty, "BLOCKED_IP_LIST": listProperty, "COMMENT": textProperty,
		"ALLOWED_NETWORK_RULE_LIST": listProperty, "BLOCKED_NETWORK_RULE_LIST": listProperty,
	},
	networkRuleKind: {"TYPE": nameProperty, "MODE": nameProperty, "VALUE_LIST": listProperty, "COMMENT": textProperty},
	resourceMonitorKind: {
		"CREDIT_QUOTA": numberProperty, "FREQUENCY": nameProperty, "START_TIMESTAMP": textProperty,
		"END_TIMESTAMP": textProperty, "NOTIFY_USERS": listProperty,
	},
	accountKind: {"NETWORK_POLICY": nameProperty},
}

func propertyTypeOf(k kind, name string) (propertyType, bool) {
	if t, ok := propertiesOf[k][name]; ok {
		return t, true
	}
	if k == userKind || k == accountKind {
		t, ok := parameters[name]
		return t, ok
	}
	return 0, false
}

// properties takes `NAME = value` pairs to the end of the statement, or to a word that begins no pair.
func (p *parser) properties(k kind) []property {
	var list []property
	for p.err == nil && p.peek().kind == tokenWord && p.tokens[p.at+1].is("=") {
		name := p.next().value
		p.next()
		t, ok := propertyTypeOf(k, name)
		if !ok {
			p.refuse(invalidProperty(name, k))
			break
		}
		list = p.addProperty(list, p.value(name, t))
		p.accept(",")
	}
	return list
}

func (p *parser) addProperty(list []property, added property) []property {
	if slices.ContainsFunc(list, func(have property) bool { return have.name == added.name }) {
		p.refuse(duplicateProperty(added.name))
	}
	return append(list, added)
}

// value takes one property's value and judges its form; whether it makes sense is judged when it runs.
func (p *parser) value(name string, t propertyType) property {
	v := property{name: name, kind: t}
	if p.err != nil {
		return v
	}
	if p.accept("NULL") {
		v.null = true
		return v
	}
	first := p.peek()
	switch t {
	case listProperty:
		v.list = p.valueList()
		v.text = strings.Join(v.list, ",")
	case groupProperty:
		v.text = p.group()
	case pathProperty:
		v.text = p.pathValue()
	case nameProperty:
		v.text = p.nameValue()
	case boolProperty:
		p.next()
		if v.text = strings.ToLower(first.value); v.text != "true" && v.text != "false" || first.kind == tokenQuoted {
			p.refuse(invalidValue(first.text, name))
		}
	case numberProperty:
		negative := p.accept("-")
		number := p.next()
		n, err := strconv.ParseInt(number.value, 10, 64)
		if number.kind != tokenNumber || err != nil || n > math.MaxInt32 {
			p.refuse(invalidValue(number.text, name))
		}
		if v.text = strconv.FormatInt(n, 10); negative {
			v.text = "-" + v.text
		}
	default:
		p.next()
		v.text = first.value
		isText := first.kind == tokenString || first.kind == tokenWord && first.value != "TRUE" && first.value != "FALSE"
		if !isText {
			p.refuse(invalidValue(first.text, name))
		}
	}
	return v
}

// nameValue takes an identifier, or a literal that holds one.
func (p *parser) nameValue() string {
	if p.peek().kind == tokenString {
		return parameterName(p.next().value)
	}
	return p.name()
}

func (p *parser) pathValue() string {
	if p.peek().kind == tokenString {
		return strings.ToUpper(p.next().value)
	}
	names := p.names(2)
	for i, name := range names {
		names[i] = printName(name)
	}
	return strings.Join(names, ".")
}

// valueList takes ('a', 'b') or (a, db.schema.b); the empty list is `()`.
func (p *parser) valueList() []string {
	list := []string{}
	p.expect("(")
	if p.accept(")") {
		return list
	}
	for p.err == nil {
		if p.peek().kind == tokenString {
			list = append(list, p.next().value)
		} else {
			names := p.names(3)
			for i, name := range names {
				names[i] = printName(name)
			}
			list = append(list, strings.Join(names, "."))
		}
		if !p.accept(",") {
			p.expect(")")
			break
		}
	}
	return list
}

// group takes a parenthesised list of options without judging them, and returns it as written.
func (p *parser) group() string {
	var words []string
	p.expect("(")
	for depth := 1; p.err == nil && depth > 0; {
		t := p.next()
		switch {
		case t.kind == tokenEnd:
			p.refuse(syntaxError(t))
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		if depth > 0 {
			words = append(words, t.text)
		}
	}
	return strings.Join(words, " ")
}
