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
	store := func(method string) func(*once) plan {
		return func(o *once) plan {
			return plan{before: func(called string) error {
				if called == method {
					o.maybe()
				}
				return nil
			}}
		}
	}
	connector := func(set func(*warehousetest.Connector, *once)) func(*once) plan {
		return func(o *once) plan {
			c := newConnector()
			set(c, o)
			return plan{connector: c}
		}
	}
	for _, c := range []struct {
		name      string
		plan      func(*once) plan
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
		{"the sealer's Seal", func(o *once) plan {
			return plan{sealer: touchySealer{warehousetest.NewSealer(), o, new(once)}}
		}, create},
		{"the sealer's Open", func(o *once) plan {
			return plan{sealer: touchySealer{warehousetest.NewSealer(), new(once), o}}
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
		{"Authorize", func(o *once) plan {
			return plan{authorize: func(*http.Request, action) (caller, error) { o.maybe(); return ada, nil }}
		}, read},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := new(once)
			h := newHouse(t, c.plan(o))
			if c.operation != create {
				h.seed()
			}
			var operation struct{ id, method, path, body string }
			for _, candidate := range operations {
				if candidate.id == c.operation {
					operation = candidate
				}
			}
			o.armed.Store(true)
			got := h.send(operation.method, operation.path, operation.body)
			if got.status != 500 || got.body != bodyServerError {
				t.Errorf("the answer is %d %s", got.status, got.body)
			}
			log := h.log.String()
			if !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "stack=") || !strings.Contains(log, "panic_test.go") {
				t.Errorf("the log holds no stack: %s", log)
			}
			if told := fmt.Sprintf("%+v", h.told()); strings.Contains(log+told, secretInPanic) {
				t.Errorf("the panic's secret is told: %s %s", log, told)
			}
			if told := h.told(); c.name != "Authorize" && (len(told) != 1 || told[0].Outcome != warehouse.OutcomeError || told[0].Err == nil) {
				t.Errorf("the events are %+v", told)
			}
			if got := h.send(operation.method, operation.path, operation.body); got.status >= 400 {
				t.Errorf("the next request is answered %d %s", got.status, got.body)
			}
		})
	}
}

func TestAPanicInTheEventHookChangesNoAnswer(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		h := newHouse(t, plan{onEvent: func(warehouse.Event) { panic(secretInPanic) }})
		calm := newHouse(t, plan{})
		if o.id != "createConnection" {
			h.seed()
			calm.seed()
		}
		got, want := h.send(o.method, o.path, o.body), calm.send(o.method, o.path, o.body)
		if got.status != want.status || got.status >= 400 {
			t.Errorf("%s is answered %d, and without the panic %d", o.id, got.status, want.status)
		}
		if log := h.log.String(); !strings.Contains(log, "event hook") || !strings.Contains(log, "stack=") || strings.Contains(log, secretInPanic) {
			t.Errorf("%s: the log is %s", o.id, log)
		}
	}
}

func TestTheRuntimesOwnPanicsAreLoggedInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{authorize: func(r *http.Request, _ action) (caller, error) {
		var sessions map[string]*caller
		return *sessions[r.Header.Get("Cookie")], nil
	}})
	if got := h.send("GET", "/", ""); got.status != 500 {
		t.Errorf("the answer is %d", got.status)
	}
	if log := h.log.String(); !strings.Contains(log, "nil pointer dereference") {
		t.Errorf("the log is %s", log)
	}
}

func TestAnAbortedRequestStaysAborted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{authorize: func(*http.Request, action) (caller, error) { panic(http.ErrAbortHandler) }})
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("the panic was %v", p)
		}
	}()
	h.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", mount, nil))
	t.Error("the handler returned")
}

func TestARowThatDoesNotEncodeIsA500ThatIsLogged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{})
	row := h.seed()
	row.Config = []byte(`{"account_identifier":`)
	if err := h.store.Store.Update(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	got := h.send("GET", "/wc_abc123/", "")
	if got.status != 500 || got.body != bodyServerError {
		t.Errorf("the answer is %d %s", got.status, got.body)
	}
	if !strings.Contains(h.log.String(), "encode the response") {
		t.Errorf("the log is %q", h.log.String())
	}
}

func TestTheCauseOfA500GoesToTheLogAndTheEventHook(t *testing.T) {
	t.Parallel()
	h := newHouse(t, failing())
	for _, o := range operations {
		got := h.send(o.method, o.path, o.body)
		if got.status != 500 || strings.Contains(got.body, "database") {
			t.Errorf("%s is answered %d %s", o.id, got.status, got.body)
		}
	}
	told := h.told()
	if len(told) != len(operations) || strings.Count(h.log.String(), "the database is down") != len(operations) {
		t.Errorf("of %d failures %d were told, and the log is %s", len(operations), len(told), h.log.String())
	}
	for _, e := range told {
		if e.Outcome != warehouse.OutcomeError || !strings.Contains(fmt.Sprint(e.Err), "the database is down") {
			t.Errorf("the event is %+v", e)
		}
	}
}
