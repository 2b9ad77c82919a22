package store_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/store"
)

var dialects = []store.Dialect{store.DialectSQLite, store.DialectPostgreSQL}

// The rules are goose's: https://pressly.github.io/goose/documentation/annotations/
func TestMigrationsAreInGoosesFormat(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialects {
		files := store.Migrations(dialect)
		for _, name := range names(t, files) {
			if !regexp.MustCompile(`^\d{5}_[a-z_]+\.sql$`).MatchString(name) {
				t.Errorf("%s: %s is not named by its version", dialect, name)
			}
			text := read(t, files, name)
			if !strings.HasPrefix(text, "-- +goose Up\n") || strings.Count(text, "-- +goose") != 2 {
				t.Errorf("%s: %s does not consist of one part up and one down", dialect, name)
			}
			up, down := sections(t, text)
			for _, section := range []string{up, down} {
				if !strings.HasSuffix(section, ";\n") {
					t.Errorf("%s: %s has a part that does not end with a statement", dialect, name)
				}
			}
			for line := range strings.Lines(text) {
				code, _, _ := strings.Cut(line, "--")
				if i := strings.IndexByte(code, ';'); i >= 0 && strings.TrimSpace(code[i:]) != ";" {
					t.Errorf("%s: %s has a line with more than the end of a statement: %s", dialect, name, line)
				}
			}
		}
	}
}

func TestMigrationsAreTheSameForAllDialects(t *testing.T) {
	t.Parallel()
	if sqlite, postgres := names(t, store.Migrations(store.DialectSQLite)), names(t, store.Migrations(store.DialectPostgreSQL)); !slices.Equal(sqlite, postgres) {
		t.Errorf("SQLite has the migrations %v, and PostgreSQL %v", sqlite, postgres)
	}
}

func TestMigrationsOfAnUnknownDialectPanic(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p == nil {
			t.Error("no panic, and a host's tool would find nothing to do")
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
		t.Fatalf("no way down in:\n%s", text)
	}
	return strings.TrimSpace(up) + "\n", strings.TrimSpace(down) + "\n"
}
