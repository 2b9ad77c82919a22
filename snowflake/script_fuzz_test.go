package snowflake_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

// A lexeme is a token of a script. Its lexer shares no code with snowflaketest's.
type lexeme struct {
	kind rune // 'w' for words, numbers and symbols, '"' for identifiers, '\'' for literals
	text string
}

// lexemes splits a script by Snowflake's rules, with one list per statement.
func lexemes(script string) (statements [][]lexeme, whole bool) {
	var current []lexeme
	rest := script
	until := func(end string) string {
		text, after, ok := strings.Cut(rest, end)
		if !ok {
			whole = false
			rest = ""
			return text
		}
		rest = after
		return text
	}
	whole = true
	for rest != "" && whole {
		c, size := utf8.DecodeRuneInString(rest)
		switch {
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
			_, rest, _ = strings.Cut(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			rest = rest[2:]
			until("*/")
		case strings.HasPrefix(rest, "$$"):
			rest = rest[2:]
			current = append(current, lexeme{'\'', until("$$")})
		case c == '"':
			rest = rest[1:]
			name := until(`"`)
			for strings.HasPrefix(rest, `"`) && whole {
				rest = rest[1:]
				name += `"` + until(`"`)
			}
			current = append(current, lexeme{'"', name})
		case c == '\'':
			var text strings.Builder
			for rest = rest[1:]; ; {
				if rest == "" {
					return nil, false
				}
				if strings.HasPrefix(rest, "''") || rest[0] == '\\' && len(rest) > 1 {
					text.WriteByte(rest[1])
					rest = rest[2:]
					continue
				}
				if rest[0] == '\'' {
					rest = rest[1:]
					break
				}
				text.WriteByte(rest[0])
				rest = rest[1:]
			}
			current = append(current, lexeme{'\'', text.String()})
		case c == ';':
			rest = rest[1:]
			if current != nil {
				statements = append(statements, current)
			}
			current = nil
		case strings.ContainsRune(" \t\r\n\f\v", c):
			rest = rest[1:]
		case isWordRune(c):
			end := strings.IndexFunc(rest, func(r rune) bool { return !isWordRune(r) })
			if end < 0 {
				end = len(rest)
			}
			current = append(current, lexeme{'w', rest[:end]})
			rest = rest[end:]
		default:
			current = append(current, lexeme{'w', rest[:size]})
			rest = rest[size:]
		}
	}
	return statements, whole && current == nil
}

func isWordRune(r rune) bool {
	return r == '_' || r == '$' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z'
}

// expect returns the lexemes of templates, with $w, $d, $s, $g, $r, $u and $k replaced by the names and the key.
func expect(names map[string]lexeme, templates string) (statements [][]lexeme) {
	for line := range strings.SplitSeq(strings.TrimSpace(templates), "\n") {
		var statement []lexeme
		for word := range strings.FieldsSeq(line) {
			if name, ok := names[word]; ok {
				statement = append(statement, name)
				continue
			}
			statement = append(statement, lexeme{'w', word})
		}
		statements = append(statements, statement)
	}
	return statements
}

const setupTemplates = `
USE ROLE SYSADMIN
USE ROLE SYSADMIN
CREATE WAREHOUSE IF NOT EXISTS $w WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE
CREATE DATABASE IF NOT EXISTS $d
CREATE SCHEMA IF NOT EXISTS $d . $s
CREATE STAGE IF NOT EXISTS $d . $s . $g
USE ROLE USERADMIN
CREATE ROLE IF NOT EXISTS $r
CREATE USER IF NOT EXISTS $u TYPE = SERVICE DEFAULT_ROLE = $r DEFAULT_SECONDARY_ROLES = ( )
USE ROLE SECURITYADMIN
GRANT ROLE $r TO USER $u
GRANT USAGE ON WAREHOUSE $w TO ROLE $r
GRANT USAGE ON DATABASE $d TO ROLE $r
GRANT USAGE , CREATE TABLE ON SCHEMA $d . $s TO ROLE $r
GRANT READ ON STAGE $d . $s . $g TO ROLE $r
GRANT WRITE ON STAGE $d . $s . $g TO ROLE $r
USE ROLE SECURITYADMIN
ALTER USER $u SET RSA_PUBLIC_KEY = $k
USE ROLE SECURITYADMIN
DESC USER $u
SHOW GRANTS TO ROLE $r
`

const teardownTemplates = `
USE ROLE SECURITYADMIN
USE ROLE SECURITYADMIN
DROP USER IF EXISTS $u
DROP ROLE IF EXISTS $r
`

// readNames sets the fields of c, and reports whether they are valid.
func readNames(c *snowflake.Config, texts ...string) bool {
	for i, id := range []*snowflake.Identifier{&c.Warehouse, &c.Database, &c.Schema, &c.Role, &c.User, &c.Stage} {
		if id.UnmarshalText([]byte(texts[i])) != nil {
			return false
		}
	}
	return c.Validate() == nil
}

func namesIn(c *snowflake.Config, key string) map[string]lexeme {
	return map[string]lexeme{
		"$w": {'"', c.Warehouse.Name()}, "$d": {'"', c.Database.Name()}, "$s": {'"', c.Schema.Name()},
		"$r": {'"', c.Role.Name()}, "$u": {'"', c.User.Name()}, "$g": {'"', c.Stage.Name()}, "$k": {'\'', key},
	}
}

// unfold returns the statements of a script with those of its blocks in place of EXECUTE IMMEDIATE.
func unfold(t *testing.T, script [][]lexeme) (statements [][]lexeme) {
	t.Helper()
	for _, statement := range script {
		if len(statement) != 3 || statement[0].text != "EXECUTE" {
			statements = append(statements, statement)
			continue
		}
		block, whole := lexemes(statement[2].text)
		if !whole || len(block) < 5 {
			t.Errorf("a block breaks off: %s", statement[2].text)
			continue
		}
		if block[0][0].text == "DECLARE" {
			if len(block[0]) != 9 || block[0][7].kind != '\'' {
				t.Errorf("a declaration is %v", block[0])
			}
			block = block[1:]
		}
		block[0] = block[0][1:] // BEGIN
		n := len(block) - 4
		if text := words(block[n]); !strings.HasPrefix(text, "EXCEPTION WHEN STATEMENT_ERROR THEN IF ( SQLCODE ") ||
			words(block[n+1]) != "END IF" || words(block[n+2]) != "RAISE" || words(block[n+3]) != "END" {
			t.Errorf("a block handles errors with %s", text)
		}
		statements = append(statements, block[:n]...)
	}
	return statements
}

func words(statement []lexeme) string {
	texts := make([]string, len(statement))
	for i, l := range statement {
		texts[i] = l.text
	}
	return strings.Join(texts, " ")
}

func checkScript(t *testing.T, script string, names map[string]lexeme, templates string) {
	t.Helper()
	got, whole := lexemes(script)
	if !whole {
		t.Errorf("the script breaks off")
	}
	split, err := snowflaketest.SplitScript(script)
	if err != nil || len(split) != len(got) {
		t.Errorf("the stand-in reads %d statements, want %d: %v", len(split), len(got), err)
	}
	if diff := cmp.Diff(split, toolStatements(script)); diff != "" {
		t.Errorf("snow and SnowSQL read other statements (-want +got):\n%s", diff)
	}
	folds := false
	for name, l := range names {
		folds = folds || name != "$k" && l.text != strings.ToUpper(l.text)
	}
	if exact := len(got) > 1 && words(got[1]) == "ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE"; exact {
		got = append(got[:1], got[2:]...)
	} else if folds && templates == setupTemplates {
		t.Error("an account can fold the names in this script")
	}
	if diff := cmp.Diff(expect(names, templates), unfold(t, got), cmp.AllowUnexported(lexeme{})); diff != "" {
		t.Errorf("what the script does (-want +got):\n%s\n%s", diff, script)
	}
	checkTemplating(t, script)
}

func FuzzScript(f *testing.F) {
	f.Add("Flagsmith", "COMPUTE_WH", "FLAGSMITH", "ANALYTICS", "FLAGSMITH_LOADER", "FLAGSMITH_SERVICE", "FLAGSMITH_STAGE")
	f.Add("Bob's (Data)", `"a;b"`, `"-- x"`, `"/* y"`, `"it's"`, `"q""q"`, `"//"`)
	f.Add("a.b", `"$$"`, `"\"`, `"\'"`, `"*/"`, `"&x <% y %>"`, `"ü ☃"`)
	f.Add("x", `"a\ b"`, `"a\\"`, `"\x"`, `"{{ a }}"`, `"{# b #}"`, `"!source c"`)
	f.Add("x", `"$$"`, `"$$'"`, `"a$$b\c"`, `"$"`, `"{% d %}"`, `"ß"`)
	f.Add("x", "\"a\nb\"", "select", "_", `"@x"`, `" "`, `";"`)
	f.Add("x", "wh\u2028", "\"\u202e\"", "a.b", `"""`, "''", "\x00")
	keys := testKeys()
	f.Fuzz(func(t *testing.T, product, wh, db, schema, role, user, stage string) {
		connector, err := snowflake.New(&snowflake.Options{Product: product, KeyBits: 2048, KeyPool: -1})
		if err != nil {
			return
		}
		config := connector.Config().(*snowflake.Config)
		if !readNames(config, wh, db, schema, role, user, stage) {
			return
		}
		names := namesIn(config, keys.PublicKey)
		setup, err := connector.SetupScript(config, keys.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		checkScript(t, setup, names, setupTemplates)
		teardown, err := connector.TeardownScript(config)
		if err != nil {
			t.Fatal(err)
		}
		checkScript(t, teardown, names, teardownTemplates)
		if first, _, _ := strings.Cut(setup, "\n"); first != "-- "+strings.Trim(product, " ")+" Analytics" {
			t.Errorf("the title is %q", first)
		}
	})
}
