// Rules that no single field's type can check.

package warehouse

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
)

// A Validator is a config that checks itself after it was decoded. It is implemented by the struct
// that a connector's Config method returns a pointer to.
type Validator interface {
	// Validate returns [FieldErrors] for what is wrong with which field. Any other error is
	// about the config as a whole, and its text is shown to the customer. Validate may put fields
	// into their canonical form.
	Validate() error
}

// wholeConfig is the name under which the errors of a config as a whole are reported, as Django REST
// framework does.
const wholeConfig = "non_field_errors"

// validate adds what the config says of itself to errs. Of a field that already has an error it says
// nothing more: its value never arrived.
func (r registered) validate(config any, errs FieldErrors) {
	v, ok := config.(Validator)
	if !ok {
		return
	}
	err := v.Validate()
	if err == nil {
		return
	}
	secrets := r.shape.cleaner(config)
	var fields FieldErrors
	if !errors.As(err, &fields) {
		if len(errs) == 0 {
			errs.Add(wholeConfig, secrets.clean(err.Error()))
		}
		return
	}
	found := make(FieldErrors)
	for name, messages := range fields {
		if len(errs[name]) > 0 {
			continue
		}
		for _, message := range messages {
			found.Add(name, secrets.clean(message))
		}
	}
	maps.Copy(errs, found)
}

// cleaner takes the config's sensitive fields out of texts.
func (s *shape) cleaner(config any) *cleaner {
	v := reflect.ValueOf(config).Elem()
	var values []json.RawMessage
	for _, f := range s.fields {
		if raw, err := encodeValue(v.Field(f.index)); err == nil && f.sensitive {
			values = append(values, raw)
		}
	}
	return newCleaner(nil, values...)
}
