package snowflake_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// toolStatements splits a script as snow and SnowSQL do, without comments. These tools differ from Snowflake: a
// backslash escapes a quote also in a name, // begins no comment, and a line that begins with ! is a command.
func toolStatements(script string) []string {
	statements := []string{}
	var b strings.Builder
	flush := func() {
		if text := strings.TrimSpace(b.String()); text != "" {
			statements = append(statements, text)
		}
		b.Reset()
	}
	take := func(n int) {
		b.WriteString(script[:n])
		script = script[n:]
	}
	lineStart := true
	for script != "" {
		c := script[0]
		switch {
		case c == '!' && lineStart:
			line, rest, _ := strings.Cut(script, "\n")
			flush()
			statements, script = append(statements, line), rest
			continue
		case c == '\'' || c == '"':
			take(quotedLength(script))
		case strings.HasPrefix(script, "$$"):
			take(2)
			n := strings.Index(script, "$$")
			if n < 0 {
				n = len(script) - 2
			}
			take(n + 2)
		case strings.HasPrefix(script, "--"):
			n := strings.IndexByte(script, '\n')
			if n < 0 {
				n = len(script)
			}
			script = script[n:]
		case strings.HasPrefix(script, "/*"):
			n := strings.Index(script[2:], "*/")
			if n < 0 {
				return append(statements, "an open comment")
			}
			script = script[n+4:]
		case c == ';':
			script = script[1:]
			flush()
		default:
			take(1)
		}
		lineStart = c == '\n'
	}
	flush()
	return statements
}

// quotedLength returns the length of the literal or name at the start of s. In both, a backslash escapes the quote
// and itself.
func quotedLength(s string) int {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case s[i] == '\\' && (next == quote || next == '\\'), s[i] == quote && next == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

// checkTemplating checks that a script which holds the start of a template tells how to turn templates off.
func checkTemplating(t *testing.T, script string) {
	t.Helper()
	templated := slices.ContainsFunc([]string{"&", "<%", "{{", "{%", "{#"}, func(s string) bool { return strings.Contains(script, s) })
	for _, option := range []string{"snow sql --enable-templating NONE -f ", " -o variable_substitution=false\n"} {
		if strings.Contains(script, option) != templated {
			t.Errorf("templated is %t, but the instructions disagree about %q", templated, option)
		}
	}
}

func TestValidateRejectsBackslash(t *testing.T) {
	t.Parallel()
	c := newAccount(t)
	for name, valid := range map[string]bool{
		`"a\"`: false, `"a\\"`: false, `"a\""b"`: false, `"\"`: false, `"a\b"`: true, `"\a"`: true, `"a""b"`: true, `"a\ "`: true,
	} {
		for field, id := range map[string]interface{ UnmarshalText(text []byte) error }{
			"warehouse": &c.config.Warehouse, "database": &c.config.Database, "schema": &c.config.Schema,
			"role": &c.config.Role, "user": &c.config.User, "stage": &c.config.Stage,
		} {
			if err := id.UnmarshalText([]byte(name)); err != nil {
				t.Fatal(err)
			}
			err := c.config.Validate()
			fields, _ := err.(warehouse.FieldErrors)
			if (err == nil) != valid || !valid && len(fields[field]) != 1 {
				t.Errorf("%s %s: Validate = %v", field, name, err)
			}
			if err := id.UnmarshalText([]byte("X")); err != nil {
				t.Fatal(err)
			}
		}
	}
}
