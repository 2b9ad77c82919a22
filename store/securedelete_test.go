package store_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/sqlite"
)

// What a customer deletes is gone from the disk, and not only from the answers.
func TestDeletedSecretsAreGoneFromTheFiles(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	db, err := sqlite.Open(filepath.Join(directory, "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := migrated(t, db, store.DialectSQLite)

	secret := func(prefix string) []byte { // longer than a page, so that it spills into others
		return []byte(prefix + rand.Text() + string(bytes.Repeat([]byte(rand.Text()), 400)))
	}
	first, second, script := secret("first"), secret("second"), secret("script")
	for i := range 20 { // neighbours on the same pages stay
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
			// The middle of it, too: overflow pages hold it in pieces.
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
