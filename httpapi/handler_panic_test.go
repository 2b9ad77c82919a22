// Panics of what a host plugs in.

package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// secretInPanic is what the panics of these tests hold.
const secretInPanic = "a-secret-that-a-panic-holds"

// once panics the first time that it is called after it was armed.
type once struct{ armed atomic.Bool }

func (o *once) maybe() {
	if o.armed.Swap(false) {
		panic(fmt.Errorf("unexpected %s", secretInPanic))
	}
}

// touchySealer panics in one of its methods.
type touchySealer struct {
	warehouse.Sealer
	seal, open *once
}

func (s touchySealer) Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	s.seal.maybe()
	return s.Sealer.Seal(ctx, plaintext, associatedData)
}

func (s touchySealer) Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error) {
	s.open.maybe()
	return s.Sealer.Open(ctx, sealed, associatedData)
}

func TestAPanicBecomesA500AndTheNextRequestWorks(t *testing.T) {
	t.Parallel()
	const (
		create = "createConnection"
		read   = "getConnection"
		update = "updateConnection"
		test   = "testConnection"
	)
	store := func(method string) func(*once) options {
		return func(o *once) options {
			return options{beforeStore: func(called string) error {
				if called == method {
					o.maybe()
				}
				return nil
			}}
		}
	}
	connector := func(set func(*warehousetest.Connector, *once)) func(*once) options {
		return func(o *once) options {
			c := newConnector()
			set(c, o)
			return options{connector: c}
		}
	}
	for _, c := range []struct {
		name      string
		options   func(*once) options
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
		{"the sealer's Seal", func(o *once) options {
			return options{sealer: touchySealer{warehousetest.NewSealer(), o, new(once)}}
		}, create},
		{"the sealer's Open", func(o *once) options {
			return options{sealer: touchySealer{warehousetest.NewSealer(), new(once), o}}
		}, test},
		{"the connector's Probe", connector(func(c *warehousetest.Connector, o *once) {
			c.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				o.maybe()
				return steps(nil, nil, nil)(ctx, target)
			}
		}), test},
		{"the connector's NewKeyPair", connector(func(c *warehousetest.Connector, o *once) {
			make := c.NewKeyPairFunc
			c.NewKeyPairFunc = func(ctx context.Context) (warehouse.KeyPair, error) { o.maybe(); return make(ctx) }
		}), create},
		{"the connector's SetupScript", connector(func(c *warehousetest.Connector, o *once) {
			c.SetupScriptFunc = func(any, string) (string, error) { o.maybe(); return setupScript, nil }
		}), update},
		{"the connector's Config", connector(func(c *warehousetest.Connector, o *once) {
			fresh := c.ConfigFunc
			c.ConfigFunc = func() any { o.maybe(); return fresh() }
		}), update},
		{"Authorize", func(o *once) options {
			return options{authorize: func(*http.Request, action) (caller, error) { o.maybe(); return ada, nil }}
		}, read},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := new(once)
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
			if got.status != 500 || got.body != bodyServerError {
				t.Errorf("the answer is %d %s", got.status, got.body)
			}
			log := s.log.String()
			if !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "stack=") || !strings.Contains(log, "panic_test.go") {
				t.Errorf("the log holds no stack: %s", log)
			}
			if told := fmt.Sprintf("%+v", s.recordedEvents()); strings.Contains(log+told, secretInPanic) {
				t.Errorf("the panic's secret is told: %s %s", log, told)
			}
			if told := s.recordedEvents(); c.name != "Authorize" && (len(told) != 1 || told[0].Outcome != warehouse.OutcomeError || told[0].Err == nil) {
				t.Errorf("the events are %+v", told)
			}
			if got := s.send(operation.method, operation.path, operation.body); got.status >= 400 {
				t.Errorf("the next request is answered %d %s", got.status, got.body)
			}
		})
	}
}

func TestAPanicInTheEventHookChangesNoAnswer(t *testing.T) {
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
			t.Errorf("%s is answered %d, and without the panic %d", o.id, got.status, want.status)
		}
		if log := s.log.String(); !strings.Contains(log, "event hook") || !strings.Contains(log, "stack=") || strings.Contains(log, secretInPanic) {
			t.Errorf("%s: the log is %s", o.id, log)
		}
	}
}

func TestTheRuntimesOwnPanicsAreLoggedInWords(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: func(r *http.Request, _ action) (caller, error) {
		var sessions map[string]*caller
		return *sessions[r.Header.Get("Cookie")], nil
	}})
	if got := s.send("GET", "/", ""); got.status != 500 {
		t.Errorf("the answer is %d", got.status)
	}
	if log := s.log.String(); !strings.Contains(log, "nil pointer dereference") {
		t.Errorf("the log is %s", log)
	}
}

func TestAnAbortedRequestStaysAborted(t *testing.T) {
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

func TestARowThatDoesNotEncodeIsA500ThatIsLogged(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	row := s.insert()
	row.Config = []byte(`{"account_identifier":`)
	if err := s.rows.Update(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	got := s.send("GET", "/wc_abc123/", "")
	if got.status != 500 || got.body != bodyServerError {
		t.Errorf("the answer is %d %s", got.status, got.body)
	}
	if !strings.Contains(s.log.String(), "encode the response") {
		t.Errorf("the log is %q", s.log.String())
	}
}

func TestTheCauseOfA500GoesToTheLogAndTheEventHook(t *testing.T) {
	t.Parallel()
	s := newServer(t, failing())
	for _, o := range operations {
		got := s.send(o.method, o.path, o.body)
		if got.status != 500 || strings.Contains(got.body, "database") {
			t.Errorf("%s is answered %d %s", o.id, got.status, got.body)
		}
	}
	told := s.recordedEvents()
	if len(told) != len(operations) || strings.Count(s.log.String(), "the database is down") != len(operations) {
		t.Errorf("of %d failures %d were told, and the log is %s", len(operations), len(told), s.log.String())
	}
	for _, e := range told {
		if e.Outcome != warehouse.OutcomeError || !strings.Contains(fmt.Sprint(e.Err), "the database is down") {
			t.Errorf("the event is %+v", e)
		}
	}
}
