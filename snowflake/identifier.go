package snowflake

import (
	"encoding"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/warehousekit/warehousekit/warehouse"
)

// An Identifier is the name of a Snowflake object: a warehouse, a database, a
// schema, a role, a user or a stage. It holds the name in one canonical SQL
// spelling: WH if the name consists of upper-case letters, digits, _ and $ and does
// not begin with a digit or a $, and "my wh" with double quotes otherwise. Two
// identifiers name the same object if they are equal as strings.
//
// Reserved words, such as SELECT and TABLE, are accepted, since statements use
// [Identifier.SQL], which is quoted. A list of reserved words kept here would not
// stay correct as Snowflake adds more.
type Identifier string

var (
	_ encoding.TextUnmarshaler = (*Identifier)(nil)
	_ warehouse.Restricted     = Identifier("")
)

// maxIdentifier is the maximum length in characters, without quotes. It comes from
// Snowflake's page "Identifier requirements".
const maxIdentifier = 255

const (
	errNameEmpty  inputError = "A name in double quotes may not be empty."
	errNameLong   inputError = "A name may have at most 255 characters."
	errNameText   inputError = "A name may not contain line breaks, control characters or invisible characters."
	errNameQuotes inputError = "The double quotes do not match. Enclose the whole name in double quotes, and write a double quote inside it twice."
	errNameCurly  inputError = `Use straight double quotes, such as "my name".`
	errNameDot    inputError = "Type the name only, without the database or schema before it. If the dot is part of the name, put the name in double quotes."
	errNameBare   inputError = "Put this name in double quotes, spelled exactly as Snowflake shows it."
)

// maxEcho is the length in characters up to which an error message repeats a name.
const maxEcho = 40

// UnmarshalText parses a name as SQL does: it folds bare text to upper case and
// takes text in double quotes exactly, with "" for a double quote. It trims white
// space. It rejects bare text that SQL accepts only in quotes, since its intended
// case is unknown.
//
// A name has 1 to 255 characters. Snowflake accepts any character in quotes.
// UnmarshalText rejects control characters, line breaks, white space outside of
// ASCII, characters without a glyph other than joiners, and marks that change the
// direction of text, since the person who runs a setup script must be able to
// read it.
//
// An error leaves id unchanged. Its text is a message for the customer.
func (id *Identifier) UnmarshalText(text []byte) error {
	name, err := parseName(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	*id = newIdentifier(name)
	return nil
}

// Restrictions returns the maximum length with quotes, for forms.
func (id Identifier) Restrictions() map[string]any {
	return map[string]any{"maxLength": 2*maxIdentifier + 2}
}

// Name returns the name without quotes, as CURRENT_ROLE() and SHOW return it.
func (id Identifier) Name() string {
	text := string(id)
	if name, ok := unquote(text); ok {
		return name
	}
	if isBare(text) {
		return strings.ToUpper(text)
	}
	// Set in Go and not valid SQL: take it literally.
	return text
}

// SQL returns the name in double quotes. It is safe in a statement for any id.
func (id Identifier) SQL() string {
	return quote(id.Name())
}

// newIdentifier returns the canonical spelling of a name.
func newIdentifier(name string) Identifier {
	if isBare(name) && name == strings.ToUpper(name) {
		return Identifier(name)
	}
	return Identifier(quote(name))
}

// parseName returns the unquoted name in text, which has no surrounding white space.
func parseName(text string) (string, error) {
	if text == "" {
		return "", errBlank
	}
	name, quoted := unquote(text)
	if !quoted {
		name = text
	}
	switch {
	case strings.ContainsFunc(name, isInvisible):
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
	return "", inputError("Put this name in double quotes, spelled exactly as Snowflake shows it: " + quote(text))
}

// isBare reports whether text is a name in SQL without quotes.
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
	// A quote outside of a pair ends the name: "a"b" is two names.
	if strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) {
		return "", false
	}
	return strings.ReplaceAll(inner, `""`, `"`), true
}

func quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// isInvisible reports whether r could hide part of a script from its reader, or
// replaces a character that was lost.
func isInvisible(r rune) bool {
	switch r {
	case ' ', '\u200c', '\u200d': // the joiners are needed within words of some writing systems
		return false
	case '\u2800', utf8.RuneError: // an empty Braille cell looks like a space
		return true
	}
	return unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector, unicode.Noncharacter_Code_Point)
}
