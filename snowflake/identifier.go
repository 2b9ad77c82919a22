// The names of Snowflake's objects.

package snowflake

import (
	"encoding"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Identifier is the name of a Snowflake object: a warehouse, a database, a
// schema, a role, a user or a stage. Its text is the name as it is written in
// SQL, in the one spelling that is stored and shown: WH for a name of upper-case
// letters, digits, _ and $ that does not begin with a digit or a $, and "my wh",
// with its double quotes, for every other. So two identifiers name the same
// object where they are equal as text.
//
// Snowflake refuses some words without quotes, such as SELECT and TABLE. They
// are names like any other here, as SQL and CREATE always see [Identifier.SQL]:
// the list of reserved words grows with Snowflake, and one kept here would
// refuse too much or too little.
type Identifier string

var _ encoding.TextUnmarshaler = (*Identifier)(nil)

// maxIdentifier is the length of the longest name, in characters and without
// its quotes, after Snowflake's page "Identifier requirements".
const maxIdentifier = 255

const (
	errNameEmpty  inputError = "A name in double quotes may not be empty."
	errNameLong   inputError = "A name may have at most 255 characters."
	errNameText   inputError = "A name may not hold line breaks, control characters or others that cannot be seen."
	errNameQuotes inputError = "The double quotes do not match: they enclose the whole name, and one that belongs to the name is written twice."
	errNameCurly  inputError = `Use straight double quotes, such as "my name".`
	errNameDot    inputError = "Type one name alone, without the database or schema before it. If the dot belongs to the name, put the name in double quotes."
	errNameBare   inputError = "Put this name in double quotes, spelt exactly as Snowflake shows it."
)

// maxEcho is the longest name, in characters, that a message repeats.
const maxEcho = 40

// UnmarshalText reads a name as Snowflake reads it in SQL: bare text is folded to
// upper case, text in double quotes is taken exactly, with "" for a double quote
// in it. White space around either is dropped. Bare text that SQL would not take
// without quotes is refused, since nobody can tell how its case was meant.
//
// A name has 1 to 255 characters. Snowflake takes any character between quotes;
// here control characters, line breaks, characters of no width but joiners, and marks that
// turn the direction of text are refused, since a setup script is read by the
// person who runs it and must show what it does.
//
// An error leaves id as it was. Its text is a sentence for the person who typed.
func (id *Identifier) UnmarshalText(text []byte) error {
	name, err := readName(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	*id = identifierOf(name)
	return nil
}

// Name returns the name itself, without quotes: what CURRENT_ROLE() and SHOW
// answer.
func (id Identifier) Name() string {
	text := string(id)
	if name, ok := unquote(text); ok {
		return name
	}
	if isBare(text) {
		return strings.ToUpper(text)
	}
	// Set in Go, and not a name in SQL: its text is all there is to go by.
	return text
}

// SQL returns the name in double quotes, safe to put into a statement whatever id
// holds.
func (id Identifier) SQL() string {
	return quote(id.Name())
}

// identifierOf returns the one spelling of a name.
func identifierOf(name string) Identifier {
	if isBare(name) && name == strings.ToUpper(name) {
		return Identifier(name)
	}
	return Identifier(quote(name))
}

// readName returns the name that text, which has no white space around it, stands for.
func readName(text string) (string, error) {
	if text == "" {
		return "", errBlank
	}
	name, quoted := unquote(text)
	if !quoted {
		name = text
	}
	switch {
	case strings.ContainsFunc(name, isUnseen):
		return "", errNameText
	case utf8.RuneCountInString(name) > maxIdentifier:
		return "", errNameLong
	case quoted && name == "":
		return "", errNameEmpty
	case quoted:
		return name, nil
	case isBare(text):
		return strings.ToUpper(text), nil
	case strings.Contains(text, `"`):
		return "", errNameQuotes
	case strings.ContainsAny(text, "“”„"):
		return "", errNameCurly
	case strings.Contains(text, "."):
		return "", errNameDot
	case utf8.RuneCountInString(text) > maxEcho:
		return "", errNameBare
	}
	return "", inputError("Put this name in double quotes, spelt exactly as Snowflake shows it: " + quote(text))
}

// isBare reports whether SQL takes text as a name without quotes.
func isBare(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !isLetter(c) && c != '_' && (i == 0 || c != '$' && !isLetterOrDigit(c)) {
			return false
		}
	}
	return text != ""
}

// unquote reports whether text is one name in double quotes, and returns the name.
func unquote(text string) (string, bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return "", false
	}
	inner := text[1 : len(text)-1]
	// Once the pairs are gone no quote may be left: "a"b" is two names.
	if strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) {
		return "", false
	}
	return strings.ReplaceAll(inner, `""`, `"`), true
}

func quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// isUnseen reports whether r could hide what a script does from its reader, or
// stands where a character was lost.
func isUnseen(r rune) bool {
	switch r {
	case '\u2028', '\u2029', '\u200b', '\u2060', '\ufeff', utf8.RuneError:
		return true
	}
	joins := r == '\u200c' || r == '\u200d' // as some scripts need within a word
	return unicode.IsControl(r) || !joins && (unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r))
}
