package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func newRow(organisation string) warehouse.Row {
	return warehouse.Row{
		Connection: warehouse.Connection{
			ID:           "wc_" + organisation,
			Organisation: organisation,
			Type:         "example",
			Config:       []byte(`{"account":"in-config"}`),
			Preset:       []byte(`{"stage":"EVENTS"}`),
			SetupScript:  "-- Example\n",
			Revision:     1,
			CreatedAt:    time.Date(2026, 4, 17, 10, 0, 0, 0, time.UTC),
		},
		Sealed: []byte("in-sealed"),
	}
}

func TestNewRejectsInvalidArguments(t *testing.T) {
	t.Parallel()
	if _, err := store.New(nil, store.DialectSQLite); err == nil || !strings.Contains(err.Error(), "nil") {
		t.Errorf("New without a database: %v", err)
	}
	for _, dialect := range []store.Dialect{0, 3, -1} {
		if _, err := store.New(openSQLite(t), dialect); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("Dialect(%d)", int(dialect))) {
			t.Errorf("New with dialect %d: %v", int(dialect), err)
		}
	}
}

func TestTimesOutOfRange(t *testing.T) {
	t.Parallel()
	s := migrated(t, openSQLite(t), store.DialectSQLite)
	row := newRow("acme")
	for _, at := range []time.Time{{}, time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC)} {
		row.CreatedAt = at
		if err := s.Create(t.Context(), row); err == nil {
			t.Errorf("Create at %v succeeds, and Get would return another time", at)
		}
		if err := s.RecordTest(t.Context(), newRow("acme"), warehouse.TestResult{TestedAt: at}); err == nil {
			t.Errorf("RecordTest at %v succeeds, and Get would return another time", at)
		}
	}
	if rows, err := s.Page(t.Context(), "", 10); err != nil || len(rows) != 0 {
		t.Errorf("Page = %d rows, %v, want none", len(rows), err)
	}
}

func TestPageRejectsLimitBelowOne(t *testing.T) {
	t.Parallel()
	for _, s := range []warehouse.Store{warehousetest.NewStore(), migrated(t, openSQLite(t), store.DialectSQLite)} {
		for _, limit := range []int{0, -1} {
			if _, err := s.Page(t.Context(), "", limit); err == nil {
				t.Errorf("Page of %T with a limit of %d succeeds: a loop that stops at a short page would never stop", s, limit)
			}
		}
	}
}

func TestInvalidDiagnosis(t *testing.T) {
	t.Parallel()
	db := openSQLite(t)
	s := migrated(t, db, store.DialectSQLite)
	if err := s.Create(t.Context(), newRow("acme")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE warehouse_connections SET tested_at = 1, test_error = 'no', diagnosis = '{"hint":"h","steps":1}'`); err != nil {
		t.Fatal(err)
	}
	want := newRow("acme")
	want.LastTest = &warehouse.TestResult{TestedAt: time.Unix(0, 1).UTC(), Error: "no", Diagnosis: warehouse.Diagnosis{Code: warehouse.CodeUnknown}}
	got, err := s.Get(t.Context(), "acme", "wc_acme")
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("Get with the error %v (-want +got):\n%s", err, diff)
	}
	if rows, err := s.List(t.Context(), "acme"); len(rows) != 1 || err != nil {
		t.Errorf("List returned %d rows and the error %v", len(rows), err)
	}
}

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

// A host may have raised the default isolation, and some distributed databases have no lower one: they
// return serialization failures.
func TestPostgresSerializable(t *testing.T) {
	t.Parallel()
	warehousetest.TestStore(t, func(t *testing.T) warehouse.Store {
		return newPostgres(t, pgtest.With(t, pgtest.DSN(t), "default_transaction_isolation", "serializable"))
	})
}

func TestPgBouncer(t *testing.T) {
	t.Parallel()
	warehousetest.TestStore(t, func(t *testing.T) warehouse.Store { return newPostgres(t, pgtest.PgBouncer(t)) })
}

// The default of store/postgres is exec.
func TestPostgresModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_describe", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			warehousetest.TestStore(t, func(t *testing.T) warehouse.Store {
				return newPostgres(t, pgtest.With(t, pgtest.DSN(t), "default_query_exec_mode", mode))
			})
		})
	}
}

// A host's own pool has pgx's default, which prepares statements.
func TestPostgresPrepared(t *testing.T) {
	t.Parallel()
	warehousetest.TestStore(t, func(t *testing.T) warehouse.Store {
		return migrated(t, openPgx(t, pgtest.DSN(t)), store.DialectPostgreSQL)
	})
}

// openPgx opens a pool without store/postgres, as a host may do.
func openPgx(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal("the DSN does not parse") // the error quotes it
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
