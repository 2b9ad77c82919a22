package warehousetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A connectorTest is a connector under test.
type connectorTest struct {
	connector warehouse.Connector
	fields    string
	options   ConnectorOptions
	grace     time.Duration // after the deadline of a probe, for it to return and clean up

	// Each is called once, since it may take a key pair or seconds.
	sample func() (*sample, error)
	keys   func() (warehouse.KeyPair, error)
	probes func() ([]probeRun, error)
}

func newConnectorTest(connector warehouse.Connector, fields string, options *ConnectorOptions) *connectorTest {
	c := &connectorTest{connector: connector, fields: fields, grace: defaultGrace}
	if options != nil {
		c.options = *options
	}
	c.sample = sync.OnceValues(c.newSample)
	c.keys = sync.OnceValues(func() (warehouse.KeyPair, error) { return newKeys(c.connector) })
	c.probes = sync.OnceValues(c.runProbes)
	return c
}

// A sample is a connection with the given fields.
type sample struct {
	service    *warehouse.Service
	connection warehouse.Connection
}

var sampleCaller = warehouse.Caller{Organisation: "suite"}

// newSample creates the connection, or returns FieldErrors if the fields are invalid.
func (c *connectorTest) newSample() (*sample, error) {
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"sample": c.connector})
	if err != nil {
		return nil, err
	}
	service, err := warehouse.NewService(NewStore(), NewSealer(), registry, nil)
	if err != nil {
		return nil, err
	}
	members, err := membersOf(c.fields)
	if err != nil {
		return nil, err
	}
	members["type"] = json.RawMessage(`"sample"`)
	connection, err := service.Create(context.Background(), sampleCaller, members)
	return &sample{service, connection}, err
}

func membersOf(fields string) (warehouse.Fields, error) {
	members := make(warehouse.Fields)
	if err := json.Unmarshal([]byte(fields), &members); err != nil {
		return nil, fmt.Errorf("the fields are not a JSON object: %w", err)
	}
	return members, nil
}

// configOf decodes valid fields like the service.
func configOf(connector warehouse.Connector, fields string) (any, error) {
	config := connector.Config()
	if err := json.Unmarshal([]byte(fields), config); err != nil {
		return nil, fmt.Errorf("the fields do not decode: %w", err)
	}
	if v, ok := config.(warehouse.Validator); ok {
		var wrong warehouse.FieldErrors
		if err := v.Validate(); err != nil && (!errors.As(err, &wrong) || len(wrong) > 0) {
			return nil, fmt.Errorf("the fields do not pass Validate: %w", err)
		}
	}
	return config, nil
}

// newKeys returns a new key pair, or none if the connector makes none.
func newKeys(connector warehouse.Connector) (warehouse.KeyPair, error) {
	maker, ok := connector.(warehouse.KeyPairConnector)
	if !ok {
		return warehouse.KeyPair{}, nil
	}
	return maker.NewKeyPair(context.Background())
}

// secrets returns the values of the sensitive fields, and the private key.
func (c *connectorTest) secrets(fields string, keys warehouse.KeyPair) []secret {
	var out []secret
	members, _ := membersOf(fields) // checked by an earlier rule
	for _, name := range c.connector.SensitiveFields() {
		value := []byte(members[name])
		var text string
		if json.Unmarshal(value, &text) == nil {
			value = []byte(text)
		}
		out = append(out, newSecret(fmt.Sprintf("the field %q", name), value, ""))
	}
	if private := keys.PrivateKey(); len(private) > 0 {
		out = append(out, newSecret("the private key", private, keys.PublicKey))
	}
	return out
}

func checkRegistered(_ context.Context, c *connectorTest) error {
	if v := reflect.ValueOf(c.connector); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.New("it is nil")
	}
	_, err := warehouse.NewRegistry(map[string]warehouse.Connector{"sample": c.connector})
	return err
}

// shortestSample is the length of a sensitive field's value that is long enough to occur nowhere by chance.
const shortestSample = 8

