// SELECT.

package snowflaketest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// SELECT, of constants and of what a session is about. A FROM is known as well, so that a table can be
// read with the privileges and the warehouse that this takes; tables have no rows.

type selectStatement struct {
	items []selectItem
	star  bool
	count bool
	from  []string
}

type selectItem struct {
	name string
	expr expression
}

// An expression is a constant or a call.
type expression struct {
	typ  string
	text cell
	call string
	args []expression
}

// functions are those known, with the number of arguments each takes.
var functions = map[string]int{
	"CURRENT_ACCOUNT": 0, "CURRENT_DATABASE": 0, "CURRENT_ROLE": 0, "CURRENT_SCHEMA": 0, "CURRENT_USER": 0,
	"CURRENT_WAREHOUSE": 0, "CURRENT_VERSION": 0, "CURRENT_SESSION": 0, "CURRENT_TIMESTAMP": 0, "CURRENT_SECONDARY_ROLES": 0,
	"CURRENT_AVAILABLE_ROLES": 0, "SYSTEM$GET_LOGIN_FAILURE_DETAILS": 1, "JSON_EXTRACT_PATH_TEXT": 2,
}

const serverVersion = "9.36.1"

func (p *parser) selection() statement {
	q := &selectStatement{}
	switch {
	case p.accept("*"):
		q.star = true
	case p.accept("COUNT", "(", "*", ")"):
		q.count = true
	default:
		q.items = p.items()
	}
	if q.star || q.count {
		p.expect("FROM")
		q.from = p.names(3)
		if p.accept("LIMIT") {
			p.number()
		}
	}
	return q
}

func (p *parser) items() []selectItem {
	var items []selectItem
	for p.err == nil {
		start := p.at
		item := selectItem{expr: p.expression()}
		for _, t := range p.tokens[start:p.at] {
			item.name += strings.ToUpper(t.text)
		}
		if p.tokens[start].kind == tokenString {
			item.name = p.tokens[start].text
		}
		switch {
		case p.accept("AS"):
			item.name = p.name()
		case p.peek().kind == tokenWord || p.peek().kind == tokenQuoted:
			item.name = p.name()
		}
		items = append(items, item)
		if !p.accept(",") {
			break
		}
	}
	return items
}

func (p *parser) expression() expression {
	if p.err != nil {
		return expression{}
	}
	negative := p.accept("-")
	t := p.peek()
	switch {
	case t.kind == tokenNumber:
		p.next()
		value := t.value
		if negative {
			value = "-" + value
		}
		return expression{typ: "fixed", text: text(value)}
	case negative:
	case t.kind == tokenString:
		p.next()
		return expression{typ: "text", text: text(t.value)}
	case p.accept("NULL"):
		return expression{typ: "text"}
	case p.accept("TRUE"):
		return expression{typ: "boolean", text: text("true")}
	case p.accept("FALSE"):
		return expression{typ: "boolean", text: text("false")}
	case t.kind == tokenWord && p.tokens[p.at+1].is("("):
		return p.call()
	}
	p.unexpected()
	return expression{}
}

func (p *parser) call() expression {
	name := p.next()
	want, known := functions[name.value]
	if !known {
		p.refuse(compilation("002140", "42601", "Unknown function %s", name.value))
	}
	e := expression{typ: "text", call: name.value}
	p.expect("(")
	for p.err == nil && !p.accept(")") {
		if len(e.args) > 0 {
			p.expect(",")
		}
		e.args = append(e.args, p.expression())
	}
	if p.err == nil && len(e.args) != want {
		p.refuse(compilation("000938", "22023", "wrong number of arguments for function [%s] expected %d, got %d", name.value, want, len(e.args)))
	}
	return e
}

