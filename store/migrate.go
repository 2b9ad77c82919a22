// Applying the migrations.

package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

//go:embed migrations
var migrationFiles embed.FS

// Migrations returns a dialect's migrations, for a host that applies them with a tool of its own: plain
// SQL files in the format of goose at the root, named by their version, as in 00001_connections.sql.
// A file never changes once it is released. It panics on a dialect that is not one.
func Migrations(dialect Dialect) fs.FS {
	files, err := fs.Sub(migrationFiles, "migrations/"+dialect.String())
	if err == nil {
		_, err = fs.Stat(files, ".")
	}
	if err != nil {
		panic("store: Migrations: unknown dialect " + dialect.String())
	}
	return files
}

// The version table has a name of its own, so that it is not taken for that of a host's tool.
const versionTable = `CREATE TABLE IF NOT EXISTS warehouse_migrations
	(version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)`

// Migrate brings the database to the version that this code needs, and does nothing if it is there.
// Nothing else calls it: a host decides when its database changes, and one that applies [Migrations]
// with a tool of its own never calls it.
//
// Any number of replicas may call it at once: a lock of the database lets one at a time through. Each
// migration is one transaction, with the row in the table warehouse_migrations that says it was
// applied. A database that a newer version of this package migrated is an error, and stays as it is.
func (s *Store) Migrate(ctx context.Context) error {
	migrations, err := readMigrations(Migrations(s.dialect))
	if err != nil {
		return err
	}
	if s.dialect == DialectSQLite {
		// Outside the transaction, which takes its lock by writing to this table.
		if _, err := s.write(ctx, "migrate: make the version table", versionTable); err != nil {
			return err
		}
	}
	for {
		done, err := retry(ctx, "migrate", func() (bool, error) { return s.migrateOnce(ctx, migrations) })
		if done || err != nil {
			return err
		}
	}
}

// migrateOnce applies the next migration, if any, in a transaction that begins with the lock.
func (s *Store) migrateOnce(ctx context.Context, migrations []migration) (done bool, err error) {
	options := &sql.TxOptions{}
	lock := []string{
		// A write, even of no row, makes others wait. BEGIN IMMEDIATE would be a setting of the
		// host's driver.
		`UPDATE warehouse_migrations SET version = version WHERE 1 = 0`,
	}
	if s.dialect == DialectPostgreSQL {
		// At a higher isolation, what is read after the wait would be as old as its beginning.
		options.Isolation = sql.LevelReadCommitted
		// The number is arbitrary. The lock ends with the transaction, which poolers require.
		lock = []string{`SELECT pg_advisory_xact_lock(7311842170552309251)`, versionTable}
	}
	tx, err := s.db.BeginTx(ctx, options)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing, and before it err says why
	for _, statement := range lock {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return false, err
		}
	}
	var current int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM warehouse_migrations`).Scan(&current); err != nil {
		return false, err
	}
	next, err := following(migrations, current)
	if next == nil || err != nil {
		return next == nil && err == nil, err
	}
	for _, statement := range next.statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return false, fmt.Errorf("%s: %w", next.name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO warehouse_migrations (version, applied_at) VALUES ($1, $2)`,
		next.version, time.Now().UnixNano()); err != nil {
		return false, fmt.Errorf("%s: %w", next.name, err)
	}
	return false, tx.Commit()
}

// following returns the migration after the current version, nil if there is none.
func following(migrations []migration, current int64) (*migration, error) {
	var newest int64
	for _, m := range migrations {
		if m.version > current {
			return &m, nil
		}
		newest = m.version
	}
	if current > newest {
		return nil, fmt.Errorf("the database is at version %d, and this code knows versions up to %d: "+
			"a newer version of package store migrated it, so deploy that one", current, newest)
	}
	return nil, nil
}

// migration is the way up to one version.
type migration struct {
	version    int64
	name       string
	statements []string
}

// readMigrations returns the migrations in the order of their versions, which is that of their names.
func readMigrations(files fs.FS) ([]migration, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("store: read the migrations: %w", err)
	}
	var migrations []migration
	for _, entry := range entries {
		number, _, _ := strings.Cut(entry.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("store: the migration %s is not named by its version", entry.Name())
		}
		text, err := fs.ReadFile(files, entry.Name())
		if err != nil {
			return nil, fmt.Errorf("store: read the migrations: %w", err)
		}
		migrations = append(migrations, migration{version, entry.Name(), statementsUp(string(text))})
	}
	return migrations, nil
}

// statementsUp returns the statements between "-- +goose Up" and "-- +goose Down". As in goose, a
// statement ends with a line that ends in a semicolon; comments are left out.
func statementsUp(text string) []string {
	_, text, _ = strings.Cut(text, "-- +goose Up\n")
	text, _, _ = strings.Cut(text, "-- +goose Down\n")
	var statements []string
	var statement strings.Builder
	for line := range strings.Lines(text) {
		if code, _, _ := strings.Cut(line, "--"); strings.TrimSpace(code) != "" {
			statement.WriteString(strings.TrimRight(code, " \n") + "\n")
			if strings.HasSuffix(strings.TrimSpace(code), ";") {
				statements = append(statements, statement.String())
				statement.Reset()
			}
		}
	}
	return statements
}
