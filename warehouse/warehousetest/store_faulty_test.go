package warehousetest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestFaultyStore(t *testing.T) {
	t.Parallel()
	warehousetest.TestStore(t, func(*testing.T) warehouse.Store {
		return &warehousetest.FaultyStore{Store: warehousetest.NewStore()}
	})
}

func TestFaultyStoreFails(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	row := warehouse.Row{
		Connection: warehouse.Connection{ID: "wc_1", Organisation: "acme", Revision: 1, CreatedAt: time.Now()},
		Sealed:     []byte("sealed"),
	}
	second := func(_ context.Context, call warehousetest.StoreCall) error {
		if call.N == 2 {
			return lost
		}
		return nil
	}
	for _, test := range []struct {
		name   string
		faulty *warehousetest.FaultyStore
		stored int
	}{
		{"before", &warehousetest.FaultyStore{Before: second}, 0},
		{"after", &warehousetest.FaultyStore{After: second}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.faulty.Store = warehousetest.NewStore()
			if listed, err := test.faulty.List(t.Context(), "acme"); len(listed) != 0 || err != nil {
				t.Fatalf("List = %v, %v", listed, err)
			}
			if err := test.faulty.Create(t.Context(), row); !errors.Is(err, lost) {
				t.Fatalf("Create = %v, want %v", err, lost)
			}
			if listed, err := test.faulty.List(t.Context(), "acme"); len(listed) != test.stored || err != nil {
				t.Fatalf("List = %v, %v, want %d connections", listed, err, test.stored)
			}
			if got := test.faulty.Calls(); got != 3 {
				t.Errorf("Calls = %d, want 3", got)
			}
		})
	}
}

func TestFaultyStoreCalls(t *testing.T) {
	t.Parallel()
	var methods []string
	faulty := &warehousetest.FaultyStore{
		Store: warehousetest.NewStore(),
		Before: func(_ context.Context, call warehousetest.StoreCall) error {
			methods = append(methods, call.Method)
			return errors.New("no")
		},
	}
	ctx := t.Context()
	calls := map[string]func() error{
		"List":       func() error { _, err := faulty.List(ctx, "acme"); return err },
		"Get":        func() error { _, err := faulty.Get(ctx, "acme", "wc_1"); return err },
		"Create":     func() error { return faulty.Create(ctx, warehouse.Row{}) },
		"Update":     func() error { return faulty.Update(ctx, warehouse.Row{}) },
		"RecordTest": func() error { return faulty.RecordTest(ctx, warehouse.Row{}, warehouse.TestResult{}) },
		"Delete":     func() error { return faulty.Delete(ctx, "acme", "wc_1") },
		"Page":       func() error { _, err := faulty.Page(ctx, "", 1); return err },
		"Reseal":     func() error { return faulty.Reseal(ctx, "acme", "wc_1", nil, nil) },
	}
	for method, call := range calls {
		methods = nil
		if err := call(); err == nil || len(methods) != 1 || methods[0] != method {
			t.Errorf("%s called Before with %v and returned %v", method, methods, err)
		}
	}
}
