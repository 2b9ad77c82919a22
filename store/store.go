package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/warehousekit/warehousekit/warehouse"
)

// Store is a [warehouse.Store] in one table, warehouse_connections, of a SQLite or PostgreSQL database.
// Its methods may be called by any number of goroutines and processes.
//
// Its errors contain the operation and the database's message. They unwrap only to the sentinels of
// package warehouse and to context errors: drivers' errors have fields that contain a row's values or
// the database's password, and printing one with %+v would log them.
type Store struct {
	db      *sqlx.DB
	dialect Dialect

	// writeSem serializes writes to SQLite. A channel is FIFO; SQLite's lock is not, and neither is
	// the pool of database/sql, so under load some writers would starve. It is nil for PostgreSQL.
	writeSem chan struct{}
}

var _ warehouse.Store = (*Store)(nil)

// New returns a store over db, which may use any driver. The host closes db. New does not access the
// database: see [Store.Migrate] and [Store.Validate].
func New(db *sql.DB, dialect Dialect) (*Store, error) {
	if db == nil {
		return nil, errors.New("store: New: the database is nil")
	}
	if dialect != DialectSQLite && dialect != DialectPostgreSQL {
		return nil, fmt.Errorf("store: New: unknown dialect %s", dialect)
	}
	// sqlx rewrites placeholders by the driver's name and does not know every name. The statements
	// use $1, $2, …, which both databases accept.
	s := &Store{db: sqlx.NewDb(db, ""), dialect: dialect}
	if dialect == DialectSQLite {
		s.writeSem = make(chan struct{}, 1)
	}
	return s, nil
}

// A Dialect is a kind of database. Dialects differ in their migrations and in how writes are serialized.
type Dialect int

// The dialects.
const (
	DialectSQLite Dialect = iota + 1
	DialectPostgreSQL
)

// String returns the dialect's name, which is also the name of its folder in migrations.
func (d Dialect) String() string {
	switch d {
	case DialectSQLite:
		return "sqlite"
	case DialectPostgreSQL:
		return "postgresql"
	}
	return fmt.Sprintf("Dialect(%d)", int(d))
}
