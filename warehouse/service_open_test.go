package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	_, _, err := h.Open(t.Context(), ada)
	wantError(t, "Open without a connection", err, warehouse.ErrNotFound)
	c := h.created(`{"type":"fake","account":"a","password":"hunter2"}`)
	target, connection, err := h.Open(t.Context(), ada)
	if err != nil || connection.ID != c.ID {
		t.Fatalf("Open = %s, %v", connection.ID, err)
	}
	if got := target.Config().(*warehousetest.Config).Password; got != "hunter2" || string(target.Keys.PrivateKey()) != "private key 1" {
		t.Errorf("the target has the password %q and the key %q", got, target.Keys.PrivateKey())
	}
	if text := fmt.Sprintf("%v %+v %#v", target, target, target); strings.Contains(text, "hunter2") || strings.Contains(text, "private key 1") {
		t.Errorf("the target prints as %s", text)
	}
	if events := h.eventsOf(warehouse.ActionOpen); len(events) != 2 || events[1].ConnectionID != c.ID || events[1].Outcome != warehouse.OutcomeDone {
		t.Errorf("the events are %+v", events)
	}
}

type failingPages struct {
	warehouse.Store
	err error
}

func (s failingPages) Page(context.Context, string, int) ([]warehouse.Row, error) { return nil, s.err }

func TestAll(t *testing.T) {
	t.Parallel()
	const n = 205
	h := newFixture(t, &warehousetest.Connector{}, nil)
	ids := connect(t, h.Service, n)
	var got []string
	for c, err := range h.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.ID)
	}
	if fmt.Sprint(got) != fmt.Sprint(ids) {
		t.Errorf("All yielded %d connections, want %d, sorted", len(got), n)
	}
	for range h.All(t.Context()) {
		break
	}
	down := errors.New("the database is down")
	h.store.Store = failingPages{h.store.Store, down}
	for c, err := range h.All(t.Context()) {
		if !errors.Is(err, down) || c.ID != "" {
			t.Errorf("All yielded %s, %v", c.ID, err)
		}
	}
	events := h.eventsOf(warehouse.ActionAll)
	if len(events) != 3 || events[0].Outcome != warehouse.OutcomeDone || events[2].Outcome != warehouse.OutcomeError {
		t.Errorf("the events are %+v", events)
	}
}
