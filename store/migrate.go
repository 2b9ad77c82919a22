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

// Migrations returns the dialect's migrations, for a host that applies them with its own tool: SQL files
// in goose's format, in the root, named by version, such as 73001_connections.sql. A host's own migrations
// are unlikely to have these versions. A file does not change after its release. Down fails while there are
// connections. Migrations panics if the dialect is unknown.
//
// The tool must record these versions in a table of their own. The package documentation has the call for
// goose.
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

// The version table is not named after any tool's, because a host may use both in one schema.
const versionTable = `CREATE TABLE IF NOT EXISTS warehouse_migrations
	(version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)`

// Migrate brings the database to the version that this code needs. It does nothing if the database is
// at that version. No other function calls it: the host decides when its schema changes. A host that
// applies [Migrations] with its own tool never calls Migrate.
//
// Any number of replicas may call it at the same time: a database lock serializes them. Each migration
// is one transaction, which also inserts its version into the table warehouse_migrations. If a newer
// version of this package has migrated the database, Migrate returns an error and changes nothing.
func (s *Store) Migrate(ctx context.Context) error {
	migrations, err := readMigrations(Migrations(s.dialect))
	if err != nil {
		return err
	}
	if s.dialect == DialectSQLite {
		// Before the transaction, because that takes its lock by writing to this table.
		if _, err := s.write(ctx, "migrate: create the version table", versionTable); err != nil {
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

// migrateOnce takes the lock and applies the next migration, if any, in one transaction.
func (s *Store) migrateOnce(ctx context.Context, migrations []migration) (done bool, err error) {
	options := &sql.TxOptions{}
	lock := []string{
		// A write takes SQLite's lock even if it changes no row. BEGIN IMMEDIATE would do too, but
		// is a setting of the host's driver.
		`UPDATE warehouse_migrations SET version = version WHERE 1 = 0`,
	}
	if s.dialect == DialectPostgreSQL {
		// At a higher isolation level, reads after the wait would see the state before it.
		options.Isolation = sql.LevelReadCommitted
		// The number is arbitrary. The lock is the transaction's: a session's does not work with poolers.
		lock = []string{`SELECT pg_advisory_xact_lock(7311842170552309251)`, versionTable}
	}
	tx, err := s.db.BeginTx(ctx, options)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // a no-op after Commit
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

// following returns the migration after the current version, or nil if there is none.
func following(migrations []migration, current int64) (*migration, error) {
	var newest int64
	for _, m := range migrations {
		if m.version > current {
			return &m, nil
		}
		newest = m.version
	}
	if current > newest {
		return nil, fmt.Errorf("the database is at version %d and this code knows versions up to %d: "+
			"deploy the version of package store that migrated it", current, newest)
	}
	return nil, nil
}

// migration is one file of [Migrations].
type migration struct {
	version    int64
	name       string
	statements []string
}

// readMigrations returns the migrations sorted by name, and so by version.
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
			return nil, fmt.Errorf("store: the name of migration %s does not start with a version", entry.Name())
		}
		text, err := fs.ReadFile(files, entry.Name())
		if err != nil {
			return nil, fmt.Errorf("store: read the migrations: %w", err)
		}
		migrations = append(migrations, migration{version, entry.Name(), statementsUp(string(text))})
	}
	return migrations, nil
}

// statementsUp returns the statements between "-- +goose Up" and "-- +goose Down", without comments. As
// in goose, a semicolon at the end of a line ends a statement.
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
