package warehousetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// noPanic calls a method and returns an error if it panics.
func noPanic(method, arguments string, call func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s panicked %s: %v", method, arguments, p)
		}
	}()
	call()
	return nil
}

// checkPanics calls each method as the service does. Probes with other arguments have rules of their own.
func checkPanics(ctx context.Context, c *connectorTest) error {
	if _, err := c.sample(); err != nil {
		return err
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	given, err := configOf(c.connector, c.fields)
	if err != nil {
		return err
	}
	var errs []error
	try := func(method, arguments string, call func()) { errs = append(errs, noPanic(method, arguments, call)) }

	for name, list := range c.lists() {
		try(name, "", func() { list() })
	}
	if d, ok := c.connector.(warehouse.DescribedConnector); ok {
		try("Describe", "", func() { d.Describe() })
	}
	for how, ended := range endedContexts(ctx) {
		if k, ok := c.connector.(warehouse.KeyPairConnector); ok {
			try("NewKeyPair", "with a context that is "+how, func() { _, _ = k.NewKeyPair(ended) })
		}
	}
	configs := map[string]any{"the given fields": given, "the defaults": c.connector.Config()}
	pairs := map[string]warehouse.KeyPair{"its key pair": keys, "no key pair": {}, "a corrupt key pair": warehouse.NewKeyPair("\x00", []byte("\x00"))}
	for _, name := range slices.Sorted(maps.Keys(configs)) {
		config := configs[name]
		for _, whose := range slices.Sorted(maps.Keys(pairs)) {
			keys, arguments := pairs[whose], fmt.Sprintf("with %s and %s", name, whose)
			target := warehouse.NewTarget("suite", "wc_suite", config, keys)
			for _, ended := range endedContexts(ctx) {
				try("Probe", arguments, func() { _, _ = c.connector.Probe(ended, target) })
			}
			try("SetupScript", arguments, func() { _, _ = c.connector.SetupScript(config, keys.PublicKey) })
			if d, ok := c.connector.(warehouse.DatabaseConnector); ok {
				try("Database", arguments, func() {
					if opener, err := d.Database(target); err == nil {
						opener.Driver()
					}
				})
			}
		}
		if d, ok := c.connector.(warehouse.TeardownConnector); ok {
			try("TeardownScript", "with "+name, func() { _, _ = d.TeardownScript(config) })
		}
	}
	every, single := c.wrongFields()
	for _, members := range slices.Concat(every, single) {
		// The service calls Validate although some fields have errors, to report all of them.
		var wrong warehouse.FieldErrors
		if err := c.refusal(ctx, members); err != nil && !errors.As(err, &wrong) {
			errs = append(errs, fmt.Errorf("with the fields %s, Create failed: %w", quote(encodeMembers(members)), err))
		}
	}
	return firstError(errs)
}

// lists returns the methods that return names of fields.
func (c *connectorTest) lists() map[string]func() []string {
	lists := map[string]func() []string{"SensitiveFields": c.connector.SensitiveFields}
	if i, ok := c.connector.(warehouse.ImmutableConnector); ok {
		lists["ImmutableFields"] = i.ImmutableFields
	}
	if p, ok := c.connector.(warehouse.PresetConnector); ok {
		lists["PresetFields"] = p.PresetFields
	}
	if s, ok := c.connector.(warehouse.SafeFieldsConnector); ok {
		lists["SafeFields"] = s.SafeFields
	}
	return lists
}

// wrongFields returns requests in which every field is invalid, and those in which a single one is.
func (c *connectorTest) wrongFields() (every, single []warehouse.Fields) {
	given, _ := membersOf(c.fields) // checked by an earlier rule
	names := fieldNames(c.connector.Config())
	every = []warehouse.Fields{{}}
	for _, raw := range []string{
		"null", "true", "-1", "1e300", "[]", `[null,1,"a"]`, "{}", `""`, `" "`, `"\u0000"`, `"\ud800"`, `"\""`, `"\"\""`, `"."`, `"-"`, `"/"`, `":"`, `"["`, `"é"`,
		`"` + strings.Repeat("a", 5_000) + `"`, `["` + strings.Repeat("a", 5_000) + `"]`,
	} {
		all := make(warehouse.Fields)
		for _, name := range names {
			all[name] = json.RawMessage(raw)
			one := maps.Clone(given)
			one[name] = json.RawMessage(raw)
			single = append(single, one)
		}
		every = append(every, all)
	}
	return every, single
}

func encodeMembers(members warehouse.Fields) string {
	raw, _ := json.Marshal(map[string]json.RawMessage(members)) // all members are JSON
	return string(raw)
}

// checkMapOrder calls methods again and again, since the order of a map changes.
func checkMapOrder(ctx context.Context, c *connectorTest) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	config, err := configOf(c.connector, c.fields)
	if err != nil {
		return err
	}
	target := warehouse.NewTarget("suite", "wc_suite", config, keys)
	ended := endedContexts(ctx)["canceled"]
	calls := map[string]func() any{
		"Probe with a context that has ended": func() any {
			steps, _ := c.connector.Probe(ended, target)
			var names []string
			for _, step := range steps {
				names = append(names, step.Name)
			}
			return names
		},
	}
	for name, list := range c.lists() {
		calls[name] = func() any { return list() }
	}
	every, _ := c.wrongFields()
	for i, members := range every {
		calls[fmt.Sprintf("request %d, %s,", i, quote(encodeMembers(members)))] = func() any { return fmt.Sprint(c.refusal(ctx, members)) }
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		first := calls[name]()
		for range 32 {
			if again := calls[name](); !reflect.DeepEqual(first, again) {
				return fmt.Errorf("%s returned %s and then %s", name, quote(fmt.Sprint(first)), quote(fmt.Sprint(again)))
			}
		}
	}
	return nil
}
