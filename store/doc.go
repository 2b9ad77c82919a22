// Package store keeps connections in a SQLite or PostgreSQL database.
//
// [New] takes the host's *sql.DB, with any driver, so this package compiles no driver in. Packages
// store/sqlite and store/postgres open one with suitable settings. A pool that is wrapped for tracing
// works too:
//
//	db, err := otelsql.Open("pgx", dsn)
//	connections, err := store.New(db, store.DialectPostgreSQL)
//
// For tests there is a store in memory, warehousetest.NewStore.
//
// # The table
//
// All rows are in one table, warehouse_connections. The host either calls [Store.Migrate] when it
// deploys, or applies [Migrations] with its own tool, for example goose, and never calls Migrate:
//
//	provider, err := goose.NewProvider(goose.DialectPostgres, db, store.Migrations(store.DialectPostgreSQL),
//		goose.WithTableName("warehouse_goose_version"), goose.WithDisableGlobalRegistry(true))
//	_, err = provider.Up(ctx)
//
// Both options are needed if the host has migrations of its own: goose would record all of them in one
// table and skip or reject the lower versions, and it would add the host's migrations in Go to these.
//
// In both cases, call [Store.Validate] at startup. Its error names what is missing.
//
// Table names are not qualified: in PostgreSQL, search_path selects the schema. Migrating needs the right
// to create tables in that schema. Running needs SELECT, INSERT, UPDATE and DELETE on
// warehouse_connections, and nothing else.
//
// # Replicas
//
// Any number of replicas may share a database. Each change is one statement that checks its
// preconditions, such as the revision or the unique index on organisation, so no lock is held between
// statements. This is correct at every isolation level. A statement that fails with a serialization
// failure is retried for about a fifth of a second.
//
// The store works through PgBouncer in transaction mode, if the driver prepares no statements: package
// store/postgres does not, and with pgx, default_query_exec_mode=exec in the DSN has the same effect.
// Validate returns an error otherwise. Distributed databases that speak PostgreSQL's wire protocol are
// not tested.
//
// Reads must see earlier writes: connect to the primary, not to a read replica.
//
// # Secrets at rest
//
// Only the column sealed is secret. A warehouse.Sealer, such as that of store/tinkseal, encrypted it,
// and this package never decrypts it. Deleting a row deletes its secrets; how soon their encrypted
// bytes leave the disk depends on the database. SQLite overwrites them if secure_delete is on, as
// store/sqlite sets it, and removes them from the write-ahead log at the next checkpoint. PostgreSQL
// keeps them until VACUUM, and in its own log.
//
// Store backups of the database and of the key separately.
package store
