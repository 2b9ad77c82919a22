// The seam to a database.

package warehouse

import "context"

// A Row is a stored row: a connection with its sealed secrets.
type Row struct {
	Connection
	Sealed []byte // as Sealer.Seal returned it; opaque
}

// A Store keeps connections. Package store has implementations; warehousetest.TestStore checks one.
//
// Its methods may be called by any number of goroutines, and by any number of processes over one
// database. A caller may change what it passed or was given afterwards: a store keeps copies. Each
// change is one transaction, and none is open when a method returns. An error of a call whose context
// ended wraps the context's; the change was then made as a whole or not at all. Times are kept to the
// nanosecond, in UTC, from 1678 to 2262. Texts are valid UTF-8 without NUL, and compare and sort by
// their bytes.
//
// All but Page and Reseal are scoped to one organisation: a row of another is as absent as one that
// never was.
type Store interface {
	// List returns the organisation's connections: one, or none, which is not an error.
	List(ctx context.Context, organisation string) ([]Connection, error)

	// Get returns a row. [ErrNotFound] if the organisation has none of that id.
	Get(ctx context.Context, organisation, id string) (Row, error)

	// Create stores a new row and its sealed bytes together. [ErrExists] if the organisation has
	// a row; of any number of simultaneous calls for one organisation, one succeeds. An id that
	// another organisation's row has is an ordinary error.
	Create(ctx context.Context, row Row) error

	// Update puts the config, host config, setup script and last test of row, and its sealed
	// bytes unless those are nil, in the place of what is stored, if the stored revision is
	// row.Revision; the stored revision is then one higher. Nothing else of the row changes.
	// [ErrNotFound] if it is gone, [ErrChanged] at another revision. Nil sealed bytes keep the
	// stored ones, so that an update never undoes a Reseal.
	Update(ctx context.Context, row Row) error

	// RecordTest writes a test result if the stored revision is the given one and no newer
	// result is there; of two at the same time, the later call's stays. [ErrNotFound] if the row
	// is gone, [ErrChanged] at another revision; a newer result stays, and is no error. The
	// revision stays.
	RecordTest(ctx context.Context, organisation, id string, revision int64, result TestResult) error

	// Delete removes the row and its sealed bytes together. [ErrNotFound] if there is none.
	Delete(ctx context.Context, organisation, id string) error

	// Page returns up to limit rows of all organisations, in the order of their ids, with ids
	// after the given one; "" begins. Fewer than limit means that there are no more; a limit below
	// 1 is an error. It is for maintenance, and no request reaches it.
	Page(ctx context.Context, after string, limit int) ([]Row, error)

	// Reseal puts sealed in the place of the sealed bytes old, if those are still there, and
	// changes nothing else. [ErrNotFound] if the row is gone, [ErrChanged] if its sealed bytes
	// are others. It is for maintenance, and no request reaches it.
	Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error
}
