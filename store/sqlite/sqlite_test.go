package sqlite_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/warehouse"
)

func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sqlite.Open(path)
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

func query(t *testing.T, db *sql.DB, query string) (value string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func exec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestOpenSetsEveryConnection(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "test.db"))
	for range 4 {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() // held until the end, to get a new one each time
		for pragma, want := range map[string]string{
			"busy_timeout": "5000", "journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1",
		} {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s = %s, %v, want %s", pragma, got, err, want)
			}
		}
	}
}

func TestOpenPaths(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	for _, name := range []string{
		"plain.db", "with spaces.db", "what?mode=memory", "what?_pragma=journal_mode(OFF)", "hash#tag", "100%", "%41", "a&b=c",
		"é日本🦫", "'quoted'", `"quoted"`, "semi;colon", "plus+plus", "tilde~", "@at", "no-extension", "-dash", "[x]",
	} {
		path := filepath.Join(directory, name)
		db := open(t, path)
		exec(t, db, `CREATE TABLE t (name TEXT)`)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("Open did not create %q: %v", name, err)
		}
		if got := query(t, db, `SELECT file FROM pragma_database_list WHERE name = 'main'`); filepath.Base(got) != name {
			t.Errorf("opening %q opened %q", name, got)
		}
		if got := query(t, db, `PRAGMA journal_mode`); got != "wal" {
			t.Errorf("opening %q changed a setting: journal_mode is %s", name, got)
		}
	}
}

func TestOpenFileModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	directory := t.TempDir()
	db := open(t, filepath.Join(directory, "test.db"))
	exec(t, db, `CREATE TABLE t (id INTEGER)`)
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) < 2 {
		t.Fatalf("%d files, %v, want the database and SQLite's other files", len(entries), err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v, %v, want 0600", entry.Name(), info.Mode(), err)
		}
	}
}

func TestOpenKeepsExistingFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	exec(t, open(t, path), `CREATE TABLE t AS SELECT 'kept' AS name`)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if got := query(t, open(t, path), `SELECT name FROM t`); got != "kept" {
		t.Errorf("the second pool reads %q", got)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v, want 0640", info.Mode(), err)
	}
}

// As when several processes start at the same time without a database.
func TestOpenConcurrently(t *testing.T) {
	t.Parallel()
	for range 10 {
		path := filepath.Join(t.TempDir(), "test.db")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				db, err := sqlite.Open(path)
				if err != nil {
					t.Error(err)
					return
				}
				defer db.Close()
				if _, err := db.ExecContext(t.Context(), `CREATE TABLE IF NOT EXISTS t (id INTEGER)`); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

func TestOpenResolvesPathOnce(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	t.Chdir(first)
	db := open(t, "test.db")
	t.Chdir(second)
	for range 3 {
		conn, err := db.Conn(t.Context()) // a new connection each time
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	if entries, err := os.ReadDir(second); err != nil || len(entries) != 0 {
		t.Errorf("a later connection opened another file: %v, %v", entries, err)
	}
}

func TestOpenRejects(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	text := filepath.Join(directory, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                                "empty",
		":memory:":                        "warehousetest.NewStore",
		"file:test.db?mode=memory":        "./file:test.db?mode=memory",
		directory:                         "it is a directory",
		directory + "/":                   "it is a directory",
		filepath.Join(directory, "a/b"):   "no such file or directory",
		filepath.Join(text, "below.db"):   "not a directory",
		text:                              "not a database",
		filepath.Join(directory, "a\x00"): "invalid argument",
	} {
		db, err := sqlite.Open(path)
		if err == nil {
			db.Close()
		}
		if db != nil || err == nil || !strings.HasPrefix(err.Error(), "sqlite: open ") || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q) = %v, %v, want %q in the error", path, db, err, want)
		}
	}
	if entries, err := os.ReadDir(directory); err != nil || len(entries) != 1 {
		t.Errorf("a rejected path left a file: %v, %v", entries, err)
	}
}

// Deleted secrets must be gone from the disk, not only from responses.
func TestSecureDelete(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	db := open(t, filepath.Join(directory, "test.db"))
	s, err := store.New(db, store.DialectSQLite)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}

	secret := func(prefix string) []byte { // longer than a page, for overflow pages
		return []byte(prefix + rand.Text() + string(bytes.Repeat([]byte(rand.Text()), 400)))
	}
	first, second, script := secret("first"), secret("second"), secret("script")
	for i := range 20 { // other rows on the same pages
		if err := s.Create(t.Context(), newRow(string(rune('a'+i)))); err != nil {
			t.Fatal(err)
		}
	}
	row := newRow("deleted")
	row.Sealed, row.SetupScript = first, string(script)
	steps := []struct {
		name string
		do   func() error
		gone [][]byte
		here [][]byte
	}{
		{"create", func() error { return s.Create(t.Context(), row) }, nil, [][]byte{first, script}},
		{"reseal", func() error { return s.Reseal(t.Context(), row.Organisation, row.ID, first, second) }, [][]byte{first}, [][]byte{second, script}},
		{"delete", func() error { return s.Delete(t.Context(), row.Organisation, row.ID) }, [][]byte{first, second, script}, nil},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		exec(t, db, `PRAGMA wal_checkpoint(TRUNCATE)`)
		files := contents(t, directory)
		for _, secret := range step.gone {
			// Overflow pages hold parts of it.
			for _, piece := range [][]byte{secret[:25], secret[40:80], secret[len(secret)-60:]} {
				if bytes.Contains(files, piece) {
					t.Errorf("after %s, %q is still in the files", step.name, piece)
				}
			}
		}
		for _, secret := range step.here {
			if !bytes.Contains(files, secret[:25]) {
				t.Fatalf("after %s, %q is not in the files: this test looks in the wrong place", step.name, secret[:25])
			}
		}
	}
}

func newRow(organisation string) warehouse.Row {
	return warehouse.Row{
		Connection: warehouse.Connection{
			ID:           "wc_" + organisation,
			Organisation: organisation,
			Type:         "example",
			Config:       []byte(`{}`),
			Preset:       []byte(`{}`),
			Revision:     1,
			CreatedAt:    time.Unix(1_776_420_000, 0),
		},
		Sealed: []byte("in-sealed"),
	}
}

func contents(t *testing.T, directory string) []byte {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, entry := range entries {
		file, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file...)
	}
	return all
}
