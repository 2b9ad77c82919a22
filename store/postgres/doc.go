// Package postgres opens PostgreSQL databases for package store.
//
//	db, err := postgres.Open(os.Getenv("DATABASE_URL"))
//	connections, err := store.New(db, store.DialectPostgreSQL)
//	err = connections.Validate(ctx)
//
// The driver is pgx, and the DSN takes its settings: search_path for a schema of one's own, sslmode and
// sslrootcert for TLS, and default_query_exec_mode=exec behind a pooler that cannot keep prepared
// statements. The pool has up to 16 connections, given up after five minutes without use and half an hour
// in any case; a host changes that on the *sql.DB that it gets.
//
// A host that has a *sql.DB already, or one that is wrapped for tracing, needs nothing of this package.
package postgres
