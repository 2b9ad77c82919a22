// A store that fails on command.

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

// FaultyStore is a store that fails or is slow on command, around one that works. Its methods may be
// called by any number of goroutines at once; its fields must not change meanwhile.
//
// To see that an action does nothing half, let it run once and ask [FaultyStore.Calls] how many calls it
// took; then let it run anew for each of them, with that call failing.
type FaultyStore struct {
	warehouse.Store // the one that works

	// Before is called before each call is made; to be slow, it waits. If it returns an error, that is
	// the answer and the call is not made. If nil, every call is made.
	Before func(ctx context.Context, call StoreCall) error

	// After is called after a call that succeeded. If it returns an error, that is the answer although
	// the call was made: a connection that is lost between a commit and its answer. If nil, calls
	// answer what they answered.
	After func(ctx context.Context, call StoreCall) error

	mu    sync.Mutex
	calls int
}

var _ warehouse.Store = (*FaultyStore)(nil)

// Calls returns how many calls were asked for so far, those that failed included.
func (f *FaultyStore) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// List implements [warehouse.Store].
func (f *FaultyStore) List(ctx context.Context, organisation string) ([]warehouse.Connection, error) {
	return faulty(ctx, f, "List", organisation, func() ([]warehouse.Connection, error) { return f.Store.List(ctx, organisation) })
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
func (f *FaultyStore) RecordTest(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
	return f.write(ctx, "RecordTest", organisation, func() error { return f.Store.RecordTest(ctx, organisation, id, revision, result) })
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

	var none T
	if f.Before != nil {
		if err := f.Before(ctx, call); err != nil {
			return none, err
		}
	}
	result, err := do()
	if err != nil || f.After == nil {
		return result, err
	}
	if err := f.After(ctx, call); err != nil {
		return none, err
	}
	return result, nil
}
