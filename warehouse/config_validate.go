package warehouse

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
)

// A Validator is a config with rules that the type of a single field cannot check. A connector's config
// struct implements it.
type Validator interface {
	// Validate checks the decoded config. It returns [FieldErrors] for errors of fields. Any other
	// error is about the config as a whole, and its text is shown to the customer. Validate may
	// normalize fields.
	Validate() error
}

// validate adds the errors of the config's own Validate method to errs, except those of fields that have
// an error already: their values did not arrive.
func (r registered) validate(config any, errs FieldErrors) {
	v, ok := config.(Validator)
	if !ok {
		return
	}
	err := v.Validate()
	if err == nil {
		return
	}
	secrets := r.shape.redactor(config)
	var fields FieldErrors
	if !errors.As(err, &fields) {
		if len(errs) == 0 {
			errs.Add(wholeConfig, secrets.redact(err.Error()))
		}
		return
	}
	found := make(FieldErrors)
	for name, messages := range fields {
		if len(errs[name]) > 0 {
			continue
		}
		for _, message := range messages {
			found.Add(name, secrets.redact(message))
		}
	}
	maps.Copy(errs, found)
}

// redactor returns a redactor of the config's sensitive fields.
func (s *shape) redactor(config any) *redactor {
	v := reflect.ValueOf(config).Elem()
	var values []json.RawMessage
	for _, f := range s.fields {
		if raw, err := encodeValue(v.Field(f.index)); err == nil && f.sensitive {
			values = append(values, raw)
		}
	}
	return newRedactor(nil, values...)
}
