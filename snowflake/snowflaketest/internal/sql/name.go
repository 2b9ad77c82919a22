package sql

import "strings"

// MaxName is the most characters that a name may have.
const MaxName = 255

// PrintName writes a name as Snowflake does in messages: bare if it can be, otherwise in double quotes.
func PrintName(name string) string {
	if canBeBare(name) && name == strings.ToUpper(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func canBeBare(name string) bool {
	if name == "" || !isWordStart(name[0]) {
		return false
	}
	return wordLength(name) == len(name)
}

// ReadName reads the name in a login parameter: exact between double quotes, otherwise folded to upper case.
// As in Snowflake, a bare name need not be well formed.
func ReadName(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	return strings.ToUpper(s)
}

// SplitStage splits a stage reference, `database.schema.stage/path`, each name bare or quoted. It returns the
// path without its leading slash.
func SplitStage(reference string) (names []string, path string, ok bool) {
	rest := reference
	for {
		var name string
		switch {
		case strings.HasPrefix(rest, `"`):
			n, value, err := newLexer(rest).quoted(rest)
			if err != nil || value == "" {
				return nil, "", false
			}
			name, rest = value, rest[n:]
		case rest != "" && isWordStart(rest[0]):
			n := wordLength(rest)
			name, rest = strings.ToUpper(rest[:n]), rest[n:]
		default:
			return nil, "", false
		}
		names = append(names, name)
		switch {
		case rest == "":
			return names, "", len(names) == 3
		case rest[0] == '/':
			return names, rest[1:], len(names) == 3
		case rest[0] == '.':
			rest = rest[1:]
		default:
			return nil, "", false
		}
	}
}
