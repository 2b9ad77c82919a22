package warehousetest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/warehousekit/warehousekit/warehouse"
)

// memory holds its rows behind a function, which prints as an address under every verb. A redacting method
// is not called if a memory is in an unexported field.
type memory struct {
	rows func() *memoryRows
}

type memoryRows struct {
	mu             sync.Mutex
	byOrganisation map[string]warehouse.Row
	organisations  map[string]string // by connection id
}

// NewStore returns an empty store in memory, for tests and demonstrations. Its rows are lost when the
// process ends, and no other process sees them.
func NewStore() warehouse.Store {
	rows := &memoryRows{
		byOrganisation: make(map[string]warehouse.Row),
		organisations:  make(map[string]string),
	}
	return &memory{rows: func() *memoryRows { return rows }}
}

func (m *memory) List(ctx context.Context, organisation string) ([]warehouse.Row, error) {
	if err := checkContext(ctx, "list connections"); err != nil {
		return nil, err
	}
	rows := m.rows()
	rows.mu.Lock()
	defer rows.mu.Unlock()
	row, found := rows.byOrganisation[organisation]
	if !found {
		return nil, nil
	}
	return []warehouse.Row{clone(row)}, nil
}

func (m *memory) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	var row warehouse.Row
	err := m.rows().with(ctx, "get a connection", organisation, id, func(stored *warehouse.Row) error {
		row = clone(*stored)
		return nil
	})
	return row, err
}

func (m *memory) Create(ctx context.Context, row warehouse.Row) error {
	if err := checkContext(ctx, "create a connection"); err != nil {
		return err
	}
	rows := m.rows()
	rows.mu.Lock()
	defer rows.mu.Unlock()
	if _, exists := rows.byOrganisation[row.Organisation]; exists {
		return warehouse.ErrExists
	}
	if _, exists := rows.organisations[row.ID]; exists {
		return errors.New("warehousetest: create a connection: another organisation has its id")
	}
	rows.byOrganisation[row.Organisation] = clone(row)
	rows.organisations[row.ID] = row.Organisation
	return nil
}

func (m *memory) Update(ctx context.Context, row warehouse.Row) error {
	return m.rows().with(ctx, "update a connection", row.Organisation, row.ID, func(stored *warehouse.Row) error {
		if stored.Revision != row.Revision {
			return warehouse.ErrChanged
		}
		next := clone(row)
		stored.Config, stored.Preset = next.Config, next.Preset
		stored.SetupScript, stored.LastTest, stored.Sealed = next.SetupScript, next.LastTest, next.Sealed
		stored.Revision++
		return nil
	})
}

func (m *memory) RecordTest(ctx context.Context, row warehouse.Row, result warehouse.TestResult) error {
	return m.rows().with(ctx, "record a test", row.Organisation, row.ID, func(stored *warehouse.Row) error {
		if stored.Revision != row.Revision {
			return warehouse.ErrChanged
		}
		last := stored.LastTest
		isNewest := last == nil || !last.TestedAt.After(result.TestedAt) ||
			row.LastTest != nil && last.TestedAt.Equal(row.LastTest.TestedAt)
		if isNewest {
			stored.LastTest = cloneResult(&result)
		}
		return nil
	})
}

func (m *memory) Delete(ctx context.Context, organisation, id string) error {
	return m.rows().with(ctx, "delete a connection", organisation, id, func(stored *warehouse.Row) error {
		*stored = warehouse.Row{}
		return nil
	})
}

func (m *memory) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	if err := checkContext(ctx, "page through the connections"); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("warehousetest: page through the connections: the limit is %d", limit)
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

func (m *memory) Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error {
	return m.rows().with(ctx, "reseal a connection", organisation, id, func(stored *warehouse.Row) error {
		if !bytes.Equal(stored.Sealed, old) {
			return warehouse.ErrChanged
		}
		stored.Sealed = bytes.Clone(sealed)
		return nil
	})
}

// with calls do with the row. Do may change the row, or zero it to delete it.
func (r *memoryRows) with(ctx context.Context, doing, organisation, id string, do func(*warehouse.Row) error) error {
	if err := checkContext(ctx, doing); err != nil {
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

func checkContext(ctx context.Context, doing string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("warehousetest: %s: %w", doing, err)
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

// NewSealer returns a sealer that encrypts with AES-256-GCM under a new random key, which is lost when the
// process ends. No other sealer opens what it sealed.
func NewSealer() warehouse.Sealer {
	var key [32]byte
	rand.Read(key[:])
	// Neither fails for a key of 32 bytes.
	block, _ := aes.NewCipher(key[:])
	gcm, _ := cipher.NewGCMWithRandomNonce(block)
	return &memorySealer{aead: func() cipher.AEAD { return gcm }}
}

type memorySealer struct {
	aead func() cipher.AEAD // prints as an address: see warehouse.Target
}

func (s *memorySealer) Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("warehousetest: seal: %w", err)
	}
	return s.aead().Seal(nil, nil, plaintext, associatedData), nil
}

func (s *memorySealer) Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("warehousetest: open: %w", err)
	}
	plaintext, err := s.aead().Open(nil, nil, sealed, associatedData)
	if err != nil {
		return nil, warehouse.ErrNotAuthentic
	}
	return plaintext, nil
}