func checkSample(_ context.Context, c *connectorTest) error {
	members, err := membersOf(c.fields)
	if err != nil {
		return err
	}
	for _, name := range c.connector.SensitiveFields() {
		if raw := bytes.Trim(members[name], `"`); len(raw) < shortestSample {
			return fmt.Errorf("the sensitive field %q has no value of at least %d characters", name, shortestSample)
		}
	}
	_, err = c.sample()
	return err
}

func checkFreshDefaults(_ context.Context, c *connectorTest) error {
	before, err := json.Marshal(c.connector.Config())
	if err != nil {
		return fmt.Errorf("the defaults do not encode: %w", err)
	}
	for range 10 {
		config := c.connector.Config()
		again, err := json.Marshal(config)
		if err != nil {
			return fmt.Errorf("the defaults do not encode: %w", err)
		}
		if !bytes.Equal(before, again) {
			return fmt.Errorf("Config returned %s and then %s", before, again)
		}
		clearSlices(reflect.ValueOf(config).Elem())
	}
	return nil
}

// clearSlices zeroes the elements of a struct's slices, which their owner may do.
func clearSlices(v reflect.Value) {
	for _, f := range v.Fields() {
		if f.Kind() == reflect.Slice && f.CanSet() {
			for j := range f.Len() {
				f.Index(j).SetZero()
			}
		}
	}
}

func checkConfigRoundTrip(ctx context.Context, c *connectorTest) error {
	s, err := c.sample()
	if err != nil {
		return err
	}
	given, err := membersOf(c.fields)
	if err != nil {
		return err
	}
	shown, err := membersOf(string(s.connection.Config))
	if err != nil {
		return err
	}
	for _, source := range []struct {
		name    string
		members warehouse.Fields
	}{{"the given fields", given}, {"the shown config", shown}} {
		kept, err := s.service.Replace(ctx, sampleCaller, s.connection.ID, source.members)
		if err := s.unchanged(kept, err, "Replace with "+source.name); err != nil {
			return err
		}
		changeable := maps.Clone(source.members)
		if immutable, ok := c.connector.(warehouse.ImmutableConnector); ok {
			for _, name := range immutable.ImmutableFields() {
				delete(changeable, name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(changeable)) {
			kept, err := s.service.Update(ctx, sampleCaller, s.connection.ID, warehouse.Fields{name: changeable[name]})
			if err := s.unchanged(kept, err, fmt.Sprintf("Update with the field %q of %s", name, source.name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sample) unchanged(kept warehouse.Connection, err error, call string) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s failed: %w", call, err)
	case kept.Revision != s.connection.Revision:
		return fmt.Errorf("%s changed the config from %s to %s", call, s.connection.Config, kept.Config)
	}
	return nil
}

func checkConnectorConcurrency(ctx context.Context, c *connectorTest) error {
	s, err := c.sample()
	if err != nil {
		return err
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	ended := endedContexts(ctx)["canceled"]
	return firstError(atOnce(16, func(int) error {
		config, err := configOf(c.connector, c.fields)
		if err != nil {
			return err
		}
		if _, err := c.connector.SetupScript(config, keys.PublicKey); err != nil {
			return fmt.Errorf("SetupScript failed: %w", err)
		}
		_, _ = c.connector.Probe(ended, warehouse.NewTarget("suite", s.connection.ID, config, keys))
		c.connector.SensitiveFields()
		return nil
	}))
}

func checkDescribed(_ context.Context, c *connectorTest) error {
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"sample": c.connector})
	if err != nil {
		return err
	}
	var schema struct {
		Properties map[string]struct{ Title, Description string }
	}
	if err := json.Unmarshal(registry.Describe()[0].ConfigSchema, &schema); err != nil {
		return fmt.Errorf("the schema of its config does not decode: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if p := schema.Properties[name]; p.Title == "" || p.Description == "" {
			return fmt.Errorf("the field %q has no title or no help: give it both tags", name)
		}
	}
	return nil
}
