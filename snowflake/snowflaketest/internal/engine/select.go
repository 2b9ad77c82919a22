package engine

import (
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A selectStatement selects constants and the results of functions. There is no FROM.
type selectStatement struct {
	items []selectItem
}

type selectItem struct {
	name string
	expr expression
}

// An expression is a constant or a call.
type expression struct {
	typ  string
	text *string
	call string
	args []expression
}

// functions holds the number of arguments that each known function takes.
var functions = map[string]int{
	"CURRENT_DATABASE": 0, "CURRENT_ROLE": 0, "CURRENT_SCHEMA": 0, "CURRENT_WAREHOUSE": 0,
	"SYSTEM$GET_LOGIN_FAILURE_DETAILS": 1,
}

func (p *parser) selection() statement {
	q := &selectStatement{}
	for p.err == nil {
		start := p.at
		item := selectItem{expr: p.expression()}
		for _, t := range p.tokens[start:p.at] {
			item.name += strings.ToUpper(t.Text)
		}
		q.items = append(q.items, item)
		if !p.accept(",") {
			break
		}
	}
	return q
}

func (p *parser) expression() expression {
	if p.err != nil {
		return expression{}
	}
	switch t := p.peek(); {
	case t.Kind == sql.Number:
		return expression{typ: "fixed", text: new(p.number())}
	case t.Kind == sql.String:
		return expression{typ: "text", text: new(p.text())}
	case t.Kind == sql.Word && p.tokens[p.at+1].Is("("):
		return p.call()
	}
	p.unexpected()
	return expression{}
}

func (p *parser) call() expression {
	name := p.next().Value
	want, known := functions[name]
	if !known {
		p.refuse(compilation("002140", "42601", "Unknown function %s", name))
	}
	e := expression{typ: "text", call: name}
	p.expect("(")
	for p.err == nil && !p.accept(")") {
		if len(e.args) > 0 {
			p.expect(",")
		}
		e.args = append(e.args, p.expression())
	}
	if p.err == nil && len(e.args) != want {
		p.refuse(compilation("000938", "22023", "wrong number of arguments for function [%s] expected %d, got %d", name, want, len(e.args)))
	}
	return e
}

func (q *selectStatement) run(s *Session) (ResultSet, *Error) {
	r := ResultSet{TypeID: SelectType, Rows: [][]*string{nil}}
	for _, item := range q.items {
		value, err := s.evaluate(item.expr)
		if err != nil {
			return ResultSet{}, err
		}
		r.Columns = append(r.Columns, Column{item.name, item.expr.typ})
		r.Rows[0] = append(r.Rows[0], value)
	}
	return r, nil
}

func (s *Session) evaluate(e expression) (*string, *Error) {
	switch e.call {
	case "CURRENT_ROLE":
		return nameOf(s.account.child(roleKind, s.role)), nil
	case "CURRENT_WAREHOUSE":
		return nameOf(s.account.child(warehouseKind, s.warehouse)), nil
	case "CURRENT_DATABASE":
		return nameOf(s.currentDatabase()), nil
	case "CURRENT_SCHEMA":
		return nameOf(s.currentSchema()), nil
	case "SYSTEM$GET_LOGIN_FAILURE_DETAILS":
		return s.failureDetails(e.args[0].text)
	}
	return e.text, nil
}

// nameOf returns the name of an object in use, or NULL if it was dropped.
func nameOf(o *object) *string {
	if o == nil {
		return nil
	}
	return new(o.name)
}

// failureDetails returns why the login with a UUID failed. It takes MONITOR on the account.
func (s *Session) failureDetails(id *string) (*string, *Error) {
	if !s.account.may(s.active(), "MONITOR") {
		return nil, insufficient(s.account.object)
	}
	details, ok := s.account.loginFailures[strings.ToLower(*id)]
	if !ok {
		return nil, nil
	}
	return new(details), nil
}
