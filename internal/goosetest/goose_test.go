// Package goosetest tests the migrations of package store with goose. It is a module of its own because of
// goose's dependencies.
package goosetest

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/warehouse"
)

// hostVersion is the version of the host's migration in Go. goose adds it to every provider by default.
const hostVersion = 3

func TestMain(m *testing.M) {
	goose.AddNamedMigrationContext("00003_host.go", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TABLE host_in_go (id BIGINT)`)
		return err
	}, nil)
	os.Exit(m.Run())
}

// hostFiles are numbered from 1, as by "goose create -s".
func hostFiles() fstest.MapFS {
	return fstest.MapFS{
		"00001_users.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE users (id BIGINT);\n")},
		"00002_orders.sql": {Data: []byte("-- +goose Up\nCREATE TABLE orders (id BIGINT);\n")},
	}
}

type database struct {
	*sql.DB
	dialect store.Dialect
	goose   goose.Dialect
}

func onEach(t *testing.T, test func(t *testing.T, db database)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db, err := sqlite.Open(filepath.Join(t.TempDir(), "test.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		test(t, database{db, store.DialectSQLite, goose.DialectSQLite3})
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		db, err := postgres.Open(pgtest.DSN(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		test(t, database{db, store.DialectPostgreSQL, goose.DialectPostgres})
	})
}

func (db database) provider(t *testing.T, files fs.FS, options ...goose.ProviderOption) *goose.Provider {
	t.Helper()
	provider, err := goose.NewProvider(db.goose, db.DB, files, options...)
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

// ours makes the call that package store documents.
func (db database) ours(t *testing.T) *goose.Provider {
	t.Helper()
	return db.provider(t, store.Migrations(db.dialect),
		goose.WithTableName("warehouse_goose_version"), goose.WithDisableGlobalRegistry(true))
}

func (db database) store(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.New(db.DB, db.dialect)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// up applies the migrations and returns their number.
func up(t *testing.T, provider *goose.Provider) int {
	t.Helper()
	results, err := provider.Up(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(results)
}

func TestNextToHostMigrations(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"host first", "ours first"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, db database) {
				files := hostFiles()
				count := len(names(t, store.Migrations(db.dialect)))
				migrateHost := func(want int) {
					t.Helper()
					if got := up(t, db.provider(t, files)); got != want {
						t.Errorf("goose applied %d migrations of the host, want %d", got, want)
					}
				}
				migrateOurs := func(want int) {
					t.Helper()
					if got := up(t, db.ours(t)); got != want {
						t.Errorf("goose applied %d migrations of package store, want %d", got, want)
					}
				}
				if order == "host first" {
					migrateHost(hostVersion)
					migrateOurs(count)
				} else {
					migrateOurs(count)
					migrateHost(hostVersion)
				}
				if err := db.store(t).Validate(t.Context()); err != nil {
					t.Fatal(err)
				}
				migrateHost(0)
				migrateOurs(0)
				files["00004_later.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE later (id BIGINT);\n")}
				migrateHost(1)
				migrateOurs(0)
			})
		})
	}
}

// Without a version table of its own, goose must apply the files or return an error, but not skip them.
func TestSharedVersionTable(t *testing.T) {
	t.Parallel()
	t.Run("host first", func(t *testing.T) {
		t.Parallel()
		onEach(t, func(t *testing.T, db database) {
			up(t, db.provider(t, hostFiles()))
			if _, err := db.provider(t, store.Migrations(db.dialect)).Up(t.Context()); err != nil {
				return
			}
			if err := db.store(t).Validate(t.Context()); err != nil {
				t.Errorf("goose skipped the files without an error: %v", err)
			}
		})
	})
	t.Run("ours first", func(t *testing.T) {
		t.Parallel()
		onEach(t, func(t *testing.T, db database) {
			up(t, db.provider(t, store.Migrations(db.dialect), goose.WithDisableGlobalRegistry(true)))
			if _, err := db.provider(t, hostFiles()).Up(t.Context()); err != nil {
				return
			}
			if _, err := db.ExecContext(t.Context(), `SELECT 1 FROM users`); err != nil {
				t.Errorf("goose skipped the host's files without an error: %v", err)
			}
		})
	})
}

func TestDownKeepsConnections(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db database) {
		provider, s := db.ours(t), db.store(t)
		up(t, provider)
		row := warehouse.Row{
			Connection: warehouse.Connection{
				ID: "wc_acme", Organisation: "acme", Type: "example", Config: []byte(`{}`), Preset: []byte(`{}`),
				Revision: 1, CreatedAt: time.Unix(1_776_420_000, 0),
			},
			Sealed: []byte("in-sealed"),
		}
		if err := s.Create(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		if _, err := provider.DownTo(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "connections_must_be_deleted_first") {
			t.Errorf("Down with a connection = %v, want connections_must_be_deleted_first in it", err)
		}
		if got, err := s.Get(t.Context(), "acme", "wc_acme"); err != nil || string(got.Sealed) != "in-sealed" {
			t.Fatalf("Get after Down = %q, %v", got.Sealed, err)
		}
		if err := s.Validate(t.Context()); err != nil {
			t.Errorf("Validate after Down: %v", err)
		}
		if err := s.Delete(t.Context(), "acme", "wc_acme"); err != nil {
			t.Fatal(err)
		}
		if _, err := provider.DownTo(t.Context(), 0); err != nil {
			t.Errorf("Down without connections: %v", err)
		}
		if err := s.Validate(t.Context()); err == nil {
			t.Error("the table still exists after Down")
		}
		up(t, provider)
		if err := s.Validate(t.Context()); err != nil {
			t.Errorf("Validate after Down and Up: %v", err)
		}
	})
}

func names(t *testing.T, files fs.FS) []string {
	t.Helper()
	found, err := fs.Glob(files, "*.sql")
	if err != nil || len(found) == 0 {
		t.Fatalf("%d files, %v", len(found), err)
	}
	return found
}
