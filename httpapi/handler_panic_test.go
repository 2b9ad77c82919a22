package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

const secretInPanic = "a-secret-that-a-panic-holds"

// A panicOnce panics at the first call of maybe after armed is set.
type panicOnce struct{ armed atomic.Bool }

func (o *panicOnce) maybe() {
	if o.armed.Swap(false) {
		panic(fmt.Errorf("unexpected %s", secretInPanic))
	}
}

// A panickingSealer panics in Seal or Open.
type panickingSealer struct {
	warehouse.Sealer
	seal, open *panicOnce
}

func (s panickingSealer) Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	s.seal.maybe()
	return s.Sealer.Seal(ctx, plaintext, associatedData)
}

func (s panickingSealer) Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error) {
	s.open.maybe()
	return s.Sealer.Open(ctx, sealed, associatedData)
}

func TestPanic(t *testing.T) {
	t.Parallel()
	const (
		create = "createConnection"
		read   = "getConnection"
		update = "updateConnection"
		test   = "testConnection"
	)
	store := func(method string) func(*panicOnce) options {
		return func(o *panicOnce) options {
			return options{beforeStore: func(called string) error {
				if called == method {
					o.maybe()
				}
				return nil
			}}
		}
	}
	connector := func(set func(*warehousetest.Connector, *panicOnce)) func(*panicOnce) options {
		return func(o *panicOnce) options {
			c := newConnector()
			set(c, o)
			return options{connector: c}
		}
	}
	for _, c := range []struct {
		name      string
		options   func(*panicOnce) options
		operation string
	}{
		{"the store's List", store("List"), "listConnections"},
		{"the store's List, of a create", store("List"), create},
		{"the store's Create", store("Create"), create},
		{"the store's Get", store("Get"), read},
		{"the store's Get, of a test", store("Get"), test},
		{"the store's Update", store("Update"), update},
		{"the store's Delete", store("Delete"), "deleteConnection"},
		{"the store's RecordTest", store("RecordTest"), test},
		{"the sealer's Seal", func(o *panicOnce) options {
			return options{sealer: panickingSealer{warehousetest.NewSealer(), o, new(panicOnce)}}
		}, create},
		{"the sealer's Open", func(o *panicOnce) options {
			return options{sealer: panickingSealer{warehousetest.NewSealer(), new(panicOnce), o}}
		}, test},
		{"the connector's Probe", connector(func(c *warehousetest.Connector, o *panicOnce) {
			c.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				o.maybe()
				return steps(nil, nil, nil)(ctx, target)
			}
		}), test},
		{"the connector's NewKeyPair", connector(func(c *warehousetest.Connector, o *panicOnce) {
			make := c.NewKeyPairFunc
			c.NewKeyPairFunc = func(ctx context.Context) (warehouse.KeyPair, error) { o.maybe(); return make(ctx) }
		}), create},
		{"the connector's SetupScript", connector(func(c *warehousetest.Connector, o *panicOnce) {
			c.SetupScriptFunc = func(any, string) (string, error) { o.maybe(); return setupScript, nil }
		}), update},
		{"the connector's Config", connector(func(c *warehousetest.Connector, o *panicOnce) {
			fresh := c.ConfigFunc
			c.ConfigFunc = func() any { o.maybe(); return fresh() }
		}), update},
		{"Authorize", func(o *panicOnce) options {
			return options{authorize: func(*http.Request, action) (caller, error) { o.maybe(); return ada, nil }}
		}, read},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := new(panicOnce)
			s := newServer(t, c.options(o))
			if c.operation != create {
				s.insert()
			}
			var operation struct{ id, method, path, body string }
			for _, candidate := range operations {
				if candidate.id == c.operation {
					operation = candidate
				}
			}
			o.armed.Store(true)
			got := s.send(operation.method, operation.path, operation.body)
			wantResponse(t, "response", got, 500, bodyServerError)
			log := s.log.String()
			if !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "stack=") || !strings.Contains(log, "panic_test.go") {
				t.Errorf("the log lacks a stack: %s", log)
			}
			if events := fmt.Sprintf("%+v", s.recordedEvents()); strings.Contains(log+events, secretInPanic) {
				t.Errorf("secret in the log or the events: %s %s", log, events)
			}
			if events := s.recordedEvents(); c.name != "Authorize" && (len(events) != 1 || events[0].Outcome != warehouse.OutcomeError || events[0].Err == nil) {
				t.Errorf("the events are %+v", events)
			}
			if got := s.send(operation.method, operation.path, operation.body); got.status >= 400 {
				t.Errorf("the next request got %d %s", got.status, got.body)
			}
		})
	}
}

