package warehousetest_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestNewServiceOptions(t *testing.T) {
	t.Parallel()
	var log warehousetest.Log
	var events []warehouse.Event
	store, sealer := warehousetest.NewStore(), warehousetest.NewSealer()
	options := &warehousetest.ServiceOptions{
		Store:      store,
		Sealer:     sealer,
		Connectors: map[string]warehouse.Connector{"other": &warehousetest.Connector{}},
		Options: warehouse.Options{
			Logger:  slog.New(slog.NewTextHandler(&log, nil)),
			OnEvent: func(_ context.Context, e warehouse.Event) { events = append(events, e) },
		},
	}
	service := warehousetest.NewService(t, &warehousetest.Connector{
		ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) { panic("oops") },
	}, options)
	c := create(t, service, warehouse.Fields{"account": []byte(`"acme"`)})
	if _, err := store.Get(t.Context(), caller.Organisation, c.ID); err != nil {
		t.Errorf("the store returns %v", err)
	}
	if _, err := service.Test(t.Context(), caller, c.ID); err == nil {
		t.Error("Test succeeded although the probe panics")
	}
	if len(events) != 2 || !strings.Contains(log.String(), "panic in probe") {
		t.Errorf("there are %d events, want 2, and the log is %q", len(events), &log)
	}

	// A second service finds the row of the first, but knows only the other type.
	others := warehousetest.NewService(t, nil, options)
	if _, err := others.Test(t.Context(), caller, c.ID); err == nil || !strings.Contains(err.Error(), "known are other") {
		t.Errorf("Test = %v, want an unknown type", err)
	}
}

func TestNewServiceShutsDown(t *testing.T) {
	t.Parallel()
	var ended atomic.Bool
	synctest.Test(t, func(t *testing.T) {
		service := warehousetest.NewService(t, &warehousetest.Connector{
			ProbeFunc: func(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
				<-ctx.Done() // the probe's deadline is after the end of the test
				ended.Store(true)
				return nil, ctx.Err()
			},
		}, nil)
		c := create(t, service, warehouse.Fields{"account": []byte(`"acme"`)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := service.Test(ctx, caller, c.ID); !errors.Is(err, context.DeadlineExceeded) || ended.Load() {
			t.Errorf("Test = %v", err)
		}
	})
	if !ended.Load() {
		t.Error("the probe outlived its test")
	}
}
