package store_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/sqlite"
)

// applied applies the migrations without Migrate, as a host's tool does.
func applied(t *testing.T, db *sql.DB, dialect store.Dialect) *store.Store {
	t.Helper()
	files := store.Migrations(dialect)
	for _, name := range names(t, files) {
		up, _ := sections(t, read(t, files, name))
		exec(t, db, up)
	}
	return over(t, db, dialect)
}

func TestValidateAcceptsMigrations(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := applied(t, db, dialect)
		if err := s.Validate(t.Context()); err != nil {
			t.Fatal(err)
		}
		exec(t, db, `ALTER TABLE warehouse_connections ADD COLUMN added_later TEXT`)
		if err := s.Validate(t.Context()); err != nil {
			t.Errorf("with an additional column: %v", err)
		}
		if rows, err := s.Page(t.Context(), "", 1); err != nil || len(rows) != 0 {
			t.Errorf("Page = %d rows, %v, want none: Validate must not write", len(rows), err)
		}
		if err := s.Migrate(t.Context()); err == nil {
			t.Error("Migrate succeeds on tables that another tool created")
		}
		if err := s.Validate(t.Context()); err != nil {
			t.Errorf("after a failed Migrate: %v", err)
		}
		for _, name := range names(t, store.Migrations(dialect)) {
			_, down := sections(t, read(t, store.Migrations(dialect), name))
			exec(t, db, down)
		}
		if err := s.Validate(t.Context()); err == nil {
			t.Error("Validate succeeds after the down migration")
		}
	})
}

func TestValidateNamesMissingParts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, statement string
		want            []string
	}{
		{"the table", `DROP TABLE warehouse_connections`, []string{"warehouse_connections does not exist"}},
		{"the index", `DROP INDEX warehouse_connections_organisation`, []string{"a unique index on organisation"}},
		{"columns", `ALTER TABLE warehouse_connections RENAME COLUMN sealed TO ciphertext;
			ALTER TABLE warehouse_connections DROP COLUMN host_config`, []string{"lacks the columns host_config, sealed:"}},
		{"the primary key", `DROP TABLE warehouse_connections; CREATE TABLE warehouse_connections (id TEXT,
			organisation TEXT UNIQUE, type TEXT, config TEXT, host_config TEXT, public_key TEXT, setup_script TEXT,
			sealed TEXT, revision BIGINT, created_at BIGINT, tested_at BIGINT, test_error TEXT, diagnosis TEXT)`,
			[]string{"a primary key or a unique index on id"}},
		{"a unique index", `DROP INDEX warehouse_connections_organisation;
			CREATE INDEX warehouse_connections_organisation ON warehouse_connections (organisation)`,
			[]string{"a unique index on organisation"}},
		{"an index on all rows", `DROP INDEX warehouse_connections_organisation;
			CREATE UNIQUE INDEX warehouse_connections_organisation ON warehouse_connections (organisation) WHERE revision > 1`,
			[]string{"a unique index on organisation"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
				db := open()
				s := migrated(t, db, dialect)
				if err := s.Validate(t.Context()); err != nil {
					t.Fatal(err)
				}
				exec(t, db, test.statement)
				err := s.Validate(t.Context())
				if err == nil {
					t.Fatal("Validate succeeds")
				}
				for _, want := range append(test.want, "call Migrate") {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("Validate = %v, want %q in it", err, want)
					}
				}
			})
		})
	}
}

func TestValidateRejectsReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	rejected := func(t *testing.T, s *store.Store, message string) {
		t.Helper()
		err := s.Validate(t.Context())
		if err == nil || !strings.Contains(err.Error(), "does not accept writes") || !strings.Contains(err.Error(), message) {
			t.Errorf("Validate = %v, want \"does not accept writes\" and %q in it", err, message)
		}
	}
	for _, setting := range []string{"mode=ro", "_pragma=query_only(1)"} {
		t.Run("sqlite "+setting, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "test.db")
			db, err := sqlite.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			migrated(t, db, store.DialectSQLite)
			readOnly, err := sql.Open("sqlite", "file:"+path+"?"+setting)
			if err != nil {
				t.Fatal(err)
			}
			defer readOnly.Close()
			rejected(t, over(t, readOnly, store.DialectSQLite), "readonly database")
		})
	}
	t.Run("sqlite mode of the file", func(t *testing.T) {
		t.Parallel()
		if os.Getuid() <= 0 {
			t.Skip("root may write to any file, and Windows has no such modes")
		}
		path := filepath.Join(t.TempDir(), "test.db")
		db, err := sqlite.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		migrated(t, db, store.DialectSQLite)
		if err := os.Chmod(path, 0o400); err != nil {
			t.Fatal(err)
		}
		readOnly, err := sqlite.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer readOnly.Close()
		rejected(t, over(t, readOnly, store.DialectSQLite), "readonly database")
	})
	t.Run("postgresql setting", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		newPostgres(t, dsn)
		db := openPostgres(t, pgtest.With(t, dsn, "default_transaction_read_only", "on"))
		rejected(t, over(t, db, store.DialectPostgreSQL), "read-only transaction")
	})
	t.Run("postgresql replica", func(t *testing.T) {
		t.Parallel()
		server := pgtest.NewServer(t)
		newPostgres(t, server.DSN)
		server.Standby(t)
		db := openPostgres(t, server.DSN)
		rejected(t, over(t, db, store.DialectPostgreSQL), "read-only transaction")
	})
}

