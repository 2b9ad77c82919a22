// Package postgres opens PostgreSQL databases for package store.
//
//	db, err := postgres.Open(os.Getenv("DATABASE_URL"))
//	connections, err := store.New(db, store.DialectPostgreSQL)
//	err = connections.Validate(ctx)
//
// The driver is pgx, and the DSN accepts its settings: search_path selects the schema, sslmode and
// sslrootcert configure TLS. The pool has up to 16 connections. They are closed after five minutes without use, and
// after half an hour in any case. Change this on the returned *sql.DB.
//
// Statements are not prepared, so PgBouncer in transaction mode works too. It rejects search_path in a DSN:
// set it with ALTER ROLE instead.
//
// A host that already has a *sql.DB does not need this package.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Settings of the pool. By default a server accepts 100 connections, which replicas and other programs
// share. A request uses one for about a millisecond.
const (
	maxConnections = 16
	maxIdleTime    = 5 * time.Minute
	maxLifetime    = 30 * time.Minute // follows a failover or a change of addresses
)

// Open returns a pool of connections to a database. The DSN is a URL or a list of keywords, as in libpq;
// libpq's environment variables supply settings that it omits. Open does not connect. It returns an error
// if the DSN does not parse or is empty; libpq would use a default database for an empty one. The caller
// closes the returned DB.
//
// No error of Open or of the pool contains the password, and printing the pool does not show it.
func Open(dsn string) (*sql.DB, error) {
	if dsn == "" {
		return nil, errors.New("postgres: open: the DSN is empty: check that the environment variable for it is set")
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, unparsable(err)
	}
	if config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement { // also if the DSN names no mode
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	inner := stdlib.GetConnector(*config)
	db := sql.OpenDB(&connector{inner.Connect, inner.Driver()})
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	db.SetConnMaxIdleTime(maxIdleTime)
	db.SetConnMaxLifetime(maxLifetime)
	return db, nil
}

// unparsable returns an error without the driver's message, which quotes the DSN. If the password is the
// part that does not parse, it cannot be found and redacted.
func unparsable(err error) error {
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("postgres: open: read a file named in the DSN: %w", file)
	}
	return errors.New("postgres: open: the DSN does not parse: write postgres://user:password@host:port/database?sslmode=… " +
		"with special characters percent-encoded, also in the password, or host=… user=… password='…' with quotes " +
		"around values that contain spaces")
}

// connector hides the driver's connector, which contains the password and is printed with the pool. A
// function prints as an address.
type connector struct {
	connect func(context.Context) (driver.Conn, error)
	driver  driver.Driver
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) { return c.connect(ctx) }
func (c *connector) Driver() driver.Driver                            { return c.driver }
