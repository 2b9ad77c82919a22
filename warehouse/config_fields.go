package warehouse

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A shape describes the fields of a connector's config. It is computed once, by NewRegistry.
type shape struct {
	fields []field
}

type field struct {
	name      string // the JSON name
	index     int    // in the struct
	optional  bool   // may be absent or blank
	omitted   bool   // left out of the stored form if zero, which is its default
	required  bool   // has no default and is not optional
	sensitive bool
	immutable bool
	preset    bool
	safe      bool // to change without entering the sensitive fields again
}

// Names with a meaning in the HTTP interface, which no config field may have, since a request is flat and
// a response reports errors by field. The tests of package httpapi compare them with its types.
const (
	typeField   = "type"
	wholeConfig = "non_field_errors" // errors about the config as a whole
)

var (
	readOnlyFields = []string{
		"id", "status", "config", "public_key", "setup_script",
		"created_at", "last_tested_at", "last_error", "diagnosis",
	}
	reservedFields = append([]string{typeField, wholeConfig, "detail"}, readOnlyFields...)
)

func shapeOf(c Connector) (*shape, error) {
	config := c.Config()
	v := reflect.ValueOf(config)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("Config returned %T: return a pointer to a struct", config)
	}
	if again := reflect.ValueOf(c.Config()); v.Elem().NumField() > 0 && again.Pointer() == v.Pointer() {
		return nil, errors.New("Config returned the same pointer twice: return a fresh one, since callers write to it")
	}
	var wrong []error
	s := &shape{}
	t := v.Elem().Type()
	for i := range t.NumField() {
		f, ok, err := fieldOf(t.Field(i), v.Elem().Field(i))
		if err != nil {
			wrong = append(wrong, err)
		}
		if !ok || err != nil {
			continue
		}
		f.index = i
		if s.field(f.name) != nil {
			wrong = append(wrong, fmt.Errorf("two config fields are named %q", f.name))
		}
		s.fields = append(s.fields, f)
	}
	mark := func(list string, names []string, set func(*field)) {
		for _, name := range names {
			if f := s.field(name); f != nil {
				set(f)
				continue
			}
			wrong = append(wrong, fmt.Errorf("%s names %q, which is not a config field", list, name))
		}
	}
	mark("SensitiveFields", c.SensitiveFields(), func(f *field) { f.sensitive = true })
	mark("ImmutableFields", immutableFields(c), func(f *field) { f.immutable = true })
	mark("PresetFields", presetFields(c), func(f *field) { f.preset = true })
	mark("SafeFields", safeFields(c), func(f *field) { f.safe = true })
	for _, f := range s.fields {
		if f.preset && (f.sensitive || f.immutable) {
			wrong = append(wrong, fmt.Errorf("field %q is preset by the host, so it can be neither sensitive nor immutable", f.name))
		}
		if f.sensitive && f.immutable {
			wrong = append(wrong, fmt.Errorf("field %q is sensitive, so it cannot be immutable: nobody could repeat it", f.name))
		}
	}
	return s, errors.Join(wrong...)
}

func fieldOf(sf reflect.StructField, value reflect.Value) (f field, ok bool, err error) {
	if sf.Anonymous {
		return f, false, fmt.Errorf("config field %s is embedded: name it, since a config is flat", sf.Name)
	}
	if !sf.IsExported() || sf.Tag.Get("json") == "-" {
		return f, false, nil
	}
	name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	switch {
	case name == "":
		return f, false, fmt.Errorf("config field %s has no JSON name: give it a tag", sf.Name)
	case slices.Contains(reservedFields, name):
		return f, false, fmt.Errorf("config field %s has the reserved name %q", sf.Name, name)
	case decodesItself(sf.Type):
		return f, false, fmt.Errorf("config field %s is a %s, whose own JSON would be passed over: give it UnmarshalText", sf.Name, sf.Type)
	case !isFlat(sf.Type):
		return f, false, fmt.Errorf("config field %s is a %s: use a string, number, bool, a slice of those, or a type with UnmarshalText", sf.Name, sf.Type)
	}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "omitempty", "omitzero":
			f.optional = true
		default:
			return f, false, fmt.Errorf("config field %s has the JSON option %q, which is not supported here", sf.Name, option)
		}
	}
	f.name = name
	f.omitted = f.optional && value.IsZero()
	f.required = !f.optional && value.IsZero() && sf.Type.Kind() != reflect.Bool
	return f, true, nil
}

// decodesItself reports whether t unmarshals itself from JSON but not from text.
func decodesItself(t reflect.Type) bool {
	if t.Kind() == reflect.Slice && !reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return decodesItself(t.Elem())
	}
	p := reflect.PointerTo(t)
	return !p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) &&
		(p.Implements(reflect.TypeFor[json.Unmarshaler]()) || t == reflect.TypeFor[json.Number]())
}

// isFlat reports whether decodeValue supports t.
func isFlat(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || t.Kind() == reflect.String
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Slice:
		return t.Elem().Kind() != reflect.Uint8 && isFlat(t.Elem())
	}
	return false
}

func (s *shape) field(name string) *field {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}
