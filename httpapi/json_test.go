package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func parseError(text string) string {
	body, err := json.Marshal(map[string]string{"detail": "JSON parse error: " + text + "."})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func TestInvalidJSON(t *testing.T) {
	t.Parallel()
	const (
		notJSON   = "the body is not JSON"
		notUTF8   = "the body is not UTF-8"
		notObject = "the body is not an object"
		trailing  = "data follows the object"
		surrogate = "half of a surrogate pair stands alone"
	)
	twice := func(name string) string { return `the member "` + name + `" is given twice` }
	for _, test := range []struct{ name, body, want string }{
		{"nothing", "", notJSON},
		{"white space", " \n", notJSON},
		{"half an object", `{"warehouse":`, notJSON},
		{"a comment", `{} // no`, trailing},
		{"a comment inside", `{/* no */}`, notJSON},
		{"a trailing comma", `{"warehouse":"W",}`, notJSON},
		{"single quotes", `{'warehouse':'W'}`, notJSON},
		{"a bare name", `{warehouse:"W"}`, notJSON},
		{"a form", `warehouse=W`, notJSON},
		{"UTF-16", "{\x00}\x00", notJSON},
		{"a control character in a string", "{\"warehouse\":\"a\nb\"}", notJSON},
		{"a bad escape", `{"warehouse":"\x41"}`, notJSON},
		{"half an escape", `{"warehouse":"\u00"}`, notJSON},
		{"NaN", `{"warehouse":NaN}`, notJSON},
		{"infinity", `{"warehouse":-Infinity}`, notJSON},
		{"a leading zero", `{"warehouse":01}`, notJSON},
		{"a plus", `{"warehouse":+1}`, notJSON},
		{"hexadecimal", `{"warehouse":0x1F}`, notJSON},
		{"a bare point", `{"warehouse":.5}`, notJSON},
		{"Python's True", `{"warehouse":True}`, notJSON},
		{"a vertical tab as white space", "{\v}", notJSON},
		{"a no-break space after", "{}\u00a0", trailing},
		{"a NUL after", "{}\x00", trailing},
		{"null", `null`, notObject},
		{"an array", `[{}]`, notObject},
		{"a string", `"warehouse"`, notObject},
		{"a number", `7`, notObject},
		{"true", `true`, notObject},
		{"two objects", `{}{}`, trailing},
		{"two lines of JSON", "{}\n{}\n", trailing},
		{"a brace too many", `{}}`, trailing},
		{"invalid UTF-8 in a value", "{\"warehouse\":\"\xff\"}", notUTF8},
		{"invalid UTF-8 in a name", "{\"ware\xc3house\":\"W\"}", notUTF8},
		{"overlong UTF-8", "{\"warehouse\":\"\xc0\xaf\"}", notUTF8},
		{"a surrogate in UTF-8", "{\"warehouse\":\"\xed\xa0\x80\"}", notUTF8},
		{"a lone high surrogate", `{"warehouse":"\ud83d"}`, surrogate},
		{"a lone low surrogate", `{"warehouse":"\ude00"}`, surrogate},
		{"two high surrogates", `{"warehouse":"\ud83d\ud83d"}`, surrogate},
		{"a high surrogate and a letter", `{"warehouse":"\ud83dA"}`, surrogate},
		{"a high surrogate and another escape", `{"warehouse":"\ud83d\u0041"}`, surrogate},
		{"a lone surrogate in a name", `{"\uD83D":"W"}`, surrogate},
		{"a lone surrogate after an escaped backslash", `{"warehouse":"\\\ud83d"}`, surrogate},
		{"a member twice", `{"warehouse":"A","warehouse":"B"}`, twice("warehouse")},
		{"a member twice with one value", `{"warehouse":"A","warehouse":"A"}`, twice("warehouse")},
		{"a member twice in two spellings", `{"warehouse":"A","\u0077arehouse":"B"}`, twice("warehouse")},
		{"an unknown member twice", `{"colour":1,"colour":2}`, twice("colour")},
		{"an empty name twice", `{"":1,"":2}`, twice("")},
		{"a member twice in an object", `{"warehouse":{"a":1,"a":2}}`, twice("a")},
		{"a member twice in an object of an array", `{"warehouse":[0,[{"b":{}, "a":1,"a":2}]]}`, twice("a")},
		{"a member twice after objects", `{"a":{"b":{}},"c":[{}],"a":{}}`, twice("a")},
		{"a member twice, whose value is its name", `{"a":"a","b":"a","a":"b"}`, twice("a")},
		{"a long member twice", `{"` + strings.Repeat("é", 200) + `":1,"` + strings.Repeat("é", 200) + `":1}`, twice(strings.Repeat("é", 64) + "…")},
		{"nesting beyond reason", strings.Repeat(`{"a":`, 12_000), notJSON},
		{"arrays beyond reason", `{"a":` + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + "}", notJSON},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, options{})
			s.insertTested()
			for _, o := range []struct{ method, path string }{{"POST", "/"}, {"PUT", "/wc_abc123/"}, {"PATCH", "/wc_abc123/"}, {"POST", "/wc_abc123/test/"}} {
				if test.body == "" && strings.HasSuffix(o.path, "/test/") {
					continue // nothing is what a test takes
				}
				got := s.send(o.method, o.path, test.body, "Content-Type", "application/json")
				wantResponse(t, fmt.Sprintf("%s %s", o.method, o.path), got, 400, parseError(test.want))
			}
		})
	}
}

func TestValidJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, shown string }{
		{"white space everywhere", " \t\r\n{ \"warehouse\" : \"W\" } \t\r\n", `"W"`},
		{"escapes", `{"\u0077arehouse":"\u0057\/\"\\"}`, `"W/\"\\"`},
		{"a surrogate pair", `{"warehouse":"\ud83d\ude00"}`, `"😀"`},
		{"a surrogate pair in capitals", `{"warehouse":"\uD83D\uDE00!"}`, `"😀!"`},
		{"an escaped backslash before what looks like a surrogate", `{"warehouse":"\\ud83d"}`, `"\\UD83D"`},
		{"raw UTF-8", `{"warehouse":"é😀"}`, `"É😀"`},
		{"the replacement character itself", "{\"warehouse\":\"\ufffd\"}", "\"\ufffd\""},
		{"what HTML would escape", `{"warehouse":"<&>"}`, `"<&>"`},
		{"a value named like a member", `{"warehouse":"warehouse","database":"warehouse"}`, `"WAREHOUSE"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, options{})
			s.insert()
			got := s.send("PATCH", "/wc_abc123/", test.body)
			if want := `"warehouse":` + test.shown + `,`; got.status != 200 || !strings.Contains(got.body, want) {
				t.Errorf("got %d %s, without %s", got.status, got.body, want)
			}
		})
	}
}

func TestMemberNamesCaseSensitive(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Warehouse", "WAREHOUSE", "warehouse ", "ware\u200bhouse", "ſchema", "Type", "config"} {
		s := newServer(t, options{})
		s.insert()
		body, err := json.Marshal(map[string]string{name: "W"})
		if err != nil {
			t.Fatal(err)
		}
		got := s.send("PATCH", "/wc_abc123/", string(body))
		var problems map[string][]string
		if json.Unmarshal([]byte(got.body), &problems) != nil || got.status != 400 || len(problems) != 1 || len(problems[name]) != 1 {
			t.Errorf("the member %q got %d %s", name, got.status, got.body)
		}
	}
}

func TestReadOnlyMembers(t *testing.T) {
	t.Parallel()
	readOnly := []string{"id", "status", "config", "public_key", "setup_script", "created_at", "last_tested_at", "last_error", "diagnosis"}
	hidden := []string{"organisation", "private_key", "stage", "revision", "sealed", "host_config", "non_field_errors", "__proto__"}
	s := newServer(t, options{})
	before := s.insert()
	for _, o := range []struct{ method, path, rest string }{
		{"POST", "/", `,"type":"snowflake","account_identifier":"x"`}, {"PUT", "/wc_abc123/", ""}, {"PATCH", "/wc_abc123/", ""},
	} {
		for message, names := range map[string][]string{"This field is read-only.": readOnly, "Unknown field.": hidden} {
			for _, name := range names {
				got := s.send(o.method, o.path, fmt.Sprintf(`{%q:"x"%s}`, name, o.rest))
				if want := fmt.Sprintf(`{%q:[%q]}`, name, message); got.status != 400 || got.body != want {
					t.Errorf("%s with %s got %d %s, want %s", o.method, name, got.status, got.body, want)
				}
			}
		}
	}
	equal(t, "the row", before, s.row("8", "wc_abc123"))
}

func TestNull(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	for _, o := range []struct{ method, path, body, want string }{
		{"POST", "/", `{"type":null}`, `{"type":["This field may not be null."]}`},
		{"POST", "/", `{"type":"snowflake","account_identifier":null}`, `{"account_identifier":["This field may not be null."]}`},
		{"PUT", "/wc_abc123/", `{"warehouse": null ,"type":null}`, `{"type":["This field may not be null."],"warehouse":["This field may not be null."]}`},
		{"PATCH", "/wc_abc123/", `{"warehouse":null}`, `{"warehouse":["This field may not be null."]}`},
	} {
		wantResponse(t, fmt.Sprintf("%s %s", o.method, o.body), s.send(o.method, o.path, o.body), 400, o.want)
	}
}

func TestWrongType(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	for _, value := range []string{`1`, `-0`, `1e400`, `-1E-400`, `123456789012345678901234567890`, `true`, `[]`, `["W"]`, `{}`, `{"a":{"b":[1e999]}}`,
		strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000), "1" + strings.Repeat("0", 60_000)} {
		wantResponse(t, fmt.Sprintf("%.40s", value), s.send("PATCH", "/wc_abc123/", `{"warehouse":`+value+`}`), 400, `{"warehouse":["Not a valid string."]}`)
	}
}

// numbers is a config of numbers and a boolean.
type numbers struct {
	Tiny    int8    `json:"tiny"`
	Count   uint64  `json:"count"`
	Ratio   float64 `json:"ratio"`
	Enabled bool    `json:"enabled"`
}

func TestScalarTypes(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{connector: &warehousetest.Connector{
		ConfigFunc: func() any { return &numbers{Tiny: 1, Count: 1, Ratio: 1} },
	}})
	for _, test := range []struct{ field, value, want string }{
		{"tiny", "128", "A valid integer is required."},
		{"tiny", "-129", "A valid integer is required."},
		{"tiny", "1.0", "A valid integer is required."},
		{"tiny", "1e2", "A valid integer is required."},
		{"tiny", `"1"`, "A valid integer is required."},
		{"tiny", "true", "A valid integer is required."},
		{"count", "-1", "A valid integer is required."},
		{"count", "18446744073709551616", "A valid integer is required."},
		{"count", "1e400", "A valid integer is required."},
		{"ratio", "1e400", "A valid number is required."},
		{"ratio", "-1e400", "A valid number is required."},
		{"ratio", `"1"`, "A valid number is required."},
		{"enabled", "1", "Must be a valid boolean."},
		{"enabled", `"true"`, "Must be a valid boolean."},
		{"enabled", "null", "This field may not be null."},
	} {
		got := s.send("POST", "/", fmt.Sprintf(`{"type":"snowflake",%q:%s}`, test.field, test.value))
		if want := fmt.Sprintf(`{%q:[%q]}`, test.field, test.want); got.status != 400 || got.body != want {
			t.Errorf("%s as %s got %d %s, want %s", test.value, test.field, got.status, got.body, want)
		}
	}
}
