// The migrations as files.

package store

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
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
