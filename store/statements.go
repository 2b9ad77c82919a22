package store

// Parameters appear in the order of their numbers: SQLite's drivers disagree about any other order.
const (
	columns = `id, organisation, type, config, host_config, public_key, setup_script, sealed,
		revision, created_at, tested_at, test_error, diagnosis`

	listQuery = `SELECT ` + columns + ` FROM warehouse_connections WHERE organisation = $1`
	getQuery  = `SELECT ` + columns + ` FROM warehouse_connections WHERE organisation = $1 AND id = $2`
	pageQuery = `SELECT ` + columns + ` FROM warehouse_connections WHERE id > $1 ORDER BY id LIMIT $2`
)

// Each write is one statement that checks its preconditions and changes the row. No transaction stays
// open, and no lock outlives the statement. A write that changes no row is followed by a read that
// finds the reason.
const (
	createStatement = `INSERT INTO warehouse_connections (id, organisation, type, config, host_config, public_key,
			setup_script, sealed, revision, created_at, tested_at, test_error, diagnosis)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (organisation) DO NOTHING`

	updateStatement = `UPDATE warehouse_connections
		SET config = $1, host_config = $2, setup_script = $3, tested_at = $4, test_error = $5, diagnosis = $6,
			sealed = $7, revision = revision + 1
		WHERE organisation = $8 AND id = $9 AND revision = $10`

	recordTestStatement = `UPDATE warehouse_connections SET tested_at = $1, test_error = $2, diagnosis = $3
		WHERE organisation = $4 AND id = $5 AND revision = $6 AND (tested_at IS NULL OR tested_at <= $1 OR tested_at = $7)`

	deleteStatement = `DELETE FROM warehouse_connections WHERE organisation = $1 AND id = $2`

	resealStatement = `UPDATE warehouse_connections SET sealed = $1 WHERE organisation = $2 AND id = $3 AND sealed = $4`
)
