package snowflake

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/warehouse"
)

// An oddDriver is a session whose method at the given point misbehaves.
type oddDriver struct {
	at  string
	odd func()
}

func (d *oddDriver) meet(at string) {
	if d.at == at {
		d.odd()
	}
}

func (d *oddDriver) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	d.meet("query")
	return oddRows{d}, nil
}

func (d *oddDriver) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	d.meet("list")
	return driver.ResultNoRows, nil
}

func (d *oddDriver) Close() error                        { d.meet("close"); return nil }
func (d *oddDriver) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (d *oddDriver) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }

type oddRows struct{ driver *oddDriver }

func (oddRows) Columns() []string { return make([]string, 5) }
func (oddRows) Close() error      { return nil }

func (r oddRows) Next(dest []driver.Value) error {
	r.driver.meet("next")
	for i, v := range []string{"1", "FLAGSMITH_LOADER", "COMPUTE_WH", "FLAGSMITH", "ANALYTICS"} {
		dest[i] = v
	}
	return nil
}

func TestDriverIsContained(t *testing.T) {
	t.Parallel()
	c, err := New(&Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1, Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	keys, err := c.NewKeyPair(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	odd := map[string]func(release <-chan struct{}){
		"panics":          func(<-chan struct{}) { panic("secret") },
		"panics with nil": func(<-chan struct{}) { var p *probe; p.connection = "" },
		"exits":           func(<-chan struct{}) { runtime.Goexit() },
		"does not return": func(release <-chan struct{}) { <-release },
	}
	for _, at := range []string{"login", "query", "next", "list", "close"} {
		for name, behave := range odd {
			t.Run(at+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					release := make(chan struct{})
					defer close(release)
					var log lockedBuffer
					connector := *c
					connector.log = slog.New(slog.NewTextHandler(&log, nil))
					connector.open = func(context.Context, gosnowflake.Config, http.RoundTripper, time.Duration) (driver.Conn, error) {
						d := &oddDriver{at, func() { behave(release) }}
						d.meet("login")
						return d, nil
					}
					config := connector.Config().(*Config)
					config.AccountIdentifier = "xy12345"
					const within = time.Second
					ctx, cancel := context.WithTimeout(t.Context(), within)
					defer cancel()
					steps, err := connector.Probe(ctx, warehouse.NewTarget("8", "wc_test", config, keys))
					if ctx.Err() != nil {
						t.Error("the probe ended after its deadline")
					}
					if len(steps) != 3 {
						t.Errorf("the steps are %v", steps)
					}
					if strings.Contains(log.String(), "secret") {
						t.Errorf("the log has the panic's text: %s", log.String())
					}
					if at == "close" {
						if err != nil {
							t.Errorf("Probe = %v", err)
						}
						if !strings.Contains(log.String(), "a session was not closed") {
							t.Errorf("log: %s", log.String())
						}
						return
					}
					want := warehouse.CodeUnexpectedResponse
					if name == "does not return" {
						want = warehouse.CodeTimeout
					}
					failure, ok := errors.AsType[*warehouse.ProbeError](err)
					if !ok || failure.Code != want {
						t.Errorf("Probe = %v, want the code %s", err, want)
					}
				})
			})
		}
	}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*lockedBuffer)(nil)

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
