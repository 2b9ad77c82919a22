package warehouse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// encoded is a config split into its three stored parts.
type encoded struct {
	config    json.RawMessage
	preset    json.RawMessage
	sensitive map[string]json.RawMessage // sealed
}

func (s *shape) encode(config any) (encoded, error) {
	v := reflect.ValueOf(config).Elem()
	var shown, preset object
	var e encoded
	for _, f := range s.fields {
		value := v.Field(f.index)
		if f.omitted && value.IsZero() {
			continue
		}
		raw, err := encodeValue(value)
		switch {
		case err != nil && f.sensitive: // the cause could quote the value
			return encoded{}, fmt.Errorf("warehouse: encode config field %q", f.name)
		case err != nil:
			return encoded{}, fmt.Errorf("warehouse: encode config field %q: %w", f.name, err)
		case f.sensitive:
			if e.sensitive == nil {
				e.sensitive = make(map[string]json.RawMessage)
			}
			e.sensitive[f.name] = raw
		case f.preset:
			preset.add(f.name, raw)
		default:
			shown.add(f.name, raw)
		}
	}
	e.config, e.preset = shown.bytes(), preset.bytes()
	return e, nil
}

// changed returns the names of the fields that differ from next, in the order of the config. Fields that
// the host presets do not count.
func (s *shape) changed(e, next encoded) ([]string, error) {
	var before, after map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(e.config, &before), json.Unmarshal(next.config, &after)); err != nil {
		return nil, fmt.Errorf("warehouse: compare two configs: %w", err)
	}
	var names []string
	for _, f := range s.fields {
		if f.sensitive {
			before[f.name], after[f.name] = e.sensitive[f.name], next.sensitive[f.name]
		}
		if !bytes.Equal(before[f.name], after[f.name]) {
			names = append(names, f.name)
		}
	}
	return names, nil
}

// encodeValue encodes without HTML escapes, which would make scripts and names unreadable.
func encodeValue(value reflect.Value) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value.Interface()); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// An object is a JSON object that keeps the order of its members.
type object struct{ buf bytes.Buffer }

func (o *object) add(name string, raw json.RawMessage) {
	if o.buf.Len() > 0 {
		o.buf.WriteByte(',')
	}
	key, _ := json.Marshal(name) // a string always encodes
	o.buf.Write(key)
	o.buf.WriteByte(':')
	o.buf.Write(raw)
}

// addValue adds a value that always encodes.
func (o *object) addValue(name string, value any) {
	raw, _ := encodeValue(reflect.ValueOf(value))
	o.add(name, raw)
}

func (o *object) bytes() json.RawMessage {
	return json.RawMessage("{" + o.buf.String() + "}")
}
