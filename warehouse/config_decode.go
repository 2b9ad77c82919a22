package warehouse

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// The messages are those of Django REST framework, where it has them.
const (
	msgRequired  = "This field is required."
	msgBlank     = "This field may not be blank."
	msgNull      = "This field may not be null."
	msgUnknown   = "Unknown field."
	msgReadOnly  = "This field is read-only."
	msgImmutable = "This field cannot change. Delete this connection and create another to use another value."
)

// stored returns the stored values of a connection's config by field name. Values of sensitive fields
// come only from sensitive, which was sealed.
func (r registered) stored(c Connection, sensitive map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	values := make(map[string]json.RawMessage)
	for _, raw := range []json.RawMessage{c.Preset, c.Config} {
		if len(raw) == 0 {
			continue
		}
		if err := json.Unmarshal(raw, &values); err != nil {
			return nil, fmt.Errorf("warehouse: the stored config of connection %s does not decode: %w", c.ID, err)
		}
	}
	for _, f := range r.shape.fields {
		if f.sensitive {
			delete(values, f.name)
		}
	}
	maps.Copy(values, sensitive)
	return values, nil
}

// load returns the stored config of a connection.
func (r registered) load(c Connection, sensitive map[string]json.RawMessage) (any, error) {
	stored, err := r.stored(c, sensitive)
	if err != nil {
		return nil, err
	}
	config, err := r.decode(stored, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("warehouse: load connection %s: %w", c.ID, err)
	}
	return config, nil
}

// decode returns a config with the connector's defaults, over them the stored values, and over those the
// values that a customer sent. It adds errors about sent values to errs, and ignores sent values that
// have an error there already. A create has no stored values, which are then nil; if there are any,
// immutable fields keep theirs.
func (r registered) decode(stored map[string]json.RawMessage, sent Fields, errs FieldErrors) (any, error) {
	config := r.Config()
	v := reflect.ValueOf(config).Elem()
	for _, f := range r.shape.fields {
		dst := v.Field(f.index)
		if raw, found := stored[f.name]; found {
			err := decodeStored(raw, dst)
			switch {
			case err != nil && f.sensitive: // the cause could quote the value
				return nil, fmt.Errorf("the sealed field %q does not decode", f.name)
			case err != nil:
				return nil, fmt.Errorf("the stored field %q does not decode: %w", f.name, err)
			}
		}
		raw, found := sent[f.name]
		if !found || f.preset || len(errs[f.name]) > 0 {
			continue
		}
		fixed := stored != nil && f.immutable
		old := dst
		if fixed {
			dst = reflect.New(dst.Type()).Elem()
		}
		msg := decodeValue(raw, dst, f.optional, f.sensitive)
		if msg == "" && fixed && !sameValue(old, dst) {
			msg = msgImmutable
		}
		if msg != "" {
			errs.Add(f.name, msg)
		}
	}
	for name := range sent {
		switch f := r.shape.field(name); {
		case name == typeField, f != nil && !f.preset:
		case slices.Contains(readOnlyFields, name):
			errs.Add(name, msgReadOnly)
		default:
			errs.Add(name, msgUnknown)
		}
	}
	return config, nil
}

// accept decodes and validates a config that a customer sent. Old is the config that it replaces, nil if
// there is none. All errors about it are in errs.
func (r registered) accept(old any, stored map[string]json.RawMessage, sent Fields, errs FieldErrors) (any, error) {
	config, err := r.decode(stored, sent, errs)
	if err != nil {
		return nil, fmt.Errorf("warehouse: %w", err)
	}
	r.validate(config, errs)
	if old != nil {
		r.shape.requireSecrets(old, config, sent, errs)
	}
	return config, errs.orNil()
}

// decodeStored decodes into a new value: decoding into a default would write into a slice that other
// configs share.
func decodeStored(raw json.RawMessage, dst reflect.Value) error {
	fresh := reflect.New(dst.Type())
	if err := json.Unmarshal(raw, fresh.Interface()); err != nil {
		return err
	}
	dst.Set(fresh.Elem())
	return nil
}

// sameValue reports whether two values of an immutable field are the same.
func sameValue(a, b reflect.Value) bool {
	if a, ok := reflect.TypeAssert[Equaler](a); ok {
		return a.Equal(b.Interface())
	}
	return sameJSON(a, b)
}

// decodeValue decodes one sent value. It returns "", or an error message for the customer. The message of a
// type's own UnmarshalText may quote the value, so it is redacted if the field is sensitive.
func decodeValue(raw json.RawMessage, dst reflect.Value, mayBeBlank, sensitive bool) string {
	if isNull(raw) {
		return msgNull
	}
	// A new value: a copied one may share memory with its original.
	fresh := reflect.New(dst.Type())
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](fresh); ok {
		text, msg := decodeString(raw, mayBeBlank)
		if msg != "" {
			return msg
		}
		if err := u.UnmarshalText([]byte(text)); err != nil {
			if sensitive {
				return newRedactor(nil, raw).redact(err.Error())
			}
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
		return decodeSlice(raw, dst, sensitive)
	case reflect.Bool:
		if json.Unmarshal(raw, dst.Addr().Interface()) != nil {
			return "Must be a valid boolean."
		}
	case reflect.Float32, reflect.Float64:
		if json.Unmarshal(raw, dst.Addr().Interface()) != nil {
			return "A valid number is required."
		}
	default: // an integer: isFlat allows no other kind
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

func decodeSlice(raw json.RawMessage, dst reflect.Value, sensitive bool) string {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return "Expected a list of items."
	}
	out := reflect.MakeSlice(dst.Type(), len(items), len(items))
	for i, item := range items {
		if msg := decodeValue(item, out.Index(i), false, sensitive); msg != "" {
			return fmt.Sprintf("Item %d: %s", i+1, msg)
		}
	}
	dst.Set(out)
	return ""
}
