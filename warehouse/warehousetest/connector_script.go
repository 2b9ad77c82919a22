package warehousetest

import (
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A hostile name is one that would change a script in which it is not quoted: before, breaks, after. Only
// before and after can be kept by a connector that replaces special characters.
const (
	hostileBefore = "zqa"
	hostileAfter  = "zqz"
)

var hostileBreaks = []string{
	";", " ; ", `"`, `";`, `'`, `';`, "`", "`;", `""`, `''`, `\`, `\"`, `\";`, `\'`, `\';`, "--", "#", "/*", "*/", "\n", "\r", "\r\n", "\n;",
	"$$", "$$;", "$(", "';\n", "\";\n",
}

// A hostile is a name, and the text that ends it early.
type hostile struct{ name, breaks string }

// hostiles also contains names in double quotes, which some connectors accept as the warehouse does.
func hostiles() []hostile {
	var out []hostile
	for _, breaks := range hostileBreaks {
		doubled := strings.ReplaceAll(breaks, `"`, `""`)
		out = append(out,
			hostile{hostileBefore + breaks + hostileAfter, breaks},
			hostile{`"` + hostileBefore + doubled + hostileAfter + `"`, doubled})
	}
	return out
}

// stringFields returns the names of the fields that are strings or lists of strings, and not sensitive: a
// script does not contain those.
func (c *connectorTest) stringFields() map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	for field := range reflect.TypeOf(c.connector.Config()).Elem().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		t := field.Type
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		isText := t.Kind() == reflect.String || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
		if name != "" && name != "-" && isText && !slices.Contains(c.connector.SensitiveFields(), name) {
			fields[name] = field.Type
		}
	}
	return fields
}

// encodeAs encodes a text as the value of a field: some are lists.
func encodeAs(t reflect.Type, text string) json.RawMessage {
	value := any(text)
	if t.Kind() == reflect.Slice && !reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		value = []string{text}
	}
	raw, _ := json.Marshal(value) // a string always encodes
	return raw
}

// refusal returns why the service refuses to create a connection, or nil. It makes no key pair, since the
// sample exists.
func (c *connectorTest) refusal(ctx context.Context, members warehouse.Fields) error {
	s, err := c.sample()
	if err != nil {
		return err
	}
	members = maps.Clone(members)
	members["type"] = json.RawMessage(`"sample"`)
	_, err = s.service.Create(ctx, sampleCaller, members)
	if errors.Is(err, warehouse.ErrExists) {
		return nil
	}
	return err
}

