// The connection that the suite for connectors works with.

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
	"strings"
	"sync"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

type connectorTest struct {
	connector warehouse.Connector
	fields    string
	options   ConnectorOptions
	patience  time.Duration // how long past its deadline a probe may take, and what it opened to close

	// Each is made once, since it may cost a key pair or seconds.
	sample func() (*sample, error)
	keys   func() (warehouse.KeyPair, error)
	probes func() ([]probeRun, error)
}

func newConnectorTest(connector warehouse.Connector, fields string, options *ConnectorOptions) *connectorTest {
	c := &connectorTest{connector: connector, fields: fields, patience: defaultPatience}
	if options != nil {
		c.options = *options
	}
	c.sample = sync.OnceValues(c.newSample)
	c.keys = sync.OnceValues(func() (warehouse.KeyPair, error) { return newKeys(c.connector) })
	c.probes = sync.OnceValues(c.runProbes)
	return c
}

// A sample is a connection of the given fields.
type sample struct {
	service    *warehouse.Service
	connection warehouse.Connection
}

var sampleCaller = warehouse.Caller{Organisation: "the suite's"}

// newSample creates the connection, and returns FieldErrors where the fields are wrong.
func (c *connectorTest) newSample() (*sample, error) {
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"sample": c.connector})
	if err != nil {
		return nil, err
	}
	service, err := warehouse.NewService(NewStore(), NewSealer(), connectors, nil)
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
		return nil, fmt.Errorf("the fields are no JSON object: %w", err)
	}
	return members, nil
}

// configOf decodes fields as the service does, but for what is wrong with them.
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

// newKeys returns a pair from a connector that makes them.
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
	members, _ := membersOf(fields) // an earlier rule is about that
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

// shortestSample is how long the value of a sensitive field must be for it to be found by chance nowhere.
const shortestSample = 8

func checkSample(_ context.Context, c *connectorTest) error {
	members, err := membersOf(c.fields)
	if err != nil {
		return err
	}
	for _, name := range c.connector.SensitiveFields() {
		if raw := bytes.Trim(members[name], `"`); len(raw) < shortestSample {
			return fmt.Errorf("they give the sensitive field %q no value of at least %d characters", name, shortestSample)
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
			return fmt.Errorf("Config returns %s once and %s another time", before, again)
		}
		overwrite(reflect.ValueOf(config).Elem())
	}
	return nil
}

// overwrite empties what a struct's slices hold, as an owner of it may.
func overwrite(v reflect.Value) {
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
		what    string
		members warehouse.Fields
	}{{"the given fields", given}, {"the config that is shown", shown}} {
		kept, err := s.service.Replace(ctx, sampleCaller, s.connection.ID, source.members)
		if err := s.unchanged(kept, err, "replaced by "+source.what); err != nil {
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
			if err := s.unchanged(kept, err, fmt.Sprintf("updated with the field %q of %s", name, source.what)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sample) unchanged(kept warehouse.Connection, err error, doing string) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s, the connection answers: %w", doing, err)
	case kept.Revision != s.connection.Revision:
		return fmt.Errorf("%s, the connection changes: its config was %s and is %s", doing, s.connection.Config, kept.Config)
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
	ended, cancel := context.WithCancel(ctx)
	cancel()
	return together(16, func() error {
		config, err := configOf(c.connector, c.fields)
		if err != nil {
			return err
		}
		if _, err := c.connector.SetupScript(config, keys.PublicKey); err != nil {
			return fmt.Errorf("SetupScript fails: %w", err)
		}
		_, _ = c.connector.Probe(ended, warehouse.NewTarget("the suite's", s.connection.ID, config, keys))
		c.connector.SensitiveFields()
		return nil
	})
}

// together calls do from n goroutines, and returns the first error or panic.
func together(n int, do func() error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("it panicked: %v", p)
				}
			}()
			errs[i] = do()
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// quote cuts long texts, so that a failure stays readable.
func quote(text string) string {
	const most = 200
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
