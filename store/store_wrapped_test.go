package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// Hosts wrap drivers for tracing and metrics and register them under other names.
func TestWrappedDrivers(t *testing.T) {
	t.Parallel()
	registerWrapped()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		warehousetest.TestStore(t, func(t *testing.T) warehouse.Store {
			// Without the settings of sqlite.Open.
			return wrapped(t, "sqlite-wrapped", store.DialectSQLite,
				"file:"+filepath.Join(t.TempDir(), "test.db")+"?_pragma=busy_timeout(5000)")
		})
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		warehousetest.TestStore(t, func(t *testing.T) warehouse.Store {
			return wrapped(t, "pgx-wrapped", store.DialectPostgreSQL, pgtest.DSN(t))
		})
	})
}

func wrapped(t *testing.T, name string, dialect store.Dialect, dsn string) warehouse.Store {
	t.Helper()
	db, err := sql.Open(name, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(8)
	t.Cleanup(func() { db.Close() })
	before := spans.Load()
	s := migrated(t, db, dialect)
	if spans.Load() == before {
		t.Fatal("the statements bypass the wrapper")
	}
	return s
}

var registerWrapped = sync.OnceFunc(func() {
	db, err := sql.Open("sqlite", "")
	if err != nil {
		panic(err)
	}
	sql.Register("sqlite-wrapped", wrapper{db.Driver()})
	sql.Register("pgx-wrapped", wrapper{stdlib.GetDefaultDriver()})
})

// spans counts the calls that a tracer would see.
var spans atomic.Int64

type wrapper struct{ driver.Driver }

func (w wrapper) Open(name string) (driver.Conn, error) {
	conn, err := w.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return wrappedConn{conn}, nil
}

type wrappedConn struct{ driver.Conn }

func (c wrappedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	spans.Add(1)
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c wrappedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	spans.Add(1)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c wrappedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	spans.Add(1)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c wrappedConn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, errors.New("unexpected prepared statement")
}
