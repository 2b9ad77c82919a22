package warehouse

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

var (
	// ErrNotFound is returned when the organisation has no such connection, whether or not another
	// organisation has it.
	ErrNotFound = errors.New("warehouse: no such connection")

	// ErrExists is returned when the organisation already has a connection, of any type.
	ErrExists = errors.New("warehouse: the organisation has a connection already")

	// ErrChanged is returned when a row is not at the expected revision. Service.Test returns it
	// when the config changed during the test, Service.Replace and Service.Update when other
	// changes came first every time.
	ErrChanged = errors.New("warehouse: the connection was changed meanwhile")

	// ErrBusy is returned when MaxProbes tests are running, or MaxProbesPerOrganisation of the
	// organisation's, when an earlier probe of the connection
	// overran its deadline and has not returned, and after Shutdown was called.
	ErrBusy = errors.New("warehouse: too many probes at once")

	// ErrNoConnector is returned when no connector of the connection's type is registered any more.
	// Such a connection can be listed, read and deleted.
	ErrNoConnector = errors.New("warehouse: no connector of the connection's type is registered")

	// ErrNotAuthentic is returned when sealed bytes do not authenticate with the sealer's keys and
	// the row's associated data, and when the row differs from the one that they were sealed for.
	// The Open method of a [Sealer] wraps it.
	ErrNotAuthentic = errors.New("warehouse: sealed secrets do not belong to this row, or another key sealed them")
)

// A BusyError is an [ErrBusy] that has the time after which the request is likely to succeed.
type BusyError struct {
	RetryAfter time.Duration
}

// Error returns the message of [ErrBusy].
func (*BusyError) Error() string { return ErrBusy.Error() }

// Unwrap returns [ErrBusy].
func (*BusyError) Unwrap() error { return ErrBusy }

// An ExistsError is an [ErrExists] with the ID of the organisation's connection. Service.Create returns it,
// so a caller that did not get the result of an earlier create finds the connection.
type ExistsError struct{ ID string }

func (e *ExistsError) Error() string { return ErrExists.Error() + ": " + e.ID }

// Unwrap returns [ErrExists].
func (e *ExistsError) Unwrap() error { return ErrExists }

// FieldErrors are the errors of a customer's input by the JSON name of the field. Messages are full
// sentences. Errors about the config as a whole have the name "non_field_errors".
type FieldErrors map[string][]string

// Add appends a message about a field.
func (e FieldErrors) Add(field, message string) { e[field] = append(e[field], message) }

// Error returns the messages, sorted by field.
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

// orNil returns e as an error, or nil if it is empty.
func (e FieldErrors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
