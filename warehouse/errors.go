// The errors that callers act on.

package warehouse

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Sentinels for decisions. Errors that wrap them carry details for the log.
var (
	// ErrNotFound: the organisation has no such connection. It does not say whether another has.
	ErrNotFound = errors.New("warehouse: no such connection")

	// ErrExists: the organisation has a connection already, of whatever type.
	ErrExists = errors.New("warehouse: the organisation has a connection already")

	// ErrChanged: the row is not at the revision that was asked for. From Service.Test: the
	// configuration changed while it was tested, and the result was thrown away. From
	// Service.Replace and Service.Update: others changed the connection again and again.
	ErrChanged = errors.New("warehouse: the connection was changed meanwhile")

	// ErrBusy: as many probes as the service may run are running, or one of this connection's that
	// ignores its deadline still is, or the service is shutting down.
	ErrBusy = errors.New("warehouse: too many probes at once")

	// ErrNotAuthentic is returned when sealed bytes do not authenticate under this key and for
	// this row. The Open method of a [Sealer] wraps it.
	ErrNotAuthentic = errors.New("warehouse: sealed secrets do not open: another key sealed them, or they belong to another row")
)

// FieldErrors says what is wrong with which field of a customer's input: full sentences by the
// field's JSON name. It holds all that is wrong, not only the first.
type FieldErrors map[string][]string

// Add appends a message about a field.
func (e FieldErrors) Add(field, message string) { e[field] = append(e[field], message) }

// Error lists the fields in order, each with its messages.
func (e FieldErrors) Error() string {
	var b strings.Builder
	b.WriteString("warehouse: invalid fields")
	for i, field := range slices.Sorted(maps.Keys(e)) {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s: %s", sep, field, strings.Join(e[field], " "))
	}
	return b.String()
}

// orNil returns e as an error, nil where it is empty.
func (e FieldErrors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
