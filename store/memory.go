// A store in memory.

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/warehousekit/warehousekit/warehouse"
)

// Memory is a [warehouse.Store] that forgets everything when the process ends. It is for tests and
// demonstrations: another replica sees none of its rows. Make one with [NewMemory].
type Memory struct {
	// The rows sit behind a function, which prints as an address under every verb: a redacting
	// method would not be called where a Memory sits in an unexported field.
	rows func() *memoryRows
}

var _ warehouse.Store = (*Memory)(nil)

type memoryRows struct {
	mu             sync.Mutex
	byOrganisation map[string]warehouse.Row // the key is what makes it one row each
	organisations  map[string]string        // by id, which is unique over all organisations
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	rows := &memoryRows{
		byOrganisation: make(map[string]warehouse.Row),
		organisations:  make(map[string]string),
	}
	return &Memory{rows: func() *memoryRows { return rows }}
}

// List implements [warehouse.Store].
func (m *Memory) List(ctx context.Context, organisation string) ([]warehouse.Connection, error) {
	if err := ended(ctx, "list connections"); err != nil {
		return nil, err
	}
	rows := m.rows()
	rows.mu.Lock()
	defer rows.mu.Unlock()
	row, found := rows.byOrganisation[organisation]
	if !found {
		return nil, nil
	}
	return []warehouse.Connection{clone(row).Connection}, nil
}

// Get implements [warehouse.Store].
func (m *Memory) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	var row warehouse.Row
	err := m.rows().with(ctx, "get a connection", organisation, id, func(stored *warehouse.Row) error {
		row = clone(*stored)
		return nil
	})
	return row, err
}

// Create implements [warehouse.Store].
func (m *Memory) Create(ctx context.Context, row warehouse.Row) error {
	if err := ended(ctx, "create a connection"); err != nil {
		return err
	}
	rows := m.rows()
	rows.mu.Lock()
	defer rows.mu.Unlock()
	if _, exists := rows.byOrganisation[row.Organisation]; exists {
		return warehouse.ErrExists
	}
	if _, exists := rows.organisations[row.ID]; exists {
		return errors.New("store: create a connection: its id is another organisation's")
	}
	rows.byOrganisation[row.Organisation] = clone(row)
	rows.organisations[row.ID] = row.Organisation
	return nil
}

// Update implements [warehouse.Store].
func (m *Memory) Update(ctx context.Context, row warehouse.Row) error {
	return m.rows().with(ctx, "update a connection", row.Organisation, row.ID, func(stored *warehouse.Row) error {
		if stored.Revision != row.Revision {
			return warehouse.ErrChanged
		}
		next := clone(row)
		stored.Config, stored.Preset = next.Config, next.Preset
		stored.SetupScript, stored.LastTest = next.SetupScript, next.LastTest
		if next.Sealed != nil {
			stored.Sealed = next.Sealed
		}
		stored.Revision++
		return nil
	})
}

// RecordTest implements [warehouse.Store].
func (m *Memory) RecordTest(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
	return m.rows().with(ctx, "record a test", organisation, id, func(stored *warehouse.Row) error {
		if stored.Revision != revision {
			return warehouse.ErrChanged
		}
		if stored.LastTest == nil || !stored.LastTest.TestedAt.After(result.TestedAt) {
			stored.LastTest = cloneResult(&result)
		}
		return nil
	})
}

// Delete implements [warehouse.Store].
func (m *Memory) Delete(ctx context.Context, organisation, id string) error {
	return m.rows().with(ctx, "delete a connection", organisation, id, func(stored *warehouse.Row) error {
		*stored = warehouse.Row{}
		return nil
	})
}

// Page implements [warehouse.Store]. A limit below 1 is an error, since a loop that ends at a short
// page would never end.
func (m *Memory) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	if err := ended(ctx, "walk the connections"); err != nil {
		return nil, err
	}
	if err := checkLimit(limit); err != nil {
		return nil, err
	}
	rows := m.rows()
	rows.mu.Lock()
	defer rows.mu.Unlock()
	var page []warehouse.Row
	for _, id := range slices.Sorted(maps.Keys(rows.organisations)) {
		if id > after && len(page) < limit {
			page = append(page, clone(rows.byOrganisation[rows.organisations[id]]))
		}
	}
	return page, nil
}

// Reseal implements [warehouse.Store].
func (m *Memory) Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error {
	return m.rows().with(ctx, "reseal a connection", organisation, id, func(stored *warehouse.Row) error {
		if !bytes.Equal(stored.Sealed, old) {
			return warehouse.ErrChanged
		}
		stored.Sealed = bytes.Clone(sealed)
		return nil
	})
}

// with calls do with the organisation's row of that id, which do may change, and remove by emptying it.
func (r *memoryRows) with(ctx context.Context, doing, organisation, id string, do func(*warehouse.Row) error) error {
	if err := ended(ctx, doing); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	row, found := r.byOrganisation[organisation]
	if !found || row.ID != id {
		return warehouse.ErrNotFound
	}
	if err := do(&row); err != nil {
		return err
	}
	if row.ID == "" {
		delete(r.byOrganisation, organisation)
		delete(r.organisations, id)
		return nil
	}
	r.byOrganisation[organisation] = row
	return nil
}

func ended(ctx context.Context, doing string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("store: %s: %w", doing, err)
	}
	return nil
}

func clone(row warehouse.Row) warehouse.Row {
	row.Config, row.Preset = bytes.Clone(row.Config), bytes.Clone(row.Preset)
	row.Sealed = bytes.Clone(row.Sealed)
	row.LastTest = cloneResult(row.LastTest)
	row.CreatedAt = row.CreatedAt.UTC()
	return row
}

func cloneResult(result *warehouse.TestResult) *warehouse.TestResult {
	if result == nil {
		return nil
	}
	copied := *result
	copied.TestedAt = copied.TestedAt.UTC()
	copied.Diagnosis.Steps = slices.Clone(copied.Diagnosis.Steps)
	return &copied
}

// checkLimit refuses a page of no rows.
func checkLimit(limit int) error {
	if limit < 1 {
		return fmt.Errorf("store: walk the connections: a page of %d rows", limit)
	}
	return nil
}