// Validate must not even create a file, or a new version of a row.
func TestValidateWritesNothing(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		directory := t.TempDir()
		db, err := sql.Open("sqlite", "file:"+filepath.Join(directory, "test.db")) // without a write-ahead log
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s := migrated(t, db, store.DialectSQLite)
		if err := s.Create(t.Context(), newRow("acme")); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(filepath.Join(directory, "test.db"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(t.Context()); err != nil {
			t.Fatal(err)
		}
		after, err := os.ReadFile(filepath.Join(directory, "test.db"))
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("Validate changed the file (%v)", err)
		}
		if entries, err := os.ReadDir(directory); err != nil || len(entries) != 1 {
			t.Errorf("the directory has %d files, %v, want the database alone", len(entries), err)
		}
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		db := openPostgres(t, pgtest.DSN(t))
		s := migrated(t, db, store.DialectPostgreSQL)
		if err := s.Create(t.Context(), newRow("acme")); err != nil {
			t.Fatal(err)
		}
		const version = `SELECT concat(xmin, ' ', xmax, ' ', ctid) FROM warehouse_connections`
		var before, after string
		if err := db.QueryRowContext(t.Context(), version).Scan(&before); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRowContext(t.Context(), version).Scan(&after); err != nil || before != after {
			t.Errorf("the row's version is %q, %v after Validate, want %q", after, err, before)
		}
	})
}

func TestValidateRejectsPreparedStatementsBehindPooler(t *testing.T) {
	t.Parallel()
	for _, connections := range []int{0, 1} { // a pool without a limit, and the smallest one
		dsn := pgtest.PgBouncer(t)
		newPostgres(t, dsn)
		db := openPgx(t, dsn)
		db.SetMaxOpenConns(connections)
		err := over(t, db, store.DialectPostgreSQL).Validate(t.Context())
		if err == nil || !strings.Contains(err.Error(), "SQLSTATE 42P05") || !strings.Contains(err.Error(), "default_query_exec_mode=exec") {
			t.Errorf("Validate with up to %d connections = %v, want SQLSTATE 42P05 and default_query_exec_mode=exec in it", connections, err)
		}
	}
	dsn := pgtest.PgBouncer(t)
	newPostgres(t, dsn)
	for _, mode := range []string{"exec", "cache_describe", "simple_protocol"} {
		db := openPgx(t, pgtest.With(t, dsn, "default_query_exec_mode", mode))
		if err := over(t, db, store.DialectPostgreSQL).Validate(t.Context()); err != nil {
			t.Errorf("Validate with default_query_exec_mode=%s = %v", mode, err)
		}
	}
	direct := pgtest.DSN(t)
	newPostgres(t, direct)
	if err := over(t, openPgx(t, direct), store.DialectPostgreSQL).Validate(t.Context()); err != nil {
		t.Errorf("Validate without a pooler = %v", err)
	}
}

// Without the index an organisation could get two connections.
func TestCreateFailsWithoutTheIndex(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := migrated(t, db, dialect)
		exec(t, db, `DROP INDEX warehouse_connections_organisation`)
		if err := s.Create(t.Context(), newRow("acme")); err == nil {
			t.Error("Create succeeds without the unique index")
		}
	})
}

func TestValidateNamesMissingRights(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	owner := openPostgres(t, dsn)
	migrated(t, owner, store.DialectPostgreSQL)
	role := "role_" + strings.ToLower(rand.Text())
	exec(t, owner, `CREATE ROLE `+role)
	var schema string
	if err := owner.QueryRowContext(t.Context(), `SELECT current_schema()`).Scan(&schema); err != nil {
		t.Fatal(err)
	}
	exec(t, owner, `GRANT USAGE ON SCHEMA `+schema+` TO `+role)
	t.Cleanup(func() {
		db := openPostgres(t, dsn)
		for _, statement := range []string{`DROP OWNED BY ` + role, `DROP ROLE ` + role} {
			if _, err := db.Exec(statement); err != nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
	s := over(t, openPostgres(t, pgtest.With(t, dsn, "role", role)), store.DialectPostgreSQL)
	for _, step := range []struct{ want, grant string }{
		{"may not read it", "SELECT"},
		{"the right to insert", "INSERT"},
		{"the right to update", "UPDATE"},
		{"the right to delete", "DELETE"},
	} {
		err := s.Validate(t.Context())
		if err == nil || !strings.Contains(err.Error(), step.want) || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("Validate before the right to %s = %v, want %q in it", step.grant, err, step.want)
		}
		exec(t, owner, `GRANT `+step.grant+` ON warehouse_connections TO `+role)
	}
	if err := s.Validate(t.Context()); err != nil {
		t.Errorf("with only the four rights: %v", err)
	}
	if err := s.Create(t.Context(), newRow("acme")); err != nil {
		t.Errorf("with only the four rights: %v", err)
	}
}
