package snowflake

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdentifier(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 255)
	tests := []struct{ in, want, name, sql string }{
		{"COMPUTE_WH", "COMPUTE_WH", "COMPUTE_WH", `"COMPUTE_WH"`},
		{"compute_wh", "COMPUTE_WH", "COMPUTE_WH", `"COMPUTE_WH"`},
		{" \tCompute_Wh\n", "COMPUTE_WH", "COMPUTE_WH", `"COMPUTE_WH"`},
		{"_a$1", "_A$1", "_A$1", `"_A$1"`},
		{`"WH"`, "WH", "WH", `"WH"`},
		{` "WH" `, "WH", "WH", `"WH"`},
		{`"wh"`, `"wh"`, "wh", `"wh"`},
		{`"my wh"`, `"my wh"`, "my wh", `"my wh"`},
		{`" wh "`, `" wh "`, " wh ", `" wh "`},
		{`"say ""hi"""`, `"say ""hi"""`, `say "hi"`, `"say ""hi"""`},
		{`""""`, `""""`, `"`, `""""`},
		{`"1ST"`, `"1ST"`, "1ST", `"1ST"`},
		{`"$X"`, `"$X"`, "$X", `"$X"`},
		{`"A.B"`, `"A.B"`, "A.B", `"A.B"`},
		{`"A-B;--'"`, `"A-B;--'"`, "A-B;--'", `"A-B;--'"`},
		{`"идентификатор"`, `"идентификатор"`, "идентификатор", `"идентификатор"`},
		{"select", "SELECT", "SELECT", `"SELECT"`}, // a reserved word, harmless in quotes
		{`"TABLE"`, "TABLE", "TABLE", `"TABLE"`},
		{long, long, long, `"` + long + `"`},
		{`"` + strings.Repeat("é", 255) + `"`, `"` + strings.Repeat("é", 255) + `"`, strings.Repeat("é", 255), `"` + strings.Repeat("é", 255) + `"`},
		{`"` + strings.Repeat(`""`, 255) + `"`, `"` + strings.Repeat(`""`, 255) + `"`, strings.Repeat(`"`, 255), `"` + strings.Repeat(`""`, 255) + `"`},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			var id Identifier
			if err := id.UnmarshalText([]byte(tt.in)); err != nil {
				t.Fatalf("refused: %v", err)
			}
			if diff := cmp.Diff([]string{tt.want, tt.name, tt.sql}, []string{string(id), id.Name(), id.SQL()}); diff != "" {
				t.Errorf("text, name and SQL (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIdentifierErrors(t *testing.T) {
	t.Parallel()
	const (
		text   = "A name may not contain line breaks, control characters or invisible characters."
		quotes = "The double quotes do not match. Enclose the whole name in double quotes, and write a double quote inside it twice."
		dot    = "Type the name only, without the database or schema before it. If the dot is part of the name, put the name in double quotes."
		long   = "A name may have at most 255 characters."
	)
	tests := []struct{ in, want string }{
		{"", "This field may not be blank."},
		{" \n", "This field may not be blank."},
		{`""`, "A name in double quotes may not be empty."},
		{"my wh", `Put this name in double quotes, spelled exactly as Snowflake shows it: "my wh"`},
		{"1st", `Put this name in double quotes, spelled exactly as Snowflake shows it: "1st"`},
		{"$x", `Put this name in double quotes, spelled exactly as Snowflake shows it: "$x"`},
		{"größe", `Put this name in double quotes, spelled exactly as Snowflake shows it: "größe"`},
		{"ſtage", `Put this name in double quotes, spelled exactly as Snowflake shows it: "ſtage"`}, // upper case would be STAGE
		{"a;drop", `Put this name in double quotes, spelled exactly as Snowflake shows it: "a;drop"`},
		{strings.Repeat("a-", 21), "Put this name in double quotes, spelled exactly as Snowflake shows it."},
		{"DB.SCHEMA", dot},
		{`"DB"."SCHEMA"`, quotes},
		{`"`, quotes},
		{`"""`, quotes},
		{`"wh`, quotes},
		{`wh"`, quotes},
		{`"a"b"`, quotes},
		{`"a" "b"`, quotes},
		{`a"b`, quotes},
		{"“my wh”", `Use straight double quotes, such as "my name".`},
		{"\"a\nb\"", text},
		{"\"a\x00b\"", text},
		{"a\x00b", text},
		{"\"a\u2028b\"", text},
		{"\"a\u202eb\"", text},
		{"\"a\u200bb\"", text},
		{"\ufeffWH", text},
		{"\"a\u00a0b\"", text}, // a no-break space
		{"\"a\u1680b\"", text},
		{"\"a\u2003b\"", text},
		{"\"a\u202fb\"", text},
		{"\"a\u205fb\"", text},
		{"\"a\u3000b\"", text},
		{"\"a\u2800b\"", text}, // an empty Braille cell
		{"\"a\u3164b\"", text}, // a Hangul filler
		{"\"a\ufdd0b\"", text}, // noncharacters
		{"\"a\uffffb\"", text},
		{"\"a\U0010fffeb\"", text},
		{"\"a\u061cb\"", text}, // marks of direction
		{"\"a\u200eb\"", text},
		{"\"a\u2067b\"", text},
		{"\"a\xffb\"", text},
		{strings.Repeat("a", 256), long},
		{`"` + strings.Repeat("é", 256) + `"`, long},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			id := Identifier("BEFORE")
			err := id.UnmarshalText([]byte(tt.in))
			if err == nil {
				t.Fatalf("accepted as %q", id)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if id != "BEFORE" {
				t.Errorf("the refused text changed the name to %q", id)
			}
		})
	}
}

func TestIdentifierJSON(t *testing.T) {
	t.Parallel()
	var got struct{ Names []Identifier }
	if err := json.Unmarshal([]byte(`{"Names": ["wh", "\"wh\""]}`), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Identifier{"WH", `"wh"`}, got.Names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// A Config that was filled in Go was not checked by UnmarshalText.
func TestIdentifierSQLQuotesAnyText(t *testing.T) {
	t.Parallel()
	for in, want := range map[Identifier]string{
		"":                   `""`,
		"wh":                 `"WH"`,
		"my wh":              `"my wh"`,
		`x"; DROP ROLE y;--`: `"x""; DROP ROLE y;--"`,
		`"a" "b"`:            `"""a"" ""b"""`,
	} {
		if got := in.SQL(); got != want {
			t.Errorf("%q as SQL: got %s, want %s", in, got, want)
		}
	}
}

var bareInSQL = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*$`)

// readSQL parses one identifier as Snowflake's page "Identifier requirements"
// describes it. It shares no code with the package.
func readSQL(t *testing.T, sql string) string {
	t.Helper()
	if bareInSQL.MatchString(sql) {
		return strings.ToUpper(sql)
	}
	rest, ok := strings.CutPrefix(sql, `"`)
	if !ok {
		t.Fatalf("%q is neither bare nor quoted", sql)
	}
	var name strings.Builder
	for {
		before, after, ok := strings.Cut(rest, `"`)
		if !ok {
			t.Fatalf("%q does not end its quotes", sql)
		}
		name.WriteString(before)
		if after == "" {
			return name.String()
		}
		if after[0] != '"' {
			t.Fatalf("%q goes on after its quotes with %q", sql, after)
		}
		name.WriteByte('"')
		rest = after[1:]
	}
}

func FuzzIdentifier(f *testing.F) {
	for _, seed := range []string{"wh", `"WH"`, `"my wh"`, `""""`, `"a""b"`, `"a"b"`, "a.b", "ſ", " x ", "\"\u202e\"", "$", "_$", `"` + strings.Repeat("a", 256)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if sql := Identifier(text).SQL(); readSQL(t, sql) != Identifier(text).Name() {
			t.Fatalf("unchecked %q is %q in SQL and %q as a name", text, sql, Identifier(text).Name())
		}
		var id Identifier
		if err := id.UnmarshalText([]byte(text)); err != nil {
			if len(err.Error()) > 400 || strings.ContainsAny(err.Error(), "\x00\r\n") {
				t.Fatalf("%q: the message is long or cannot be printed: %q", text, err)
			}
			return
		}
		name := readSQL(t, strings.TrimSpace(text))
		for _, form := range []string{string(id), id.SQL()} {
			if got := readSQL(t, form); got != name {
				t.Fatalf("%q names %q, but %q names %q", text, name, form, got)
			}
		}
		if id.Name() != name {
			t.Fatalf("%q names %q, not %q", text, name, id.Name())
		}
		for _, again := range []string{string(id), id.SQL()} {
			var second Identifier
			if err := second.UnmarshalText([]byte(again)); err != nil || second != id {
				t.Fatalf("%q became %q, and %q became %q: %v", text, id, again, second, err)
			}
		}
	})
}
