package warehouse_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// Both texts are of control characters, whose escapes are six times as long.
func TestLogLinesAreShort(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	down := errors.New("the database is down" + strings.Repeat("\x01", 8<<20))
	h.store.Before = func(context.Context, warehousetest.StoreCall) error { return down }
	_, err := h.Get(t.Context(), ada, strings.Repeat("\x01", 1<<20))
	wantError(t, "Get", err, down)
	if log := h.log.String(); len(log) > 64<<10 || !strings.Contains(log, "the database is down") {
		t.Errorf("logged %d bytes, want at most 64 KiB: %.100s", len(log), log)
	}
}

func TestEventDeadline(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	h.store.Before = func(ctx context.Context, _ warehousetest.StoreCall) error { return ctx.Err() }
	_, err := h.List(ctx, ada)
	wantError(t, "List", err, context.DeadlineExceeded)
	if got := h.eventsOf("list"); len(got) != 1 || got[0].Outcome != warehouse.OutcomeError {
		t.Errorf("the events are %+v", got)
	}
	if log := h.log.String(); !strings.Contains(log, "context deadline exceeded") {
		t.Errorf("the log is %q", log)
	}
}
