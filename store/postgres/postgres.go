// Opening a PostgreSQL database.

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

// The pool, which a host may change on what it gets. A server has 100 connections unless it is told
// otherwise, and replicas and other programs share them; one request takes one for a millisecond.
const (
	maxConnections = 16
	maxIdleTime    = 5 * time.Minute
	maxLifetime    = 30 * time.Minute // so that a pool finds its way to a new primary, and to new addresses
)

// Open returns a pool of connections to the database of a DSN, in the form of a URL or of keywords as libpq
// has them; what the DSN leaves out comes from libpq's environment variables. It does not connect, so
// only a DSN that cannot be understood is an error, or an empty one, which would lead to whatever database
// libpq takes for granted. The caller closes what it gets.
//
// No error text holds the password, neither here nor from the pool, and the pool prints without it.
func Open(dsn string) (*sql.DB, error) {
	if dsn == "" {
		return nil, errors.New("postgres: open: the DSN is empty: is the variable set that it comes from?")
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, unparsable(err)
	}
	inner := stdlib.GetConnector(*config)
	db := sql.OpenDB(&connector{inner.Connect, inner.Driver()})
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	db.SetConnMaxIdleTime(maxIdleTime)
	db.SetConnMaxLifetime(maxLifetime)
	return db, nil
}

// unparsable says what is wrong without the driver's words, which quote the DSN: where the password is what
// makes it unparsable, it is not where it could be recognised and left out.
func unparsable(err error) error {
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("postgres: open: a file that the DSN names: %w", file)
	}
	return errors.New("postgres: open: the DSN does not parse: it is postgres://user:password@host:port/database?sslmode=… " +
		"with what is special in URLs percent-encoded, the password included, or host=… user=… password='…' with quotes " +
		"around values that hold spaces")
}

// connector hides the driver's, which holds the password and would be printed with the pool: a function
// prints as an address.
type connector struct {
	connect func(context.Context) (driver.Conn, error)
	driver  driver.Driver
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) { return c.connect(ctx) }
func (c *connector) Driver() driver.Driver                            { return c.driver }
