package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func openSQLite(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "test.db"))
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

func migrated(t testing.TB, db *sql.DB, dialect store.Dialect) *store.Store {
	t.Helper()
	s := over(t, db, dialect)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func over(t testing.TB, db *sql.DB, dialect store.Dialect) *store.Store {
	t.Helper()
	s, err := store.New(db, dialect)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	warehousetest.TestStore(t, func(t *testing.T) warehouse.Store { return migrated(t, openSQLite(t), store.DialectSQLite) })
}
