package sql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Kind is a kind of token.
type Kind int

// The kinds of token.
const (
	End    Kind = iota
	Word        // an unquoted identifier or keyword
	Quoted      // "…"
	String      // '…' or $$…$$
	Number
	Stage  // @…: one token, since the path of a stage may hold // and --
	Symbol // one other character
)

// A Token is one token of a text.
type Token struct {
	Kind   Kind
	Text   string // as written
	Value  string // folded, unquoted, unescaped
	Start  int    // byte offset in the text
	Line   int    // from 1
	Column int    // from 0, in characters, as Snowflake counts
}

// Is reports whether the token is the given keyword or symbol. A quoted "SELECT" is no keyword.
func (t Token) Is(word string) bool {
	return (t.Kind == Word || t.Kind == Symbol) && t.Value == word
}

// End returns the offset of the first byte after the token.
func (t Token) End() int { return t.Start + len(t.Text) }

// An Error is a literal, a quoted name or a comment that is not closed, or an escape that is not known.
type Error struct {
	Line, Column int
	Near         string
	Statement    Statement // as far as it was read, set by Split
}

func (e *Error) Error() string {
	return fmt.Sprintf("parse error line %d at position %d near '%s'.", e.Line, e.Column, e.Near)
}

// Tokens cuts a text into tokens, the last of which is the End.
func Tokens(text string) ([]Token, *Error) {
	l := newLexer(text)
	var tokens []Token
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		if t.Kind == End {
			return tokens, nil
		}
	}
}

// FirstWord returns the first word of a text in upper case, or "" if it begins with something else.
func FirstWord(text string) string {
	t, err := newLexer(text).next()
	if err != nil || t.Kind != Word {
		return ""
	}
	return t.Value
}

type lexer struct {
	source string
	at     int
	line   int
	column int
}

func newLexer(source string) *lexer { return &lexer{source: source, line: 1} }

func (l *lexer) unclosed() *Error { return &Error{Line: l.line, Column: l.column, Near: "<EOF>"} }

// next reads one token. White space and comments before it are skipped.
func (l *lexer) next() (Token, *Error) {
	if err := l.skip(); err != nil {
		return Token{}, err
	}
	t := Token{Start: l.at, Line: l.line, Column: l.column}
	rest := l.source[l.at:]
	if rest == "" {
		return t, nil
	}
	var n int
	var err *Error
	switch c := rest[0]; {
	case isWordStart(c):
		t.Kind, n = Word, wordLength(rest)
		t.Value = strings.ToUpper(rest[:n])
	case c >= '0' && c <= '9':
		t.Kind, n = Number, numberLength(rest)
		t.Value = rest[:n]
	case c == '"':
		t.Kind = Quoted
		n, t.Value, err = l.quoted(rest)
	case c == '\'':
		t.Kind = String
		n, t.Value, err = l.literal(rest)
	case strings.HasPrefix(rest, "$$"):
		t.Kind = String
		n, t.Value, err = l.dollars(rest)
	case c == '@':
		t.Kind, n = Stage, stageLength(rest)
		t.Value = rest[1:n]
	default:
		_, n = utf8.DecodeRuneInString(rest)
		t.Kind, t.Value = Symbol, rest[:n]
	}
	if err != nil {
		return Token{}, err
	}
	t.Text = rest[:n]
	l.advance(n)
	return t, nil
}

// skip passes over white space and comments.
func (l *lexer) skip() *Error {
	for l.at < len(l.source) {
		rest := l.source[l.at:]
		switch {
		case strings.ContainsRune(" \t\r\n\f\v", rune(rest[0])):
			l.advance(1)
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.advance(n)
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return l.unclosed()
			}
			l.advance(n + 4)
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) advance(n int) {
	for _, r := range l.source[l.at : l.at+n] {
		if r == '\n' {
			l.line++
			l.column = 0
		} else {
			l.column++
		}
	}
	l.at += n
}

func (l *lexer) quoted(s string) (int, string, *Error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		return i + 1, b.String(), nil
	}
	return 0, "", l.unclosed()
}

// literal reads '…', in which a quote is doubled or follows a backslash. Other escapes than \' and \\ are
// refused.
func (l *lexer) literal(s string) (int, string, *Error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '\''), strings.HasPrefix(s[i:], "''"):
			i++
			b.WriteByte(s[i])
		case s[i] == '\\':
			return 0, "", &Error{Line: l.line, Column: l.column, Near: s[i:min(len(s), i+2)]}
		case s[i] == '\'':
			return i + 1, b.String(), nil
		default:
			b.WriteByte(s[i])
		}
	}
	return 0, "", l.unclosed()
}

func (l *lexer) dollars(s string) (int, string, *Error) {
	n := strings.Index(s[2:], "$$")
	if n < 0 {
		return 0, "", l.unclosed()
	}
	return n + 4, s[2 : 2+n], nil
}

func isWordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isWordPart(c byte) bool {
	return isWordStart(c) || c == '$' || c >= '0' && c <= '9'
}

func wordLength(s string) int {
	n := 1
	for n < len(s) && isWordPart(s[n]) {
		n++
	}
	return n
}

func numberLength(s string) int {
	n := 1
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// stageLength takes everything up to white space or the end of an argument. Between double quotes anything goes.
func stageLength(s string) int {
	inQuotes := false
	for n := 1; n < len(s); n++ {
		switch c := s[n]; {
		case c == '"':
			inQuotes = !inQuotes
		case !inQuotes && strings.IndexByte(" \t\r\n\f\v;,()'", c) >= 0:
			return n
		}
	}
	return len(s)
}
