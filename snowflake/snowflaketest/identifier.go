// Names, quoted and bare.

package snowflaketest

import "strings"

const maxIdentifier = 255

// printName writes a name as Snowflake does in messages: bare if it could be written bare, otherwise in
// double quotes.
func printName(name string) string {
	if isBare(name) && name == strings.ToUpper(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func isBare(name string) bool {
	if name == "" || !isWordStart(name[0]) {
		return false
	}
	return wordLength(name) == len(name)
}

// parameterName reads an identifier out of a login parameter or a string: quoted it is exact, otherwise
// it is folded. Snowflake does not ask here that a bare name be well formed; it merely finds nothing.
func parameterName(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	return strings.ToUpper(s)
}

// splitStage takes a stage reference apart: `db.schema.stage/path`, each name bare or quoted. The path
// comes without its leading slash.
func splitStage(reference string) (names []string, path string, ok bool) {
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
			return names, "", len(names) <= 3
		case rest[0] == '/':
			return names, rest[1:], len(names) <= 3
		case rest[0] == '.':
			rest = rest[1:]
		default:
			return nil, "", false
		}
	}
}
