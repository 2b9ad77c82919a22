// The store over SQL.

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
// Its errors hold what was being done and the database's message, and unwrap to nothing but the
// sentinels of package warehouse and those of a context: the errors of drivers carry fields, such as a
// row's values or the database's password, that would end in the log of whoever prints them in full.
type Store struct {
	db      *sqlx.DB
	dialect Dialect

	// writeSem lets one write at a time through to SQLite, in the order of their arrival: SQLite itself
	// lets whoever happens to ask at the right moment write next, so that under load the others starve.
	// It is nil for PostgreSQL.
	writeSem chan struct{}
}

var _ warehouse.Store = (*Store)(nil)

// New returns a store over a database that the host opened, with whatever driver it likes, and that
// the host closes. It does not touch the database: see [Store.Migrate] and [Store.Validate].
func New(db *sql.DB, dialect Dialect) (*Store, error) {
	if db == nil {
		return nil, errors.New("store: New: the database is nil")
	}
	if dialect != DialectSQLite && dialect != DialectPostgreSQL {
		return nil, fmt.Errorf("store: New: unknown dialect %s", dialect)
	}
	// The driver's name would decide how sqlx rewrites placeholders. It does not know every name,
	// so the statements hold $1, $2, …, which both databases take as they are.
	s := &Store{db: sqlx.NewDb(db, ""), dialect: dialect}
	if dialect == DialectSQLite {
		s.writeSem = make(chan struct{}, 1)
	}
	return s, nil
}

// A Dialect is a kind of database. All of them get the same statements; what differs is how the table
// is made.
type Dialect int

// The dialects.
const (
	DialectSQLite     Dialect = iota + 1
	DialectPostgreSQL         // and distributed databases that speak its wire protocol and dialect
)

// String returns the dialect's name, which is also the name of its folder of migrations.
func (d Dialect) String() string {
	switch d {
	case DialectSQLite:
		return "sqlite"
	case DialectPostgreSQL:
		return "postgresql"
	}
	return fmt.Sprintf("Dialect(%d)", int(d))
}
