package store

// Statements take their parameters in the order of their numbers, since SQLite's drivers do not agree
// on what another order means.
const (
	columns = `id, organisation, type, config, host_config, public_key, setup_script, revision,
		created_at, tested_at, test_error, diagnosis`

	listQuery = `SELECT ` + columns + ` FROM warehouse_connections WHERE organisation = $1`
	getQuery  = `SELECT ` + columns + `, sealed FROM warehouse_connections WHERE organisation = $1 AND id = $2`
	pageQuery = `SELECT ` + columns + `, sealed FROM warehouse_connections WHERE id > $1 ORDER BY id LIMIT $2`
)

// Each write is one statement, which checks and changes at once: nothing is half done, no transaction
// is held open, and no lock outlives it. Whoever loses a race reads afterwards why.
const (
	createStatement = `INSERT INTO warehouse_connections (id, organisation, type, config, host_config, public_key,
			setup_script, sealed, revision, created_at, tested_at, test_error, diagnosis)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (organisation) DO NOTHING`

	updateStatement = `UPDATE warehouse_connections
		SET config = $1, host_config = $2, setup_script = $3, tested_at = $4, test_error = $5, diagnosis = $6,
			sealed = COALESCE($7, sealed), revision = revision + 1
		WHERE organisation = $8 AND id = $9 AND revision = $10`

	recordTestStatement = `UPDATE warehouse_connections SET tested_at = $1, test_error = $2, diagnosis = $3
		WHERE organisation = $4 AND id = $5 AND revision = $6 AND (tested_at IS NULL OR tested_at <= $1)`

	deleteStatement = `DELETE FROM warehouse_connections WHERE organisation = $1 AND id = $2`

	resealStatement = `UPDATE warehouse_connections SET sealed = $1 WHERE organisation = $2 AND id = $3 AND sealed = $4`
)
