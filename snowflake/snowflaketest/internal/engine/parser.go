package engine

import (
	"strings"
	"unicode/utf8"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A statement is a parsed statement, ready to run in a session.
type statement interface {
	run(s *Session) (ResultSet, *Error)
}

// A parser reads one statement. Its error is sticky: after the first one every method does nothing and returns
// a zero value, so the grammar needs no error checks.
type parser struct {
	source string
	tokens []sql.Token
	at     int
	fold   bool // quoted names too: QUOTED_IDENTIFIERS_IGNORE_CASE
	err    *Error
}

func parse(text string, fold bool) (statement, *Error) {
	tokens, broken := sql.Tokens(text)
	if broken != nil {
		return nil, parseError(broken)
	}
	p := &parser{source: text, tokens: tokens, fold: fold}
	s := p.statement()
	p.end()
	if p.err != nil {
		return nil, p.err
	}
	return s, nil
}

func (p *parser) statement() statement {
	switch {
	case p.accept("USE"):
		return p.use()
	case p.accept("CREATE"):
		return p.create()
	case p.accept("ALTER"):
		return p.alter()
	case p.accept("DROP"):
		return p.drop()
	case p.accept("GRANT"):
		return p.grant()
	case p.accept("REVOKE"):
		return p.revoke()
	case p.accept("SHOW"):
		return p.show()
	case p.accept("DESC"):
		return p.describe()
	case p.accept("SELECT"):
		return p.selection()
	case p.accept("LIST"):
		return p.list()
	case p.accept("EXECUTE", "IMMEDIATE"):
		return p.executeImmediate()
	}
	p.unexpected()
	return nil
}

func (p *parser) peek() sql.Token { return p.tokens[p.at] }

func (p *parser) next() sql.Token {
	t := p.tokens[p.at]
	if p.err == nil && t.Kind != sql.End {
		p.at++
	}
	return t
}

// unexpected refuses the token that comes next. The error names the statement up to that token, since Snowflake may
// know it.
func (p *parser) unexpected() {
	t := p.peek()
	p.refuse(syntaxError(t, p.source[p.tokens[0].Start:t.End()]))
}

func (p *parser) refuse(err *Error) {
	if p.err == nil {
		p.err = err
	}
}

// accept takes the words if all of them come next.
func (p *parser) accept(words ...string) bool {
	if p.err != nil {
		return false
	}
	for i, word := range words {
		if p.at+i >= len(p.tokens) || !p.tokens[p.at+i].Is(word) {
			return false
		}
	}
	p.at += len(words)
	return true
}

// expect takes the words or refuses the first that differs.
func (p *parser) expect(words ...string) {
	for _, word := range words {
		if !p.accept(word) {
			p.unexpected()
			return
		}
	}
}

func (p *parser) end() {
	if p.err == nil && p.peek().Kind != sql.End {
		p.unexpected()
	}
}

// reserved holds the keywords that a bare name may not be. Snowflake has more, but only these would hide a mistake in
// a supported statement.
var reserved = map[string]bool{
	"ALL": true, "ALTER": true, "AS": true, "CREATE": true, "DROP": true, "FROM": true, "GRANT": true,
	"IN": true, "LIKE": true, "NOT": true, "NULL": true, "ON": true, "REVOKE": true, "SELECT": true,
	"SET": true, "TABLE": true, "TO": true, "WITH": true,
}

// name takes one identifier and folds it.
func (p *parser) name() string {
	if p.err != nil {
		return ""
	}
	t := p.peek()
	bare := t.Kind == sql.Word && !reserved[t.Value]
	if !bare && (t.Kind != sql.Quoted || t.Value == "") {
		p.unexpected()
		return ""
	}
	if utf8.RuneCountInString(t.Value) > sql.MaxName {
		p.refuse(identifierTooLong(t.Value))
	}
	return foldName(p.next().Value, p.fold)
}

// foldName returns a name as Snowflake reads it with QUOTED_IDENTIFIERS_IGNORE_CASE, if fold is set.
func foldName(name string, fold bool) string {
	if fold {
		return strings.ToUpper(name)
	}
	return name
}

// namesOf takes the name of an object of a kind, with the names of its containers before it. A shorter name
// would depend on what is current, so it is refused.
func (p *parser) namesOf(k kind) []string {
	names := []string{p.name()}
	for range k.containers() {
		p.expect(".")
		names = append(names, p.name())
	}
	return names
}

// kinds are in an order in which no name hides a longer one.
var kinds = []kind{
	warehouseKind, databaseKind, schemaKind, stageKind, tableKind, roleKind, userKind,
	networkPolicyKind, authPolicyKind, resourceMonitorKind,
}

func (p *parser) kindName() kind {
	for _, k := range kinds {
		if p.accept(strings.Fields(string(k))...) {
			return k
		}
	}
	p.unexpected()
	return ""
}

// text takes a string literal.
func (p *parser) text() string { return p.take(sql.String) }

func (p *parser) number() string { return p.take(sql.Number) }

// take takes a token of a kind and returns its value.
func (p *parser) take(kind sql.Kind) string {
	if p.err != nil {
		return ""
	}
	if p.peek().Kind != kind {
		p.unexpected()
		return ""
	}
	return p.next().Value
}
