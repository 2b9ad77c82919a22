// The parser, and what all statements share.

package snowflaketest

import (
	"strings"
	"unicode/utf8"
)

// A statement is a parsed statement, ready to run in a session.
type statement interface {
	run(s *session) (result, *Error)
}

// A parser reads one statement. Its error is sticky: after the first one every method does nothing and
// answers zero values, so the grammar below reads without an error check at each step.
type parser struct {
	source string
	tokens []token
	at     int
	err    *Error
}

func parse(text string) (statement, *Error) {
	p := &parser{source: text}
	l := newLexer(text)
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		p.tokens = append(p.tokens, t)
		if t.kind == tokenEnd {
			break
		}
	}
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
	}
	p.unexpected()
	return nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if p.err == nil && t.kind != tokenEnd {
		p.at++
	}
	return t
}

// unexpected refuses the token that comes next. The error names the statement up to that token, since the
// real service may well know what this package does not.
func (p *parser) unexpected() {
	t := p.peek()
	p.refuse(syntaxError(t, p.source[p.tokens[0].start:t.end()]))
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
		if p.at+i >= len(p.tokens) || !p.tokens[p.at+i].is(word) {
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
	if p.err == nil && p.peek().kind != tokenEnd {
		p.unexpected()
	}
}

// reserved are keywords that a bare name may not be. Snowflake has more; these are the ones that would
// hide a mistake in the statements known here.
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
	bare := t.kind == tokenWord && !reserved[t.value]
	if !bare && (t.kind != tokenQuoted || t.value == "") {
		p.unexpected()
		return ""
	}
	if utf8.RuneCountInString(t.value) > maxIdentifier {
		p.refuse(identifierTooLong(t.value))
	}
	return p.next().value
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
	networkPolicyKind, resourceMonitorKind,
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
func (p *parser) text() string {
	if p.err != nil {
		return ""
	}
	if p.peek().kind != tokenString {
		p.unexpected()
		return ""
	}
	return p.next().value
}

func (p *parser) number() string {
	if p.err != nil {
		return ""
	}
	if p.peek().kind != tokenNumber {
		p.unexpected()
		return ""
	}
	return p.next().value
}
