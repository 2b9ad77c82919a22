package warehousetest

import (
	"context"
	"sync"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A StoreCall is one call of a [FaultyStore].
type StoreCall struct {
	Method       string // of [warehouse.Store], for example "Get"
	Organisation string // empty for Page, which returns the rows of all organisations
	N            int    // counts the calls of all methods, from 1
}

// A FaultyStore is a store that fails or is slow on demand. Its methods may be called by any number of
// goroutines at once, but its fields must not change after its first use.
//
// To test that an action is done as a whole or not at all, run it once and count its calls with
// [FaultyStore.Calls], then run it once for each of these calls, with that call failing.
type FaultyStore struct {
	warehouse.Store // gets the calls

	// Before, if not nil, is called before each call. If it returns an error, the call returns that error
	// and is not made.
	Before func(ctx context.Context, call StoreCall) error

	// After, if not nil, is called after each call that succeeded. If it returns an error, the call returns
	// that error although it was made, as if the connection was lost after the commit.
	After func(ctx context.Context, call StoreCall) error

	mu    sync.Mutex
	calls int
}

var _ warehouse.Store = (*FaultyStore)(nil)

// Calls returns the number of calls so far, including those that failed.
func (f *FaultyStore) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// List implements [warehouse.Store].
func (f *FaultyStore) List(ctx context.Context, organisation string) ([]warehouse.Row, error) {
	return faulty(ctx, f, "List", organisation, func() ([]warehouse.Row, error) { return f.Store.List(ctx, organisation) })
}

// Get implements [warehouse.Store].
func (f *FaultyStore) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	return faulty(ctx, f, "Get", organisation, func() (warehouse.Row, error) { return f.Store.Get(ctx, organisation, id) })
}

// Create implements [warehouse.Store].
func (f *FaultyStore) Create(ctx context.Context, row warehouse.Row) error {
	return f.write(ctx, "Create", row.Organisation, func() error { return f.Store.Create(ctx, row) })
}

// Update implements [warehouse.Store].
func (f *FaultyStore) Update(ctx context.Context, row warehouse.Row) error {
	return f.write(ctx, "Update", row.Organisation, func() error { return f.Store.Update(ctx, row) })
}

// RecordTest implements [warehouse.Store].
func (f *FaultyStore) RecordTest(ctx context.Context, row warehouse.Row, result warehouse.TestResult) error {
	return f.write(ctx, "RecordTest", row.Organisation, func() error { return f.Store.RecordTest(ctx, row, result) })
}

// Delete implements [warehouse.Store].
func (f *FaultyStore) Delete(ctx context.Context, organisation, id string) error {
	return f.write(ctx, "Delete", organisation, func() error { return f.Store.Delete(ctx, organisation, id) })
}

// Page implements [warehouse.Store].
func (f *FaultyStore) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	return faulty(ctx, f, "Page", "", func() ([]warehouse.Row, error) { return f.Store.Page(ctx, after, limit) })
}

// Reseal implements [warehouse.Store].
func (f *FaultyStore) Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error {
	return f.write(ctx, "Reseal", organisation, func() error { return f.Store.Reseal(ctx, organisation, id, old, sealed) })
}

func (f *FaultyStore) write(ctx context.Context, method, organisation string, do func() error) error {
	_, err := faulty(ctx, f, method, organisation, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

func faulty[T any](ctx context.Context, f *FaultyStore, method, organisation string, do func() (T, error)) (T, error) {
	f.mu.Lock()
	f.calls++
	call := StoreCall{Method: method, Organisation: organisation, N: f.calls}
	f.mu.Unlock()

	var zero T
	if f.Before != nil {
		if err := f.Before(ctx, call); err != nil {
			return zero, err
		}
	}
	result, err := do()
	if err != nil || f.After == nil {
		return result, err
	}
	if err := f.After(ctx, call); err != nil {
		return zero, err
	}
	return result, nil
}
