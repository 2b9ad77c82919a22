package store_test

import (
	"crypto/rand"
	"database/sql"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
)

// applied applies the migrations as a host's tool would, without Migrate.
func applied(t *testing.T, db *sql.DB, dialect store.Dialect) *store.Store {
	t.Helper()
	files := store.Migrations(dialect)
	for _, name := range names(t, files) {
		up, _ := sections(t, read(t, files, name))
		exec(t, db, up)
	}
	return over(t, db, dialect)
}

func TestValidateAcceptsWhatAHostsToolMade(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := applied(t, db, dialect)
		if err := s.Validate(t.Context()); err != nil {
			t.Fatal(err)
		}
		exec(t, db, `ALTER TABLE warehouse_connections ADD COLUMN of_a_newer_version TEXT`)
		if err := s.Validate(t.Context()); err != nil {
			t.Errorf("with one more column: %v", err)
		}
		if rows, err := s.Page(t.Context(), "", 1); err != nil || len(rows) != 0 {
			t.Errorf("Page = %d rows, %v: Validate must write nothing", len(rows), err)
		}
		if err := s.Migrate(t.Context()); err == nil {
			t.Error("Migrate takes over what another tool made")
		}
		if err := s.Validate(t.Context()); err != nil {
			t.Errorf("after a Migrate that failed: %v", err)
		}
		for _, name := range names(t, store.Migrations(dialect)) {
			_, down := sections(t, read(t, store.Migrations(dialect), name))
			exec(t, db, down)
		}
		if err := s.Validate(t.Context()); err == nil {
			t.Error("the way down leaves the table there")
		}
	})
}

func TestValidateNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, spoil string
		want        []string
	}{
		{"the table", `DROP TABLE warehouse_connections`, []string{"warehouse_connections is not there"}},
		{"the index", `DROP INDEX warehouse_connections_organisation`, []string{"a unique index on organisation"}},
		{"columns", `ALTER TABLE warehouse_connections RENAME COLUMN sealed TO ciphertext;
			ALTER TABLE warehouse_connections DROP COLUMN host_config`, []string{"lacks these columns: host_config, sealed:"}},
		{"the primary key", `DROP TABLE warehouse_connections; CREATE TABLE warehouse_connections (id TEXT,
			organisation TEXT UNIQUE, type TEXT, config TEXT, host_config TEXT, public_key TEXT, setup_script TEXT,
			sealed TEXT, revision BIGINT, created_at BIGINT, tested_at BIGINT, test_error TEXT, diagnosis TEXT)`,
			[]string{"a primary key or a unique index on id"}},
		{"an index that is not unique", `DROP INDEX warehouse_connections_organisation;
			CREATE INDEX warehouse_connections_organisation ON warehouse_connections (organisation)`,
			[]string{"a unique index on organisation"}},
		{"an index on some rows", `DROP INDEX warehouse_connections_organisation;
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
				exec(t, db, test.spoil)
				err := s.Validate(t.Context())
				if err == nil {
					t.Fatal("Validate finds nothing missing")
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

// Without the index every Create fails, so that an organisation can never have two connections.
func TestCreateFailsWithoutTheIndex(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := migrated(t, db, dialect)
		exec(t, db, `DROP INDEX warehouse_connections_organisation`)
		if err := s.Create(t.Context(), newRow("acme")); err == nil {
			t.Error("Create succeeds without the index that keeps it to one connection each")
		}
	})
}

func TestValidateNamesRightsThatAreMissing(t *testing.T) {
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
		{"may not be read", "SELECT"},
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
		t.Errorf("with the four rights and no other: %v", err)
	}
	if err := s.Create(t.Context(), newRow("acme")); err != nil {
		t.Errorf("with the four rights and no other: %v", err)
	}
}