func checkScriptQuotes(ctx context.Context, c *connectorTest) error {
	dialects := c.dialects()
	if len(dialects) == 0 {
		return nil
	}
	given, err := membersOf(c.fields)
	if err != nil {
		return err
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	types := c.stringFields()
	for _, name := range slices.Sorted(maps.Keys(types)) {
		for _, h := range hostiles() {
			members := maps.Clone(given)
			members[name] = encodeAs(types[name], h.name)
			var wrong warehouse.FieldErrors
			switch err := c.refusal(ctx, members); {
			case errors.As(err, &wrong):
				continue
			case err != nil:
				return fmt.Errorf("with %s in the field %q, Create failed: %w", quote(h.name), name, err)
			}
			script, err := c.script(encodeMembers(members), keys)
			if err != nil {
				return fmt.Errorf("with %s in the field %q, %w", quote(h.name), name, err)
			}
			found := ""
			dialects = slices.DeleteFunc(dialects, func(d dialect) bool {
				at := d.escaped(script, h)
				if at >= 0 && found == "" {
					found = script[max(at-40, 0):min(at+40, len(script))]
				}
				return at >= 0
			})
			if len(dialects) == 0 {
				return fmt.Errorf("%s in the field %q is accepted, and is not quoted in the script: %s", quote(h.name), name, quote(found))
			}
		}
	}
	return nil
}

// A dialect has the quoting rules of a script.
type dialect struct {
	shell bool

	// In SQL, whether a backslash escapes the next character in '' and in "".
	single, double bool
}

// dialects returns the dialects in which a script may be written. It is safe if it is in one of them.
func (c *connectorTest) dialects() []dialect {
	sql, shell := []dialect{{}, {single: true}, {single: true, double: true}}, dialect{shell: true}
	language := ""
	if d, ok := c.connector.(warehouse.DescribedConnector); ok {
		language = d.Describe().SetupLanguage
	}
	switch strings.ToLower(language) {
	case "sql":
		return sql
	case "sh", "bash", "shell":
		return []dialect{shell}
	case "text", "markdown":
		return nil // people read it
	}
	return append(sql, shell)
}

// escaped returns the first byte of the script at which a hostile name is read as code, or -1.
func (d dialect) escaped(script string, h hostile) int {
	code, open := d.code(script)
	lower := strings.ToLower(script)
	whole := strings.ToLower(hostileBefore + h.breaks + hostileAfter)
	last := h.breaks[len(h.breaks)-1:]
	for i := range code {
		switch {
		case !code[i]:
		case strings.HasPrefix(lower[i:], whole):
			return i
		case strings.HasPrefix(lower[i:], hostileAfter) && strings.HasSuffix(lower[:i], last):
			return i
		}
	}
	if open {
		return len(script)
	}
	return -1
}

// code reports, for each byte, whether it is outside of quotes and comments, and whether one of those is open
// at the end.
func (d dialect) code(script string) (code []bool, open bool) {
	code = make([]bool, len(script))
	for i := 0; i < len(script); {
		rest, skip := script[i:], 0
		switch {
		case d.shell && rest[0] == '\\':
			skip = 2
		case d.shell && rest[0] == '#', !d.shell && strings.HasPrefix(rest, "--"):
			skip = strings.IndexAny(rest, "\r\n")
			if skip < 0 {
				skip = len(rest)
			}
		case !d.shell && strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return code, true
			}
			skip = end + 4
		case !d.shell && rest[0] == '$':
			if tag, body, ok := dollarQuoted(rest); ok {
				at := i + len(tag)
				inner, _ := d.code(body) // a block of statements, but for a quoted name
				if !strings.HasPrefix(strings.ToLower(body), hostileBefore) {
					copy(code[at:], inner)
				}
				skip = 2*len(tag) + len(body)
			}
		case rest[0] == '\'', rest[0] == '"', !d.shell && rest[0] == '`':
			if skip = d.quoted(rest, code[i:]); skip < 0 {
				return code, true
			}
		}
		if skip == 0 {
			code[i] = true
			skip = 1
		}
		i += skip
	}
	return code, false
}

// dollarQuoted returns the delimiter and the body of a text that begins with $$ or $tag$.
func dollarQuoted(text string) (tag, body string, ok bool) {
	end := strings.IndexByte(text[1:], '$')
	if end < 0 || strings.ContainsFunc(text[1:end+1], func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
		return "", "", false
	}
	tag = text[:end+2]
	body, _, ok = strings.Cut(text[len(tag):], tag)
	return tag, body, ok
}

// quoted returns the length of the quoted text at the start, or -1 if it does not end. A substitution in a
// shell's double quotes is code.
func (d dialect) quoted(text string, code []bool) int {
	mark := text[0]
	backslash := mark == '\'' && d.single || mark == '"' && (d.double || d.shell)
	substituted := false
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && backslash:
			i++
		case text[i] == mark && !d.shell && strings.HasPrefix(text[i+1:], string(mark)):
			i++ // a doubled quote
		case text[i] == mark:
			return i + 1
		case d.shell && mark == '"' && (text[i] == '`' || strings.HasPrefix(text[i:], "$(")):
			substituted = true
		}
		if i < len(text) {
			code[i] = substituted
		}
	}
	return -1
}
