package warehouse

import "context"

// A Row is a stored connection with its sealed secrets.
type Row struct {
	Connection
	Sealed []byte // the result of Sealer.Seal
}

// A Store stores connections. Package store has implementations; warehousetest.TestStore tests one.
//
// Its methods must be safe for concurrent use, also by several processes over one database. A store
// copies its arguments and results. Each change is one transaction, which has ended when the method
// returns. If ctx ended, the error wraps ctx.Err(), and the change was made completely or not at all.
// Times are stored in UTC with nanoseconds, from 1678 to 2262. Texts are valid UTF-8 without NUL, and
// compare and sort by their bytes.
//
// All methods except Page and Reseal are limited to one organisation, and treat the rows of others as
// absent.
type Store interface {
	// List returns the organisation's rows, at most one. None is not an error.
	List(ctx context.Context, organisation string) ([]Row, error)

	// Get returns a row. It returns [ErrNotFound] if the organisation has none with the id.
	Get(ctx context.Context, organisation, id string) (Row, error)

	// Create stores a new row. It returns [ErrExists] if the organisation has a row; of concurrent
	// calls for one organisation, one succeeds. An id that another organisation's row has is an
	// ordinary error.
	Create(ctx context.Context, row Row) error

	// Update replaces the Config, Preset, SetupScript, LastTest and Sealed of the stored row, and
	// increments the stored revision, which must be row.Revision. Nothing else changes. It returns
	// [ErrNotFound] if there is no such row, and [ErrChanged] if it is at another revision.
	Update(ctx context.Context, row Row) error

	// RecordTest stores the result of a test of row, as it was read before the test, and changes
	// nothing else, the revision included. It returns [ErrNotFound] if there is no such row, and
	// [ErrChanged] if it is at another revision than row.Revision.
	//
	// If the stored result has another time than row.LastTest, another test has ended since: the
	// result with the later time is kept, without an error, or that of this call if the times are
	// the same. Otherwise this result replaces it, even one of a later time: the clock has stepped
	// back.
	RecordTest(ctx context.Context, row Row, result TestResult) error

	// Delete removes the row. It returns [ErrNotFound] if there is none.
	Delete(ctx context.Context, organisation, id string) error

	// Page returns up to limit rows of all organisations, sorted by id, with ids greater than after.
	// Fewer than limit rows mean that there are no more. A limit below 1 is an error. Page is for
	// maintenance: no request calls it.
	Page(ctx context.Context, after string, limit int) ([]Row, error)

	// Reseal replaces the sealed bytes of a row if they are equal to old, and changes nothing else.
	// It returns [ErrNotFound] if there is no such row, and [ErrChanged] if its sealed bytes are not
	// old. Reseal is for maintenance: no request calls it.
	Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error
}
