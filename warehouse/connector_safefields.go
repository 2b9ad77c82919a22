package warehouse

import (
	"bytes"
	"reflect"
	"slices"
)

// A SafeFieldsConnector is a connector with sensitive fields, and with others that are safe to change
// without entering those again. Any other change needs them again: somebody who may change a connection, but
// does not know its password, could otherwise have it sent to a server of their own.
type SafeFieldsConnector interface {
	Connector

	// SafeFields returns the JSON names of the fields that influence neither where nor how a secret is
	// sent. A host, a port, a user or a TLS mode is never one of them; a schema or a label may be.
	SafeFields() []string
}

func safeFields(c Connector) []string {
	if c, ok := c.(SafeFieldsConnector); ok {
		return c.SafeFields()
	}
	return nil
}

const msgEnterAgain = "Enter this field again: another field changed, and the stored value is only sent to where it was entered for."

// requireSecrets adds an error about each sensitive field that was not sent and keeps its value, although
// another field changed that is not safe. A field that already has an error does not count as changed.
func (s *shape) requireSecrets(old, next any, sent Fields, errs FieldErrors) {
	before, after := reflect.ValueOf(old).Elem(), reflect.ValueOf(next).Elem()
	var changed []string
	for _, f := range s.fields {
		if !f.safe && len(errs[f.name]) == 0 && !sameJSON(before.Field(f.index), after.Field(f.index)) {
			changed = append(changed, f.name)
		}
	}
	for _, f := range s.fields {
		_, entered := sent[f.name]
		if !f.sensitive || entered || after.Field(f.index).IsZero() {
			continue
		}
		if slices.ContainsFunc(changed, func(name string) bool { return name != f.name }) {
			errs.Add(f.name, msgEnterAgain)
		}
	}
}

func sameJSON(a, b reflect.Value) bool {
	x, errX := encodeValue(a)
	y, errY := encodeValue(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
