// Strict decoding of what a customer sent, one field at a time.

package warehouse

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// The messages, where they exist there, are those of Django REST framework, whose shapes the contract
// uses.
const (
	msgRequired  = "This field is required."
	msgBlank     = "This field may not be blank."
	msgNull      = "This field may not be null."
	msgUnknown   = "Unknown field."
	msgReadOnly  = "This field is read-only."
	msgImmutable = "This field cannot change. Delete this connection and create another to use another value."
)

// decodeFields decodes the given members onto config, a pointer as Config returns it, and adds to errs
// what is wrong with any.
func (s *shape) decodeFields(config any, members Fields, errs FieldErrors) {
	v := reflect.ValueOf(config).Elem()
	for name, raw := range members {
		f := s.field(name)
		if f == nil || f.preset {
			if isReadOnlyField(name) {
				errs.Add(name, msgReadOnly)
			} else {
				errs.Add(name, msgUnknown)
			}
			continue
		}
		msg := decodeValue(raw, v.Field(f.index), f.optional)
		if msg != "" && f.sensitive { // a type's own message may quote the value
			msg = newCleaner(nil, raw).clean(msg)
		}
		if msg != "" {
			errs.Add(name, msg)
		}
	}
}

// requireAll adds an error for each required field that members lack. Fields that keep a stored value
// are not asked for.
func (s *shape) requireAll(members Fields, errs FieldErrors) {
	for _, f := range s.fields {
		if _, sent := members[f.name]; f.required && !f.preset && !sent {
			errs.Add(f.name, msgRequired)
		}
	}
}

// decodeValue decodes one JSON value, and returns what is wrong with it as a sentence for the customer,
// or "".
func decodeValue(raw json.RawMessage, dst reflect.Value, mayBeBlank bool) string {
	if isNull(raw) {
		return msgNull
	}
	// A new value, since one that was copied may share its memory with what it was copied from.
	fresh := reflect.New(dst.Type())
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](fresh); ok {
		text, msg := decodeString(raw, mayBeBlank)
		if msg != "" {
			return msg
		}
		if err := u.UnmarshalText([]byte(text)); err != nil {
			return err.Error()
		}
		dst.Set(fresh.Elem())
		return ""
	}
	switch dst.Kind() {
	case reflect.String:
		text, msg := decodeString(raw, mayBeBlank)
		if msg != "" {
			return msg
		}
		dst.SetString(text)
		return ""
	case reflect.Slice:
		return decodeSlice(raw, dst)
	case reflect.Bool:
		if json.Unmarshal(raw, dst.Addr().Interface()) != nil {
			return "Must be a valid boolean."
		}
	case reflect.Float32, reflect.Float64:
		if json.Unmarshal(raw, dst.Addr().Interface()) != nil {
			return "A valid number is required."
		}
	default: // isFlat lets nothing else through than integers
		if json.Unmarshal(raw, dst.Addr().Interface()) != nil {
			return "A valid integer is required."
		}
	}
	return ""
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

func decodeString(raw json.RawMessage, mayBeBlank bool) (text, msg string) {
	switch {
	case json.Unmarshal(raw, &text) != nil:
		return "", "Not a valid string."
	case strings.ContainsRune(text, 0):
		return "", "Null characters are not allowed."
	case !mayBeBlank && strings.TrimSpace(text) == "":
		return "", msgBlank
	}
	return text, ""
}

func decodeSlice(raw json.RawMessage, dst reflect.Value) string {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return "Expected a list of items."
	}
	out := reflect.MakeSlice(dst.Type(), len(items), len(items))
	for i, item := range items {
		if msg := decodeValue(item, out.Index(i), false); msg != "" {
			return fmt.Sprintf("Item %d: %s", i+1, msg)
		}
	}
	dst.Set(out)
	return ""
}
