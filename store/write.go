package store

import (
	"context"

	"github.com/warehousekit/warehousekit/warehouse"
)

// Create implements [warehouse.Store].
func (s *Store) Create(ctx context.Context, row warehouse.Row) error {
	const op = "create a connection"
	createdAt, err := nanoseconds(row.CreatedAt)
	if err != nil {
		return err
	}
	test, err := encodeTest(row.LastTest)
	if err != nil {
		return err
	}
	// Not RETURNING: with some drivers the statement commits only when the returned rows are closed.
	n, err := s.write(ctx, op, createStatement, row.ID, row.Organisation, row.Type, string(row.Config),
		string(row.Preset), row.PublicKey, row.SetupScript, append([]byte{}, row.Sealed...), row.Revision,
		createdAt, test.testedAt, test.testError, test.diagnosis)
	if err != nil {
		return err
	}
	if n == 0 {
		return warehouse.ErrExists
	}
	return nil
}

// Update implements [warehouse.Store].
func (s *Store) Update(ctx context.Context, row warehouse.Row) error {
	const op = "update a connection"
	test, err := encodeTest(row.LastTest)
	if err != nil {
		return err
	}
	n, err := s.write(ctx, op, updateStatement, string(row.Config), string(row.Preset), row.SetupScript,
		test.testedAt, test.testError, test.diagnosis, row.Sealed, row.Organisation, row.ID, row.Revision)
	if err != nil || n > 0 {
		return err
	}
	_, err = s.Get(ctx, row.Organisation, row.ID)
	return orChanged(err)
}

// RecordTest implements [warehouse.Store].
func (s *Store) RecordTest(ctx context.Context, row warehouse.Row, result warehouse.TestResult) error {
	const op = "record a test"
	test, err := encodeTest(&result)
	if err != nil {
		return err
	}
	last, err := encodeTest(row.LastTest)
	if err != nil {
		return err
	}
	n, err := s.write(ctx, op, recordTestStatement, test.testedAt, test.testError, test.diagnosis,
		row.Organisation, row.ID, row.Revision, last.testedAt)
	if err != nil || n > 0 {
		return err
	}
	stored, err := s.Get(ctx, row.Organisation, row.ID)
	if err == nil && stored.Revision == row.Revision && stored.LastTest != nil && stored.LastTest.TestedAt.After(result.TestedAt) {
		return nil
	}
	return orChanged(err)
}

// Delete implements [warehouse.Store].
func (s *Store) Delete(ctx context.Context, organisation, id string) error {
	n, err := s.write(ctx, "delete a connection", deleteStatement, organisation, id)
	if err == nil && n == 0 {
		return warehouse.ErrNotFound
	}
	return err
}

// Reseal implements [warehouse.Store].
func (s *Store) Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error {
	n, err := s.write(ctx, "reseal a connection", resealStatement, sealed, organisation, id, old)
	if err != nil || n > 0 {
		return err
	}
	_, err = s.Get(ctx, organisation, id)
	return orChanged(err)
}

// orChanged returns err, or [warehouse.ErrChanged] if err is nil.
func orChanged(err error) error {
	if err != nil {
		return err
	}
	return warehouse.ErrChanged
}

// write executes a statement and returns the number of rows that it changed.
func (s *Store) write(ctx context.Context, op, statement string, args ...any) (int64, error) {
	if s.writeSem != nil {
		select {
		case s.writeSem <- struct{}{}:
			defer func() { <-s.writeSem }()
		case <-ctx.Done():
			return 0, failed(ctx, op, ctx.Err())
		}
	}
	return retry(ctx, op, func() (int64, error) {
		result, err := s.db.ExecContext(ctx, statement, args...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	})
}
