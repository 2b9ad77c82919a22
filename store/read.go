// Reading rows.

package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

// Statements take their parameters in the order of their numbers, since SQLite's drivers do not agree
// on what another order means.
const (
	columns = `id, organisation, type, config, host_config, public_key, setup_script, revision,
		created_at, tested_at, test_error, diagnosis`

	listQuery = `SELECT ` + columns + ` FROM warehouse_connections WHERE organisation = $1`
	getQuery  = `SELECT ` + columns + `, sealed FROM warehouse_connections WHERE organisation = $1 AND id = $2`
	pageQuery = `SELECT ` + columns + `, sealed FROM warehouse_connections WHERE id > $1 ORDER BY id LIMIT $2`
)

// List implements [warehouse.Store].
func (s *Store) List(ctx context.Context, organisation string) ([]warehouse.Connection, error) {
	records, err := s.read(ctx, "list connections", listQuery, organisation)
	if err != nil {
		return nil, err
	}
	connections := make([]warehouse.Connection, len(records))
	for i, record := range records {
		connections[i] = record.Connection
	}
	return connections, nil
}

// Get implements [warehouse.Store].
func (s *Store) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	records, err := s.read(ctx, "get a connection", getQuery, organisation, id)
	switch {
	case err != nil:
		return warehouse.Row{}, err
	case len(records) == 0:
		return warehouse.Row{}, warehouse.ErrNotFound
	case len(records) > 1:
		return warehouse.Row{}, errors.New("store: get a connection: two rows of one id")
	}
	return records[0], nil
}

// Page implements [warehouse.Store]. A limit below 1 is an error, since a loop that ends at a short
// page would never end.
func (s *Store) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	if limit < 1 {
		return nil, fmt.Errorf("store: page through the connections: the limit is %d", limit)
	}
	return s.read(ctx, "page through the connections", pageQuery, after, limit)
}

func (s *Store) read(ctx context.Context, doing, query string, args ...any) ([]warehouse.Row, error) {
	rows, err := again(ctx, doing, func() ([]row, error) {
		var rows []row
		err := s.db.SelectContext(ctx, &rows, query, args...)
		return rows, err
	})
	if err != nil {
		return nil, err
	}
	records := make([]warehouse.Row, len(rows))
	for i, row := range rows {
		if records[i], err = row.record(); err != nil {
			return nil, err
		}
	}
	return records, nil
}
