package warehouse

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// Fields are the members of the JSON object that a customer sends: "type" and the config's fields by
// their JSON names. Since a password may be among them, Fields print, log and encode as their names only.
// Package fmt does not call methods of values in unexported fields, so do not keep Fields in one.
type Fields map[string]json.RawMessage

var (
	_ fmt.Formatter  = Fields(nil)
	_ slog.LogValuer = Fields(nil)
	_ json.Marshaler = Fields(nil)
)

func (f Fields) names() []string { return slices.Sorted(maps.Keys(f)) }

// Format prints the names, under every verb.
func (f Fields) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "fields "+strings.Join(f.names(), ", "))
}

// LogValue returns the names.
func (f Fields) LogValue() slog.Value { return slog.AnyValue(f.names()) }

// MarshalJSON returns the names as an array.
func (f Fields) MarshalJSON() ([]byte, error) {
	return json.Marshal(append([]string{}, f.names()...)) // [] and not null
}
