package warehouse_test

import (
	"context"
	"errors"
	"strings"
	"testing"

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
