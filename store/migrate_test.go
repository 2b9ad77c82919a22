package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/sqlite"
)

// onEach runs a test with an empty database of each kind. Each call of open returns another pool for it.
func onEach(t *testing.T, test func(t *testing.T, dialect store.Dialect, open func() *sql.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "test.db")
		test(t, store.DialectSQLite, func() *sql.DB {
			db, err := sqlite.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			return db
		})
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		test(t, store.DialectPostgreSQL, func() *sql.DB { return openPostgres(t, dsn) })
	})
	t.Run("postgresql serializable", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.With(t, pgtest.DSN(t), "default_transaction_isolation", "serializable")
		test(t, store.DialectPostgreSQL, func() *sql.DB { return openPostgres(t, dsn) })
	})
}

func exec(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := migrated(t, db, dialect)
		if err := s.Create(t.Context(), newRow("acme")); err != nil {
			t.Fatal(err)
		}
		var before, after string
		const applied = `SELECT MAX(applied_at) FROM warehouse_migrations`
		if err := db.QueryRowContext(t.Context(), applied).Scan(&before); err != nil {
			t.Fatal(err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRowContext(t.Context(), applied).Scan(&after); err != nil || after != before {
			t.Errorf("the second Migrate applied a migration again: %s, %s, %v", before, after, err)
		}
		if _, err := s.Get(t.Context(), "acme", "wc_acme"); err != nil {
			t.Errorf("the row is gone after the second Migrate: %v", err)
		}
	})
}

func TestMigrateConcurrently(t *testing.T) {
	t.Parallel()
	onEach(t, migrateConcurrently)
	// By default, a transaction of SQLite begins without a lock.
	t.Run("sqlite deferred", func(t *testing.T) {
		t.Parallel()
		for range 5 {
			dsn := "file:" + filepath.Join(t.TempDir(), "test.db") + "?_pragma=busy_timeout(5000)"
			migrateConcurrently(t, store.DialectSQLite, func() *sql.DB {
				db, err := sql.Open("sqlite", dsn)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				return db
			})
		}
	})
}

func migrateConcurrently(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
	replicas := make([]*store.Store, 8)
	for i := range replicas {
		replicas[i] = over(t, open(), dialect) // a pool of its own, like a process
	}
	var wg sync.WaitGroup
	for _, replica := range replicas {
		wg.Go(func() {
			if err := replica.Migrate(t.Context()); err != nil {
				t.Errorf("Migrate: %v", err)
			}
			if err := replica.Validate(t.Context()); err != nil {
				t.Errorf("Validate: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestMigrateRejectsNewerDatabase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := migrated(t, db, dialect)
		exec(t, db, `INSERT INTO warehouse_migrations (version, applied_at) VALUES (99999, 0)`)
		err := s.Migrate(t.Context())
		if err == nil || !strings.Contains(err.Error(), "version 99999") {
			t.Errorf("Migrate = %v, want an error that names the version 99999", err)
		}
		if err := s.Validate(t.Context()); err != nil {
			t.Errorf("Validate of an older replica: %v", err)
		}
	})
}

func TestMigrateFailureLeavesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		exec(t, db, `CREATE TABLE others (organisation TEXT)`)
		exec(t, db, `CREATE INDEX warehouse_connections_organisation ON others (organisation)`)
		s := over(t, db, dialect)
		err := s.Migrate(t.Context())
		if err == nil || !strings.Contains(err.Error(), "73001_connections.sql") {
			t.Fatalf("Migrate = %v, want an error that names the migration", err)
		}
		if _, err := db.ExecContext(t.Context(), `SELECT 1 FROM warehouse_connections`); err == nil {
			t.Error("the failed migration left its table")
		}
		exec(t, db, `DROP TABLE others`)
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("Migrate after the cause was removed: %v", err)
		}
	})
}