func (q *selectStatement) run(s *session) (result, *Error) {
	if q.from != nil {
		return q.runFrom(s)
	}
	r := result{typeID: selectType, rows: [][]cell{nil}}
	for _, item := range q.items {
		value, err := s.evaluate(item.expr)
		if err != nil {
			return result{}, err
		}
		r.columns = append(r.columns, column{item.name, item.expr.typ})
		r.rows[0] = append(r.rows[0], value)
	}
	return r, nil
}

// runFrom reads a table, which takes SELECT on it and a warehouse to read it with.
func (q *selectStatement) runFrom(s *session) (result, *Error) {
	o, err := s.lookup(tableKind, q.from, "SELECT", false)
	if err != nil {
		return result{}, err
	}
	if !o.may(s.active(), "SELECT") {
		return result{}, s.insufficient(o, "SELECT")
	}
	if w := s.currentWarehouse(); w == nil || !w.may(s.active(), "USAGE") {
		return result{}, noWarehouse()
	}
	if q.count {
		return result{columns: []column{{"COUNT(*)", "fixed"}}, rows: [][]cell{{text("0")}}, typeID: selectType}, nil
	}
	return result{columns: o.columns, rows: [][]cell{}, typeID: selectType}, nil
}

func (s *session) evaluate(e expression) (cell, *Error) {
	if e.call == "" {
		return e.text, nil
	}
	args := make([]cell, len(e.args))
	for i, arg := range e.args {
		value, err := s.evaluate(arg)
		if err != nil {
			return nil, err
		}
		args[i] = value
	}
	switch e.call {
	case "CURRENT_ACCOUNT":
		return text(s.account.label), nil
	case "CURRENT_ROLE":
		return nameOf(s.account.child(roleKind, s.role)), nil
	case "CURRENT_WAREHOUSE":
		return nameOf(s.currentWarehouse()), nil
	case "CURRENT_DATABASE":
		return nameOf(s.currentDatabase()), nil
	case "CURRENT_SCHEMA":
		return nameOf(s.currentSchema()), nil
	case "CURRENT_USER":
		return text(s.user), nil
	case "CURRENT_SESSION":
		return text(strconv.FormatInt(s.id, 10)), nil
	case "CURRENT_VERSION":
		return text(serverVersion), nil
	case "CURRENT_TIMESTAMP":
		return text(s.account.clock().Format(timeFormat)), nil
	case "CURRENT_SECONDARY_ROLES":
		if s.secondary {
			return text(`{"roles":"","value":"ALL"}`), nil
		}
		return text(`{"roles":"","value":""}`), nil
	case "CURRENT_AVAILABLE_ROLES":
		list, _ := json.Marshal(slices.Sorted(maps.Keys(s.account.held(s.granted()))))
		return text(string(list)), nil
	case "SYSTEM$GET_LOGIN_FAILURE_DETAILS":
		return s.failureDetails(args[0])
	default:
		return extractPath(args[0], args[1]), nil
	}
}

// nameOf is the name of what a session uses, NULL once that is gone.
func nameOf(o *object) cell {
	if o == nil {
		return nil
	}
	return text(o.name)
}

// failureDetails answers why a login with a given UUID failed. It takes MONITOR on the account, which
// ACCOUNTADMIN has.
func (s *session) failureDetails(id cell) (cell, *Error) {
	if !s.account.may(s.active(), "MONITOR") {
		return nil, s.insufficient(s.account.object, "MONITOR")
	}
	if id == nil {
		return nil, nil
	}
	f, ok := s.details[strings.ToLower(*id)]
	if !ok {
		return nil, nil
	}
	b, _ := json.Marshal(f)
	return text(string(b)), nil
}

func extractPath(document, key cell) cell {
	if document == nil || key == nil {
		return nil
	}
	var members map[string]any
	if json.Unmarshal([]byte(*document), &members) != nil {
		return nil
	}
	switch v := members[*key].(type) {
	case nil:
		return nil
	case string:
		return text(v)
	case float64:
		return text(strconv.FormatFloat(v, 'f', -1, 64))
	}
	return nil
}

func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
