// Cutting SQL into tokens.

package snowflaketest

import (
	"strings"
	"unicode/utf8"
)

// The lexer follows Snowflake's rules where they differ from other databases': `//` begins a comment,
// `'` literals know doubled quotes and backslashes, `$$` literals know neither, and a stage reference is one
// token, since its path may hold `//` and `--`.

type tokenKind int

const (
	tokenEnd    tokenKind = iota
	tokenWord             // an unquoted identifier or keyword
	tokenQuoted           // "…"
	tokenString           // '…' or $$…$$
	tokenNumber
	tokenStage  // @…
	tokenSymbol // anything else, one character
)

type token struct {
	kind   tokenKind
	text   string // as written
	value  string // what it means: folded, unquoted, unescaped
	start  int    // byte offset in the source
	line   int    // from 1
	column int    // from 0, in characters, as Snowflake counts
}

// is reports whether the token is the given keyword or symbol. A quoted "SELECT" is no keyword.
func (t token) is(word string) bool {
	return (t.kind == tokenWord || t.kind == tokenSymbol) && t.value == word
}

func (t token) end() int { return t.start + len(t.text) }

type lexer struct {
	source string
	at     int
	line   int
	column int
}

func newLexer(source string) *lexer { return &lexer{source: source, line: 1} }

// next reads one token. White space and comments before it are skipped.
func (l *lexer) next() (token, *Error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	t := token{start: l.at, line: l.line, column: l.column}
	rest := l.source[l.at:]
	if rest == "" {
		return t, nil
	}
	var n int
	var err *Error
	switch c := rest[0]; {
	case isWordStart(c):
		t.kind, n = tokenWord, wordLength(rest)
		t.value = strings.ToUpper(rest[:n])
	case c >= '0' && c <= '9':
		t.kind, n = tokenNumber, numberLength(rest)
		t.value = rest[:n]
	case c == '"':
		t.kind = tokenQuoted
		n, t.value, err = l.quoted(rest)
	case c == '\'':
		t.kind = tokenString
		n, t.value, err = l.literal(rest)
	case strings.HasPrefix(rest, "$$"):
		t.kind = tokenString
		n, t.value, err = l.dollars(rest)
	case c == '@':
		t.kind, n = tokenStage, stageLength(rest)
		t.value = rest[1:n]
	default:
		_, n = utf8.DecodeRuneInString(rest)
		t.kind, t.value = tokenSymbol, rest[:n]
	}
	if err != nil {
		return token{}, err
	}
	t.text = rest[:n]
	l.advance(n)
	return t, nil
}

// skip passes over white space and comments. A comment that is never closed is an error; one that ends
// with its line may also end with the text.
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
				return parseError(l.line, l.column, "<EOF>")
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
	return 0, "", parseError(l.line, l.column, "<EOF>")
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
			return 0, "", parseError(l.line, l.column, s[i:min(len(s), i+2)])
		case s[i] == '\'':
			return i + 1, b.String(), nil
		default:
			b.WriteByte(s[i])
		}
	}
	return 0, "", parseError(l.line, l.column, "<EOF>")
}

func (l *lexer) dollars(s string) (int, string, *Error) {
	n := strings.Index(s[2:], "$$")
	if n < 0 {
		return 0, "", parseError(l.line, l.column, "<EOF>")
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

// numberLength takes digits with one point among them: `1`, `1.5`. An exponent is left to be a word,
// which no statement here can use.
func numberLength(s string) int {
	n, point := 1, false
	for n < len(s) {
		switch {
		case s[n] >= '0' && s[n] <= '9':
		case s[n] == '.' && !point && n+1 < len(s) && s[n+1] >= '0' && s[n+1] <= '9':
			point = true
		default:
			return n
		}
		n++
	}
	return n
}

// stageLength takes everything up to white space or what ends an argument, so that a path may hold what
// would otherwise be a comment. Inside double quotes anything goes.
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
