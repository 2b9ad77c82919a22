package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

// List implements [warehouse.Store].
func (s *Store) List(ctx context.Context, organisation string) ([]warehouse.Row, error) {
	return s.read(ctx, "list connections", listQuery, organisation)
}

// Get implements [warehouse.Store].
func (s *Store) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	rows, err := s.read(ctx, "get a connection", getQuery, organisation, id)
	switch {
	case err != nil:
		return warehouse.Row{}, err
	case len(rows) == 0:
		return warehouse.Row{}, warehouse.ErrNotFound
	case len(rows) > 1:
		return warehouse.Row{}, errors.New("store: get a connection: two rows have the same id")
	}
	return rows[0], nil
}

// Page implements [warehouse.Store]. A limit below 1 is an error: a loop that stops at a short page
// would never stop.
func (s *Store) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	if limit < 1 {
		return nil, fmt.Errorf("store: list a page of connections: the limit is %d, want at least 1", limit)
	}
	return s.read(ctx, "list a page of connections", pageQuery, after, limit)
}

func (s *Store) read(ctx context.Context, op, query string, args ...any) ([]warehouse.Row, error) {
	dbRows, err := retry(ctx, op, func() ([]dbRow, error) {
		var dbRows []dbRow
		err := s.db.SelectContext(ctx, &dbRows, query, args...)
		return dbRows, err
	})
	if err != nil {
		return nil, err
	}
	rows := make([]warehouse.Row, len(dbRows))
	for i, r := range dbRows {
		rows[i] = r.decode()
	}
	return rows, nil
}