func TestPanicInEventHook(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		s := newServer(t, options{onEvent: func(warehouse.Event) { panic(secretInPanic) }})
		calm := newServer(t, options{})
		if o.id != "createConnection" {
			s.insert()
			calm.insert()
		}
		got, want := s.send(o.method, o.path, o.body), calm.send(o.method, o.path, o.body)
		if got.status != want.status || got.status >= 400 {
			t.Errorf("%s got %d, and without the panic %d", o.id, got.status, want.status)
		}
		if log := s.log.String(); !strings.Contains(log, "event hook") || !strings.Contains(log, "stack=") || strings.Contains(log, secretInPanic) {
			t.Errorf("%s: the log is %s", o.id, log)
		}
	}
}

func TestRuntimePanicLogged(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: func(r *http.Request, _ action) (caller, error) {
		var sessions map[string]*caller
		return *sessions[r.Header.Get("Cookie")], nil
	}})
	if got := s.send("GET", "/", ""); got.status != 500 {
		t.Errorf("got %d", got.status)
	}
	if log := s.log.String(); !strings.Contains(log, "nil pointer dereference") {
		t.Errorf("the log is %s", log)
	}
}

func TestAbortHandler(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: func(*http.Request, action) (caller, error) { panic(http.ErrAbortHandler) }})
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("the panic was %v", p)
		}
	}()
	s.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", mount, nil))
	t.Error("the handler returned")
}

func TestResponseEncodeError(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	row := s.insert()
	row.Config = []byte(`{"account_identifier":`)
	if err := s.rows.Update(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	got := s.send("GET", "/wc_abc123/", "")
	wantResponse(t, "response", got, 500, bodyServerError)
	if !strings.Contains(s.log.String(), "encode the response") {
		t.Errorf("the log is %q", s.log.String())
	}
}

func TestCauseOf500(t *testing.T) {
	t.Parallel()
	s := newServer(t, storeDown())
	failures := 0
	for _, o := range operations {
		if o.path == "/types/" {
			continue // reads no row
		}
		failures++
		got := s.send(o.method, o.path, o.body)
		if got.status != 500 || strings.Contains(got.body, "database") {
			t.Errorf("%s got %d %s", o.id, got.status, got.body)
		}
	}
	events := s.recordedEvents()
	if len(events) != failures || strings.Count(s.log.String(), "the database is down") != failures {
		t.Errorf("%d failures, %d events, log: %s", failures, len(events), s.log.String())
	}
	for _, e := range events {
		if e.Outcome != warehouse.OutcomeError || !strings.Contains(fmt.Sprint(e.Err), "the database is down") {
			t.Errorf("the event is %+v", e)
		}
	}
}

func TestAuthorizeErrorIsCut(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: func(*http.Request, action) (caller, error) {
		return caller{}, errors.New("no session" + strings.Repeat("\x01", 8<<20))
	}})
	if got := s.send("GET", "/", ""); got.status != 500 {
		t.Errorf("got %d", got.status)
	}
	if log := s.log.String(); len(log) > 64<<10 || !strings.Contains(log, "no session") {
		t.Errorf("logged %d bytes, want at most 64 KiB: %.100s", len(log), log)
	}
}
