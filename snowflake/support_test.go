package snowflake_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

// slowTests runs subtests that wait for a deadline at the same time, regardless of -parallel.
type slowTests struct{ all sync.WaitGroup }

// run runs a subtest on an account: immediately if it is slow, and as a parallel subtest otherwise.
func (w *slowTests) run(t *testing.T, name string, slow bool, make func(t *testing.T) *account, test func(t *testing.T, c *account)) {
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

// longDeadline is the default of a probe. No test waits for it.
const longDeadline = 4500 * time.Millisecond

// An account is a Snowflake account of the test server, and the connection to it.
type account struct {
	server    *snowflaketest.Server
	connector *snowflake.Connector
	config    *snowflake.Config
	keys      warehouse.KeyPair
	log       *logBuffer
}

// newAccount returns an account before setup. options change those of the connector.
func newAccount(t testing.TB, options ...func(*snowflake.Options)) *account {
	t.Helper()
	server := snowflaketest.New()
	t.Cleanup(server.Close)
	server.SetArrow(true)
	server.SetAsync(func() int { return max(0, rand.IntN(5)-2) }) // some results take a second request, or a third
	c := &account{server: server, keys: testKeys(), log: new(logBuffer)}
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

// newSetUpAccount returns an account after the setup script.
func newSetUpAccount(t testing.TB, options ...func(*snowflake.Options)) *account {
	t.Helper()
	c := newAccount(t, options...)
	c.run(t, c.setup(t))
	return c
}

// withOddNames gives every object a name that needs quotes in SQL.
func (c *account) withOddNames(t testing.TB) *account {
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

func (c *account) setup(t testing.TB) string {
	t.Helper()
	script, err := c.connector.SetupScript(c.config, c.keys.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// run runs a script as ACCOUNTADMIN.
func (c *account) run(t testing.TB, script string) []snowflaketest.Result {
	t.Helper()
	results, err := c.server.Run(script)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func (c *account) target() warehouse.Target {
	return warehouse.NewTarget("8", "wc_test", c.config, c.keys)
}

// probe tests the connection.
func (c *account) probe(t testing.TB, within time.Duration) ([]warehouse.StepResult, *warehouse.ProbeError) {
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

// checkServerError checks that a failure on our side, and no other, is logged in one line with its cause, and
// clears the log.
func (c *account) checkServerError(t testing.TB, failure *warehouse.ProbeError) {
	t.Helper()
	lines := c.log.take()
	if failure.Code != warehouse.CodeServerError {
		if len(lines) > 0 {
			t.Errorf("log lines: %q", lines)
		}
		return
	}
	const begin = `level=ERROR msg="snowflake: probe failed for a reason on our side" connection=wc_test error=`
	if len(lines) != 1 || !strings.Contains(lines[0], begin) || strings.Contains(lines[0], "secret") || failure.Fix != "" {
		t.Errorf("fix %q, log lines: %q", failure.Fix, lines)
		return
	}
	inner := failure
	for errors.As(inner.Err, &inner) { // RunSteps wraps the error of a step
	}
	if _, cause, _ := strings.Cut(lines[0], begin); cause != inner.Err.Error() && cause != strconv.Quote(inner.Err.Error()) {
		t.Errorf("the log has the cause %s, the error %q", cause, inner.Err)
	}
}

// mustPass fails t unless a probe passes.
func (c *account) mustPass(t testing.TB) {
	t.Helper()
	if _, failure := c.probe(t, longDeadline); failure != nil {
		t.Fatalf("the probe failed: %s: %s", failure.Code, failure.Message)
	}
}

// testKeys is one pair for all tests, since generating one is slow.
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

// A logBuffer collects log lines.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSuffix(l.buf.String(), "\n"), "\n")[:strings.Count(l.buf.String(), "\n")]
}

// take returns the lines and removes them.
func (l *logBuffer) take() []string {
	lines := l.lines()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
	return lines
}

// steps returns the status of each step.
func steps(r []warehouse.StepResult) map[string]warehouse.StepStatus {
	sum := make(map[string]warehouse.StepStatus)
	for _, s := range r {
		sum[s.Name] = s.Status
	}
	return sum
}
