// The stored form of a config: one JSON object for what the customer sees, one for what the host chose,
// and the sensitive fields, which are sealed.

package warehouse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// A parted config is one in its stored form.
type parted struct {
	config    json.RawMessage
	preset    json.RawMessage
	sensitive map[string]json.RawMessage
}

func (s *shape) part(config any) (parted, error) {
	v := reflect.ValueOf(config).Elem()
	var shown, preset object
	var p parted
	for _, f := range s.fields {
		value := v.Field(f.index)
		if f.omitted && value.IsZero() {
			continue
		}
		raw, err := encodeValue(value)
		switch {
		case err != nil && f.sensitive: // the cause could quote the value
			return parted{}, fmt.Errorf("warehouse: encode config field %q", f.name)
		case err != nil:
			return parted{}, fmt.Errorf("warehouse: encode config field %q: %w", f.name, err)
		case f.sensitive:
			if p.sensitive == nil {
				p.sensitive = make(map[string]json.RawMessage)
			}
			p.sensitive[f.name] = raw
		case f.preset:
			preset.add(f.name, raw)
		default:
			shown.add(f.name, raw)
		}
	}
	p.config, p.preset = shown.bytes(), preset.bytes()
	return p, nil
}

// load decodes a stored config onto a fresh one of the connector's, so that a field which the stored
// one lacks has its default. Sensitive fields come from what was sealed, and from nowhere else.
func (r registered) load(c Connection, sensitive map[string]json.RawMessage) (any, error) {
	shown := make(map[string]json.RawMessage)
	for _, raw := range []json.RawMessage{c.Preset, c.Config} {
		if len(raw) == 0 {
			continue
		}
		if err := json.Unmarshal(raw, &shown); err != nil {
			return nil, fmt.Errorf("warehouse: the stored config of connection %s does not decode: %w", c.ID, err)
		}
	}
	config := r.Config()
	v := reflect.ValueOf(config).Elem()
	for _, f := range r.shape.fields {
		stored := shown
		if f.sensitive {
			stored = sensitive
		}
		raw, found := stored[f.name]
		if !found {
			continue
		}
		err := decodeStored(raw, v.Field(f.index))
		switch {
		case err != nil && f.sensitive: // the cause could quote the value
			return nil, fmt.Errorf("warehouse: the sealed field %q of connection %s does not decode", f.name, c.ID)
		case err != nil:
			return nil, fmt.Errorf("warehouse: the stored field %q of connection %s does not decode: %w", f.name, c.ID, err)
		}
	}
	return config, nil
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

// encodeValue encodes without escaping HTML, which would only make what the customer typed unreadable.
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

func (o *object) bytes() json.RawMessage {
	return json.RawMessage("{" + o.buf.String() + "}")
}
