package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// An executeBlock is EXECUTE IMMEDIATE of a Snowflake Scripting block of one form:
//
//	[DECLARE name EXCEPTION (-20001, 'message'); …]
//	BEGIN
//	  statement; …
//	EXCEPTION
//	  WHEN STATEMENT_ERROR THEN
//	    IF (SQLCODE IN (2003, 3001)) THEN
//	      RETURN 'text'; -- or RAISE name;
//	    END IF;
//	    RAISE;
//	END;
type executeBlock struct {
	exceptions map[string]exception
	statements []statement
	codes      []string // SQLCODE without leading zeros
	returns    *string  // RETURN 'text', unless the block raises
	raises     string
	line       int // of the first statement, from 1
	column     int
}

type exception struct {
	code    string // "-20001"
	message string
}

func (p *parser) executeImmediate() statement {
	text := p.text()
	if p.err != nil {
		return nil
	}
	tokens, broken := sql.Tokens(text)
	if broken != nil {
		p.refuse(parseError(broken))
		return nil
	}
	inner := &parser{source: text, tokens: tokens, fold: p.fold}
	b := inner.block()
	inner.end()
	p.err = inner.err
	return b
}

func (p *parser) block() *executeBlock {
	b := &executeBlock{exceptions: make(map[string]exception)}
	if p.accept("DECLARE") {
		for p.err == nil && !p.peek().Is("BEGIN") {
			name := p.name()
			p.expect("EXCEPTION", "(", "-")
			code := "-" + p.number()
			p.expect(",")
			b.exceptions[name] = exception{code, p.text()}
			p.expect(")", ";")
		}
	}
	p.expect("BEGIN")
	b.line, b.column = p.peek().Line, p.peek().Column
	for p.err == nil && !p.peek().Is("EXCEPTION") {
		b.statements = append(b.statements, p.statement())
		p.expect(";")
	}
	p.expect("EXCEPTION", "WHEN", "STATEMENT_ERROR", "THEN", "IF", "(", "SQLCODE")
	if p.accept("=") {
		b.codes = append(b.codes, p.sqlCode())
	} else {
		p.expect("IN", "(")
		b.codes = append(b.codes, p.sqlCode())
		for p.accept(",") {
			b.codes = append(b.codes, p.sqlCode())
		}
		p.expect(")")
	}
	p.expect(")", "THEN")
	if p.accept("RETURN") {
		b.returns = new(p.text())
	} else {
		p.expect("RAISE")
		if b.raises = p.name(); p.err == nil && b.exceptions[b.raises] == (exception{}) {
			p.refuse(compilation("002140", "42601", "Unknown exception %s", b.raises))
		}
	}
	p.expect(";", "END", "IF", ";", "RAISE", ";", "END", ";")
	return b
}

// sqlCode takes a number that SQLCODE can be. It has no leading zeros, so 003041 would never match.
func (p *parser) sqlCode() string {
	if t := p.peek(); t.Kind == sql.Number && strings.HasPrefix(t.Value, "0") {
		p.unexpected()
	}
	return p.number()
}

func (b *executeBlock) run(s *Session) (ResultSet, *Error) {
	for _, statement := range b.statements {
		_, err := statement.run(s)
		if err == nil {
			continue
		}
		if !slices.Contains(b.codes, sqlCode(err.Code)) {
			return ResultSet{}, b.uncaught("STATEMENT_ERROR", *err)
		}
		if b.returns != nil {
			return anonymousBlock(b.returns), nil
		}
		e := b.exceptions[b.raises]
		return ResultSet{}, b.uncaught(b.raises, Error{Code: e.code, SQLState: "P0001", Message: e.message})
	}
	return anonymousBlock(nil), nil
}

// uncaught is the error of a block that an exception ends. It keeps the exception's code.
func (b *executeBlock) uncaught(name string, err Error) *Error {
	err.Message = fmt.Sprintf("Uncaught exception of type '%s' on line %d at position %d : %s", name, b.line, b.column, err.Message)
	return &err
}

func anonymousBlock(value *string) ResultSet {
	return ResultSet{Columns: []Column{{"anonymous block", "text"}}, Rows: [][]*string{{value}}, TypeID: SelectType}
}

func sqlCode(code string) string {
	n, err := strconv.Atoi(code)
	if err != nil {
		return code
	}
	return strconv.Itoa(n)
}
