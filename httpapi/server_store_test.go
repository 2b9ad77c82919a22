// A store that remembers what it was asked, and can be told to fail.

package httpapi_test

import (
	"context"
	"sync"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A watchedStore remembers which organisations it was asked for.
type watchedStore struct {
	warehouse.Store
	before func(method string) error

	mu    sync.Mutex
	asked []string // "method organisation"
}

func (s *watchedStore) enter(method, organisation string) error {
	s.mu.Lock()
	s.asked = append(s.asked, method+" "+organisation)
	s.mu.Unlock()
	if s.before != nil {
		return s.before(method)
	}
	return nil
}

// askedFor returns what was asked for since the last call.
func (s *watchedStore) askedFor() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func (s *watchedStore) List(ctx context.Context, organisation string) ([]warehouse.Connection, error) {
	if err := s.enter("List", organisation); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, organisation)
}

func (s *watchedStore) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	if err := s.enter("Get", organisation); err != nil {
		return warehouse.Row{}, err
	}
	return s.Store.Get(ctx, organisation, id)
}

func (s *watchedStore) Create(ctx context.Context, row warehouse.Row) error {
	if err := s.enter("Create", row.Organisation); err != nil {
		return err
	}
	return s.Store.Create(ctx, row)
}

func (s *watchedStore) Update(ctx context.Context, row warehouse.Row) error {
	if err := s.enter("Update", row.Organisation); err != nil {
		return err
	}
	return s.Store.Update(ctx, row)
}

func (s *watchedStore) RecordTest(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
	if err := s.enter("RecordTest", organisation); err != nil {
		return err
	}
	return s.Store.RecordTest(ctx, organisation, id, revision, result)
}

func (s *watchedStore) Delete(ctx context.Context, organisation, id string) error {
	if err := s.enter("Delete", organisation); err != nil {
		return err
	}
	return s.Store.Delete(ctx, organisation, id)
}

func (s *watchedStore) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	if err := s.enter("Page", "*"); err != nil {
		return nil, err
	}
	return s.Store.Page(ctx, after, limit)
}

func (s *watchedStore) Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error {
	if err := s.enter("Reseal", organisation); err != nil {
		return err
	}
	return s.Store.Reseal(ctx, organisation, id, old, sealed)
}

// rows returns all rows of all organisations.
func rows(t testing.TB, h *house) []warehouse.Row {
	t.Helper()
	all, err := h.store.Store.Page(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