func TestMigrateEndsWithContext(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := migrated(t, db, dialect)
		tx, err := open().BeginTx(t.Context(), nil) // takes the lock in SQLite
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if dialect == store.DialectPostgreSQL {
			if _, err := tx.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock(7311842170552309251)`); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := s.Migrate(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Migrate during another Migrate = %v, want the context's error", err)
		}
	})
}

// The secrets of a connection exist nowhere else.
func TestDownKeepsConnections(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := applied(t, db, dialect)
		if err := s.Create(t.Context(), newRow("acme")); err != nil {
			t.Fatal(err)
		}
		files := store.Migrations(dialect)
		all := names(t, files)
		slices.Reverse(all)
		failed := false
		for _, name := range all {
			_, down := sections(t, read(t, files, name))
			if _, err := db.ExecContext(t.Context(), down); err != nil {
				failed = true
				break
			}
		}
		if !failed {
			t.Error("Down succeeds with a connection")
		}
		if _, err := s.Get(t.Context(), "acme", "wc_acme"); err != nil {
			t.Errorf("Get after Down = %v", err)
		}
	})
}

func TestMigrateChangesOneSchema(t *testing.T) {
	t.Parallel()
	one, other := openPostgres(t, pgtest.DSN(t)), openPostgres(t, pgtest.DSN(t))
	s := migrated(t, one, store.DialectPostgreSQL)
	if err := over(t, other, store.DialectPostgreSQL).Validate(t.Context()); err == nil {
		t.Error("Validate succeeds in a schema that was not migrated")
	}
	if err := migrated(t, other, store.DialectPostgreSQL).Create(t.Context(), newRow("acme")); err != nil {
		t.Fatal(err)
	}
	if rows, err := s.Page(t.Context(), "", 10); err != nil || len(rows) != 0 {
		t.Errorf("the rows of another schema: %d, %v", len(rows), err)
	}
}

// Each case fails at one step of the transaction.
func TestMigrateRollsBack(t *testing.T) {
	t.Parallel()
	failure := errors.New("disk full")
	ok := driver.RowsAffected(0)
	none := func() *sqlmock.Rows { return sqlmock.NewRows([]string{"version"}).AddRow(0) }
	for _, test := range []struct {
		name   string
		script func(mock sqlmock.Sqlmock)
	}{
		{"begin", func(mock sqlmock.Sqlmock) { mock.ExpectBegin().WillReturnError(failure) }},
		{"lock", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnError(failure)
			mock.ExpectRollback()
		}},
		{"version", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(ok)
			mock.ExpectExec("CREATE TABLE IF NOT EXISTS warehouse_migrations").WillReturnResult(ok)
			mock.ExpectQuery("SELECT").WillReturnError(failure)
			mock.ExpectRollback()
		}},
		{"statement", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(ok)
			mock.ExpectExec("CREATE TABLE IF NOT EXISTS warehouse_migrations").WillReturnResult(ok)
			mock.ExpectQuery("SELECT").WillReturnRows(none())
			mock.ExpectExec("CREATE TABLE warehouse_connections").WillReturnError(failure)
			mock.ExpectRollback()
		}},
		{"record", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(ok)
			mock.ExpectExec("CREATE TABLE IF NOT EXISTS warehouse_migrations").WillReturnResult(ok)
			mock.ExpectQuery("SELECT").WillReturnRows(none())
			mock.ExpectExec("CREATE TABLE warehouse_connections").WillReturnResult(ok)
			mock.ExpectExec("CREATE UNIQUE INDEX").WillReturnResult(ok)
			mock.ExpectExec("INSERT INTO warehouse_migrations").WillReturnError(failure)
			mock.ExpectRollback()
		}},
		{"commit", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(ok)
			mock.ExpectExec("CREATE TABLE IF NOT EXISTS warehouse_migrations").WillReturnResult(ok)
			mock.ExpectQuery("SELECT").WillReturnRows(none())
			mock.ExpectExec("CREATE TABLE warehouse_connections").WillReturnResult(ok)
			mock.ExpectExec("CREATE UNIQUE INDEX").WillReturnResult(ok)
			mock.ExpectExec("INSERT INTO warehouse_migrations").WillReturnResult(ok)
			mock.ExpectCommit().WillReturnError(failure)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, mock := newMock(t)
			test.script(mock)
			wantDatabaseError(t, s.Migrate(t.Context()), "disk full")
		})
	}
}

var dialects = []store.Dialect{store.DialectSQLite, store.DialectPostgreSQL}

// The rules are goose's: https://pressly.github.io/goose/documentation/annotations/
func TestMigrationsFormat(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialects {
		files := store.Migrations(dialect)
		for _, name := range names(t, files) {
			if !regexp.MustCompile(`^\d{5}_[a-z_]+\.sql$`).MatchString(name) {
				t.Errorf("%s: %s is not named after its version", dialect, name)
			}
			text := read(t, files, name)
			if !strings.HasPrefix(text, "-- +goose Up\n") || strings.Count(text, "-- +goose") != 2 {
				t.Errorf("%s: %s want one section Up and one section Down", dialect, name)
			}
			up, down := sections(t, text)
			for _, section := range []string{up, down} {
				if !strings.HasSuffix(section, ";\n") {
					t.Errorf("%s: %s has a section that does not end with a statement", dialect, name)
				}
			}
			for line := range strings.Lines(text) {
				code, _, _ := strings.Cut(line, "--")
				if i := strings.IndexByte(code, ';'); i >= 0 && strings.TrimSpace(code[i:]) != ";" {
					t.Errorf("%s: %s has text after a semicolon: %s", dialect, name, line)
				}
			}
		}
	}
}

func TestMigrationsMatchAcrossDialects(t *testing.T) {
	t.Parallel()
	if sqlite, postgres := names(t, store.Migrations(store.DialectSQLite)), names(t, store.Migrations(store.DialectPostgreSQL)); !slices.Equal(sqlite, postgres) {
		t.Errorf("SQLite has the migrations %v, PostgreSQL %v", sqlite, postgres)
	}
}

func TestMigrationsPanicsOnUnknownDialect(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p == nil {
			t.Error("no panic: a host's tool would apply nothing")
		}
	}()
	store.Migrations(0)
}

func names(t *testing.T, files fs.FS) []string {
	t.Helper()
	entries, err := fs.ReadDir(files, ".")
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func read(t *testing.T, files fs.FS, name string) string {
	t.Helper()
	text, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func sections(t *testing.T, text string) (up, down string) {
	t.Helper()
	up, down, found := strings.Cut(strings.TrimPrefix(text, "-- +goose Up\n"), "-- +goose Down\n")
	if !found {
		t.Fatalf("no section Down in:\n%s", text)
	}
	return strings.TrimSpace(up) + "\n", strings.TrimSpace(down) + "\n"
}
