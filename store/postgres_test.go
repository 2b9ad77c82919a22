package store_test

import (
	"database/sql"
	"testing"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func openPostgres(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := postgres.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func newPostgres(t testing.TB, dsn string) *store.Store {
	t.Helper()
	return migrated(t, openPostgres(t, dsn), store.DialectPostgreSQL)
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	warehousetest.TestStore(t, func(t *testing.T) warehouse.Store { return newPostgres(t, pgtest.DSN(t)) })
}

// A host may have raised the default isolation, and distributed databases have no lower one: they answer
// collisions with serialization failures.
func TestPostgresSerializable(t *testing.T) {
	t.Parallel()
	warehousetest.TestStore(t, func(t *testing.T) warehouse.Store {
		return newPostgres(t, pgtest.With(t, pgtest.DSN(t), "default_transaction_isolation", "serializable"))
	})
}

// Poolers that hand out a connection for each statement know no prepared statements.
func TestPostgresWithoutPreparedStatements(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			warehousetest.TestStore(t, func(t *testing.T) warehouse.Store {
				return newPostgres(t, pgtest.With(t, pgtest.DSN(t), "default_query_exec_mode", mode))
			})
		})
	}
}
