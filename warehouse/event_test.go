package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

var sameText = cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })

func TestEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		errDown := errors.New("the database is down")
		fail := false
		fake := &warehousetest.Connector{ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			time.Sleep(time.Second)
			if fail {
				return nil, &warehouse.ProbeError{Code: warehouse.CodeUserLocked, Message: "m"}
			}
			return nil, nil
		}}
		h := newFixture(t, fake, nil)
		ctx := t.Context()
		step := func(want warehouse.Event) {
			t.Helper()
			h.mu.Lock()
			defer h.mu.Unlock()
			if len(h.events) != 1 {
				t.Fatalf("%d events were told, want 1: %+v", len(h.events), h.events)
			}
			want.Organisation, want.Actor = ada.Organisation, ada.Actor
			if diff := cmp.Diff(want, h.events[0], sameText); diff != "" {
				t.Errorf("(-want +told):\n%s", diff)
			}
			h.events = nil
		}

		_, _ = h.List(ctx, ada)
		step(warehouse.Event{Action: "list", Outcome: "done"})
		_, err := h.Create(ctx, ada, fields(t, `{"type":"other"}`))
		step(warehouse.Event{Action: "create", Outcome: "refused", Err: err})
		_, err = h.Create(ctx, ada, fields(t, `{"type":"fake"}`))
		step(warehouse.Event{Action: "create", Outcome: "refused", Type: "fake", Err: err})
		c := h.created(`{"type":"fake","account":"a"}`)
		about := func(e warehouse.Event) warehouse.Event {
			e.ConnectionID, e.Type = c.ID, "fake"
			if e.Revision == 0 {
				e.Revision = 1
			}
			return e
		}
		step(about(warehouse.Event{Action: "create", Outcome: "done"}))
		_, _ = h.Create(ctx, ada, fields(t, `{"type":"fake","account":"a"}`))
		step(warehouse.Event{Action: "create", Outcome: "refused", Type: "fake", Err: &warehouse.ExistsError{ID: c.ID}})
		_, _ = h.List(ctx, ada)
		step(about(warehouse.Event{Action: "list", Outcome: "done"}))
		_, _ = h.Get(ctx, ada, c.ID)
		step(about(warehouse.Event{Action: "read", Outcome: "done"}))
		_, _ = h.Get(ctx, ada, "wc_other")
		step(warehouse.Event{Action: "read", Outcome: "refused", ConnectionID: "wc_other", Err: warehouse.ErrNotFound})
		_, _ = h.Test(ctx, ada, c.ID)
		step(about(warehouse.Event{Action: "test", Outcome: "done", Duration: time.Second}))
		fail = true
		_, _ = h.Test(ctx, ada, c.ID)
		step(about(warehouse.Event{Action: "test", Outcome: "failed", Duration: time.Second, Code: "user_locked"}))
		_, _ = h.Update(ctx, ada, c.ID, fields(t, `{}`))
		step(about(warehouse.Event{Action: "update", Outcome: "done"}))
		_, err = h.Update(ctx, ada, c.ID, fields(t, `{"x":1}`))
		step(about(warehouse.Event{Action: "update", Outcome: "refused", Err: err}))
		_, _ = h.Update(ctx, ada, c.ID, fields(t, `{"database":"D"}`))
		step(about(warehouse.Event{Action: "update", Outcome: "done", Revision: 2, Changed: []string{"database"}}))
		_, _ = h.Update(ctx, ada, c.ID, fields(t, `{"password":"correct horse","database":"C"}`))
		step(about(warehouse.Event{Action: "update", Outcome: "done", Revision: 3, Changed: []string{"database", "password"}}))
		_, _ = h.Replace(ctx, ada, c.ID, fields(t, `{"database":"E"}`))
		step(about(warehouse.Event{Action: "update", Outcome: "done", Revision: 4, Changed: []string{"database"}}))

		if h.log.String() != "" {
			t.Errorf("what the caller was told is logged too: %s", h.log)
		}
		h.store.Before = func(context.Context, warehousetest.StoreCall) error { return errDown }
		for action, act := range map[warehouse.Action]func() error{
			"list":   func() error { _, err := h.List(ctx, ada); return err },
			"read":   func() error { _, err := h.Get(ctx, ada, c.ID); return err },
			"create": func() error { _, err := h.Create(ctx, ada, fields(t, `{"type":"fake","account":"a"}`)); return err },
			"update": func() error { _, err := h.Update(ctx, ada, c.ID, nil); return err },
			"test":   func() error { _, err := h.Test(ctx, ada, c.ID); return err },
			"delete": func() error { return h.Delete(ctx, ada, c.ID) },
		} {
			wantError(t, string(action), act(), errDown)
			want := warehouse.Event{Action: action, Outcome: "error", Err: errDown}
			switch action {
			case "create":
				want.Type = "fake"
			case "read", "update", "test", "delete":
				want.ConnectionID = c.ID
			}
			step(want)
			if log := h.log.String(); !strings.Contains(log, `"msg":"warehouse: `+string(action)+` failed"`) || !strings.Contains(log, "the database is down") {
				t.Errorf("%s: the log is %s", action, log)
			}
		}
		h.store.Before = nil
		if err := h.Delete(ctx, ada, c.ID); err != nil {
			t.Fatal(err)
		}
		step(about(warehouse.Event{Action: "delete", Outcome: "done", Revision: 4}))
		_ = h.Delete(ctx, ada, c.ID)
		step(warehouse.Event{Action: "delete", Outcome: "refused", ConnectionID: c.ID, Err: warehouse.ErrNotFound})

		_, err = h.List(ctx, warehouse.Caller{Actor: "x"})
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.events) != 1 || h.events[0].Outcome != warehouse.OutcomeError || h.events[0].Err != err || h.events[0].Actor != "x" {
			t.Errorf("a caller without an organisation was told as %+v", h.events)
		}
	})
}

