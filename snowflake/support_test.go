package snowflake_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

// A crowd runs subtests that wait for a deadline all at once, however few processors there are.
type crowd struct{ all sync.WaitGroup }

// run runs a subtest on a customer: beside the others of the crowd if it is slow, and otherwise in its
// turn. What is costly about making a customer comes before.
func (w *crowd) run(t *testing.T, name string, slow bool, make func(t *testing.T) *customer, test func(t *testing.T, c *customer)) {
	t.Helper()
	if !slow {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make(t))
		})
		return
	}
	c := make(t)
	w.all.Go(func() { t.Run(name, func(t *testing.T) { test(t, c) }) })
}

// longDeadline is the product's own: no test waits for it.
const longDeadline = 4500 * time.Millisecond

// A customer is one account, set up or not, and the connection to it.
type customer struct {
	server    *snowflaketest.Server
	connector *snowflake.Connector
	config    *snowflake.Config
	keys      warehouse.KeyPair
	log       *logged
}

// newCustomer returns one whose account is empty. Options may change the connector's.
func newCustomer(t testing.TB, options ...func(*snowflake.Options)) *customer {
	t.Helper()
	server := snowflaketest.New()
	t.Cleanup(server.Close)
	c := &customer{server: server, keys: testKeys(), log: new(logged)}
	o := &snowflake.Options{Product: "Flagsmith", KeyPool: -1, Endpoint: server.URL, Logger: slog.New(slog.NewTextHandler(c.log, nil))}
	for _, option := range options {
		option(o)
	}
	c.connector = newConnector(t, o)
	c.config = c.connector.Config().(*snowflake.Config)
	c.config.AccountIdentifier = "xy12345.us-east-1"
	return c
}

func newConnector(t testing.TB, o *snowflake.Options) *snowflake.Connector {
	t.Helper()
	connector, err := snowflake.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connector.Close() })
	return connector
}

// newConnected returns a customer whose administrator has run the setup script.
func newConnected(t testing.TB, options ...func(*snowflake.Options)) *customer {
	t.Helper()
	c := newCustomer(t, options...)
	c.run(t, c.setup(t))
	return c
}

// withOddNames gives every object a name that SQL takes only between quotes.
func (c *customer) withOddNames(t testing.TB) *customer {
	t.Helper()
	for _, name := range []struct {
		id   *snowflake.Identifier
		text string
	}{
		{&c.config.Warehouse, `"big & ""blue"""`},
		{&c.config.Database, `"it's a; database -- yes"`},
		{&c.config.Schema, `"scHema.1/*"`},
		{&c.config.Role, `"Löader \ role"`},
		{&c.config.User, `"sERVICE $$ user"`},
		{&c.config.Stage, `"my stage // <% x %>"`},
	} {
		if err := name.id.UnmarshalText([]byte(name.text)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *customer) setup(t testing.TB) string {
	t.Helper()
	script, err := c.connector.SetupScript(c.config, c.keys.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// run executes a script as the account's administrator.
func (c *customer) run(t testing.TB, script string) []snowflaketest.Result {
	t.Helper()
	results, err := c.server.Run(script)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func (c *customer) target() warehouse.Target {
	return warehouse.NewTarget("8", "wc_test", c.config, c.keys)
}

// probe tests the connection; a failure comes back as a ProbeError.
func (c *customer) probe(t testing.TB, within time.Duration) ([]warehouse.StepResult, *warehouse.ProbeError) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	report, err := c.connector.Probe(ctx, c.target())
	if err == nil {
		return report, nil
	}
	var failure *warehouse.ProbeError
	if !errors.As(err, &failure) {
		t.Fatalf("Probe returned a %T, not a *ProbeError: %v", err, err)
	}
	return report, failure
}

// mustPass tests the connection and fails t unless that passes.
func (c *customer) mustPass(t testing.TB) {
	t.Helper()
	if _, failure := c.probe(t, longDeadline); failure != nil {
		t.Fatalf("the probe failed: %s: %s", failure.Code, failure.Message)
	}
}

// testKeys is one pair for all tests, since making one takes a while.
var testKeys = sync.OnceValue(func() warehouse.KeyPair { return newKeys(2048) })

// otherKeys is another pair.
var otherKeys = sync.OnceValue(func() warehouse.KeyPair { return newKeys(2048) })

func newKeys(bits int) warehouse.KeyPair {
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: bits, KeyPool: -1})
	if err != nil {
		panic(err)
	}
	defer connector.Close()
	keys, err := connector.NewKeyPair(context.Background())
	if err != nil {
		panic(err)
	}
	return keys
}

// logged is what was logged, one record a line.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSuffix(l.buf.String(), "\n"), "\n")[:strings.Count(l.buf.String(), "\n")]
}

// steps sums a report up as the statuses of its steps.
func steps(r []warehouse.StepResult) map[string]warehouse.StepStatus {
	sum := make(map[string]warehouse.StepStatus)
	for _, s := range r {
		sum[s.Name] = s.Status
	}
	return sum
}
