// Package store keeps connections: in memory, or in a SQLite or PostgreSQL database that the host opened.
//
// [Memory] is for tests and demonstrations. [Store] takes a host's *sql.DB, with whatever driver is behind it,
// so this package compiles no driver in; packages store/sqlite and store/postgres open one with settings
// that suit. A pool that is wrapped for tracing, by otelsql say, serves as it is:
//
//	db, err := otelsql.Open("pgx", dsn)
//	connections, err := store.New(db, store.DialectPostgreSQL)
//
// # The table
//
// Everything is in one table, warehouse_connections, which nothing makes unasked. Either the host calls
// [Store.Migrate] when it deploys, or it applies the files of [Migrations] with its own tool, as with goose:
//
//	goose.NewProvider(goose.DialectPostgres, db, store.Migrations(store.DialectPostgreSQL))
//
// and then never calls Migrate. Either way [Store.Validate], when the host starts, says what is missing.
//
// Names are not qualified, so PostgreSQL's search_path chooses the schema. To migrate takes the right to
// create tables in it; to run takes SELECT, INSERT, UPDATE and DELETE on warehouse_connections, and no more.
//
// # Many replicas
//
// Any number of replicas may share a database. Each change is one statement that checks what it relies on,
// such as the revision or the unique index on the organisation, so no lock is held between statements and
// no replica knows of another. That works alike at every isolation, through poolers that hand out a
// connection per transaction, and on distributed databases that speak PostgreSQL's wire protocol; where
// those answer with a serialization failure, the statement is tried again, for a fifth of a second.
//
// Reads must see what was written before, so the pool is to be one of the primary, not of a read replica.
//
// # Secrets at rest
//
// The column sealed is all that is secret, and is opaque here: a Sealer of package warehouse, such as that
// of store/tinkseal, made it. It is deleted with its row. SQLite overwrites deleted bytes in the file if its
// setting secure_delete is on, as store/sqlite sets it; they leave the write-ahead log with the next
// checkpoint that empties it. PostgreSQL leaves them to VACUUM and to its own log.
//
// A backup of the database is worth nothing without the key, so keep the two apart, and keep a key for as
// long as backups exist that were sealed with it. Back up a SQLite database that is in use with VACUUM INTO,
// not by copying its file, which is incomplete without its log.
package store
