package warehouse

import (
	"context"
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A TypeDescription describes a registered type to a program that builds a form for it.
type TypeDescription struct {
	Type string
	Description

	KeyPair  bool // the connector is a [KeyPairConnector]
	Teardown bool // the connector is a [TeardownConnector]

	// ConfigSchema is a JSON Schema (2020-12) of the config that a customer sends to create a
	// connection, with the properties in the order of the config. It has these keywords:
	//
	//   - title, description and examples, from the tags title, help and example of the field
	//   - default, and required for fields without one
	//   - enum, from the tag enum, which separates its values by commas
	//   - the restrictions of the field's type: see [Restricted]
	//   - writeOnly, for sensitive fields
	//   - "x-immutable", for fields that cannot change
	ConfigSchema json.RawMessage
}

// A Restricted is the type of a config field that accepts only some values. It is for forms: values are
// checked by the type's UnmarshalText, or by the config's [Validator].
type Restricted interface {
	// Restrictions returns JSON Schema keywords, such as maxLength, pattern or enum, of the text that
	// customers type.
	Restrictions() map[string]any
}

// Describe describes all registered types, sorted by type name.
func (r *Registry) Describe() []TypeDescription {
	list := make([]TypeDescription, 0, len(r.types))
	for _, typ := range r.Types() {
		c := r.types[typ]
		_, keyPair := c.Connector.(KeyPairConnector)
		_, teardown := c.Connector.(TeardownConnector)
		list = append(list, TypeDescription{
			Type:         typ,
			Description:  descriptionOf(typ, c.Connector),
			KeyPair:      keyPair,
			Teardown:     teardown,
			ConfigSchema: c.configSchema(),
		})
	}
	return list
}

// Types describes all registered types, as [Registry.Describe] does.
func (s *Service) Types(ctx context.Context, caller Caller) ([]TypeDescription, error) {
	return observe(ctx, s, caller, Event{Action: ActionTypes}, func(*Event) ([]TypeDescription, error) {
		return s.connectors.Describe(), nil
	})
}

// configSchema returns the JSON Schema of the fields that customers send.
func (r registered) configSchema() json.RawMessage {
	config := reflect.ValueOf(r.Config()).Elem()
	var properties object
	required := []string{}
	for _, f := range r.shape.fields {
		if f.preset {
			continue
		}
		properties.add(f.name, f.schema(config.Type().Field(f.index).Tag, config.Field(f.index)))
		if f.required {
			required = append(required, f.name)
		}
	}
	var schema object
	schema.addValue("$schema", "https://json-schema.org/draft/2020-12/schema")
	schema.addValue("type", "object")
	schema.add("properties", properties.bytes())
	schema.addValue("required", required)
	schema.addValue("additionalProperties", false)
	return schema.bytes()
}

// schema returns the JSON Schema of one field, whose value is its default.
func (f *field) schema(tag reflect.StructTag, value reflect.Value) json.RawMessage {
	keywords := restrictionsOf(value.Type())
	if keywords["type"] == "string" && !f.optional {
		keywords["minLength"] = 1
	}
	if values := tag.Get("enum"); values != "" {
		keywords["enum"] = strings.Split(values, ",")
	}
	var schema object
	schema.addValue("type", keywords["type"])
	delete(keywords, "type")
	for _, text := range []struct{ keyword, tag string }{{"title", "title"}, {"description", "help"}} {
		if content := tag.Get(text.tag); content != "" {
			schema.addValue(text.keyword, content)
		}
	}
	if example := tag.Get("example"); example != "" {
		schema.addValue("examples", []any{exampleOf(example, value)})
	}
	if !f.required && !f.omitted && !f.sensitive {
		schema.addValue("default", value.Interface())
	}
	for _, name := range slices.Sorted(maps.Keys(keywords)) {
		schema.addValue(name, keywords[name])
	}
	if f.sensitive {
		schema.addValue("writeOnly", true)
	}
	if f.immutable {
		schema.addValue("x-immutable", true)
	}
	return schema.bytes()
}

// exampleOf returns the example of a tag: JSON for a number, bool or list, and otherwise the text itself.
func exampleOf(text string, value reflect.Value) any {
	if restrictionsOf(value.Type())["type"] != "string" && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

// restrictionsOf returns the keywords of a type that isFlat allows, with its "type".
func restrictionsOf(t reflect.Type) map[string]any {
	keywords := map[string]any{}
	if r, ok := reflect.TypeAssert[Restricted](reflect.New(t)); ok {
		maps.Copy(keywords, r.Restrictions())
	}
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()), t.Kind() == reflect.String:
		keywords["type"] = "string"
	case t.Kind() == reflect.Bool:
		keywords["type"] = "boolean"
	case t.Kind() == reflect.Slice:
		keywords["type"], keywords["items"] = "array", restrictionsOf(t.Elem())
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		keywords["type"] = "number"
	default:
		keywords["type"] = "integer"
		addBounds(keywords, t)
	}
	return keywords
}

// addBounds adds the bounds of an integer type, unless the type restricts it further. Those of 64 bits are
// left out: JavaScript cannot represent them.
func addBounds(keywords map[string]any, t reflect.Type) {
	bounds := make(map[string]any)
	bits := t.Bits()
	switch unsigned := t.Kind() >= reflect.Uint; {
	case unsigned && bits < 64:
		bounds["minimum"], bounds["maximum"] = 0, uint64(1)<<bits-1
	case unsigned:
		bounds["minimum"] = 0
	case bits < 64:
		bounds["minimum"], bounds["maximum"] = -(int64(1) << (bits - 1)), int64(1)<<(bits-1)-1
	}
	for name, bound := range bounds {
		if _, found := keywords[name]; !found {
			keywords[name] = bound
		}
	}
}