func TestEventAbandoned(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	c := h.created(`{"type":"fake","account":"a"}`)
	ctx, cancel := context.WithCancel(t.Context())
	h.store.Before = func(ctx context.Context, call warehousetest.StoreCall) error {
		if call.Method == "Update" {
			cancel()
		}
		return ctx.Err()
	}
	_, err := h.Update(ctx, ada, c.ID, fields(t, `{"database":"D"}`))
	wantError(t, "Update", err, context.Canceled)
	if got := h.eventsOf("update"); len(got) != 1 || got[0].Outcome != warehouse.OutcomeAbandoned || got[0].Revision != 1 {
		t.Errorf("the events are %+v", got)
	}
	// The caller is there, and the context that ended is the database's own.
	h.store.Before = func(context.Context, warehousetest.StoreCall) error { return context.DeadlineExceeded }
	_, err = h.Get(t.Context(), ada, c.ID)
	wantError(t, "Get", err, context.DeadlineExceeded)
	if got := h.eventsOf("read"); len(got) != 1 || got[0].Outcome != warehouse.OutcomeError {
		t.Errorf("the events are %+v", got)
	}
}

func TestEventContextLives(t *testing.T) {
	t.Parallel()
	type key struct{}
	seen := 0
	h := newFixture(t, &warehousetest.Connector{}, func(o *warehouse.Options) {
		o.OnEvent = func(ctx context.Context, e warehouse.Event) {
			seen++
			if _, limited := ctx.Deadline(); ctx.Err() != nil || limited || ctx.Value(key{}) != "request" {
				t.Errorf("%s: the context has the error %v, a deadline: %v, the value %v", e.Action, ctx.Err(), limited, ctx.Value(key{}))
			}
		}
	})
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "request"), time.Hour)
	c, err := h.Create(ctx, ada, fields(t, `{"type":"fake","account":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_, _ = h.List(ctx, ada)
	_, _ = h.Get(ctx, ada, c.ID)
	_, _ = h.Update(ctx, ada, c.ID, fields(t, `{"database":"D"}`))
	_, _ = h.Test(ctx, ada, c.ID)
	_, _ = h.TeardownScript(ctx, ada, c.ID)
	_, _, _ = h.OpenDB(ctx, ada)
	_ = h.Delete(ctx, ada, c.ID)
	if seen != 8 {
		t.Errorf("%d events arrived, want 8", seen)
	}
}

func TestEventHookCallsService(t *testing.T) {
	t.Parallel()
	var h *fixture
	told := 0
	h = newFixture(t, &warehousetest.Connector{}, func(o *warehouse.Options) {
		o.OnEvent = func(ctx context.Context, e warehouse.Event) {
			told++
			if e.Action == warehouse.ActionList {
				return
			}
			if _, err := h.List(ctx, warehouse.Caller{Organisation: e.Organisation}); err != nil {
				t.Error(err)
			}
		}
	})
	c := h.created(`{"type":"fake","account":"a"}`)
	if told != 2 {
		t.Errorf("%d events were told when the answer was out, want 2", told)
	}
	if _, err := h.Test(t.Context(), ada, c.ID); err != nil || told != 4 {
		t.Errorf("%d events were told, want 4 (error %v)", told, err)
	}
}

func TestServerErrorEvent(t *testing.T) {
	t.Parallel()
	errProxy := errors.New("proxy.internal refused the connection")
	for name, test := range map[string]struct {
		failure error
		want    string
	}{
		"with a cause": {
			&warehouse.ProbeError{Code: warehouse.CodeServerError, Message: "The proxy on our side could not be reached.", Err: errProxy},
			"proxy.internal refused the connection",
		},
		"of a step": {
			&warehouse.ProbeError{Step: "s", Code: warehouse.CodeServerError, Message: "m", Err: &warehouse.ProbeError{Code: warehouse.CodeServerError, Message: "m", Err: errProxy}},
			"proxy.internal refused the connection",
		},
		"with a message alone": {&warehouse.ProbeError{Code: warehouse.CodeServerError, Message: "The proxy is down."}, "The proxy is down."},
		"with the secret": {
			&warehouse.ProbeError{Code: warehouse.CodeServerError, Message: "m", Err: errors.New("cannot send hunter22")}, "cannot send [redacted]",
		},
		"another code": {&warehouse.ProbeError{Code: warehouse.CodeUserLocked, Message: "m", Err: errProxy}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, &warehousetest.Connector{ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return nil, test.failure
			}}, nil)
			c := h.created(`{"type":"fake","account":"a","password":"hunter22"}`)
			h.mu.Lock()
			h.events = nil
			h.mu.Unlock()
			if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
				t.Fatal(err)
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			event := h.events[0]
			got := ""
			if event.Err != nil {
				got = event.Err.Error()
			}
			if event.Outcome != warehouse.OutcomeFailed || got != test.want {
				t.Errorf("the event has outcome %s and error %q, want %q", event.Outcome, got, test.want)
			}
		})
	}
}
