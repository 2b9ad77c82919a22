// Package sqlite opens SQLite files for package store, with a driver in pure Go.
//
//	db, err := sqlite.Open("/var/lib/example/connections.db")
//	connections, err := store.New(db, store.DialectSQLite)
//	err = connections.Migrate(ctx)
//
// SQLite suits one machine. Any number of its processes may share the file, but not over a network file
// system. Each connection waits up to five seconds for a writer, uses a write-ahead log so that reads do
// not block, syncs every commit to disk, and overwrites deleted data.
//
// SQLite creates two more files, with -wal and -shm appended to the name. All three are readable by their
// owner only. A process that has the database open must not open and close the file in another way, for
// example to copy it: the operating system would drop the process's locks. Copy it with VACUUM INTO.
//
// A host that needs other settings opens the database itself. It should set secure_delete and
// busy_timeout.
package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite" // registers itself as "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// settings apply to each connection of the pool. The driver reads them from the data source name.
var settings = url.Values{
	// A deferred transaction that reads and then writes fails, without waiting, if another one wrote
	// in between.
	"_txlock": {"immediate"},
	"_pragma": {
		"busy_timeout(5000)", // ms that a writer waits for another one
		"journal_mode(WAL)",  // reads do not wait for a writer
		"synchronous(FULL)",  // a key that was shown to a customer survives a power failure
		"foreign_keys(1)",
		"secure_delete(1)", // deleted secrets are overwritten in the file
	},
}

// maxConnections bounds the memory and file descriptors that reads take: each connection has its own page
// cache and open files. It does not order writes: package store does.
const maxConnections = 8

// Open opens the database file at path, which is a path, not a URI. It creates the file with mode 0600 if
// it does not exist. The caller closes the returned DB.
//
// A relative path is resolved once, so a later change of the working directory has no effect. The path
// ":memory:" is an error: each connection of the pool would have its own database.
func Open(path string) (*sql.DB, error) {
	file, err := file(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %q: %w", path, err)
	}
	name := url.URL{Scheme: "file", Path: file, RawQuery: settings.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %q: %w", path, err)
	}
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	if err := ping(db); err != nil { // the file may not be a database, or be read-only
		return nil, fmt.Errorf("sqlite: open %q: %w", path, errors.Join(err, db.Close()))
	}
	return db, nil
}

// ping opens the first connection, which enables the write-ahead log of a new file. If several processes
// do so at the same time, SQLite rejects some of them without applying the busy timeout, so ping retries
// for as long.
func ping(db *sql.DB) error {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		err := db.Ping()
		var sqliteErr *driver.Error
		if !errors.As(err, &sqliteErr) || sqliteErr.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(end) {
			return err
		}
	}
}

// file returns the absolute path in the form that a URI needs. It creates the file if it does not exist.
func file(path string) (string, error) {
	switch {
	case path == "":
		return "", errors.New("the path is empty")
	case path == ":memory:":
		return "", errors.New("a pool cannot share a database in memory: name a file, or use warehousetest.NewStore")
	case strings.HasPrefix(path, "file:"):
		return "", errors.New("want a path, not a URI (for a file of that name, use ./" + path + ")")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	switch info, err := os.Stat(absolute); {
	case errors.Is(err, fs.ErrNotExist):
		if err := create(absolute); err != nil {
			return "", err
		}
	case err != nil:
		return "", err
	case info.IsDir():
		return "", errors.New("it is a directory")
	}
	slashed := filepath.ToSlash(absolute)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	return slashed, nil
}

// create creates an empty file. SQLite copies its mode to the -wal and -shm files. create never opens an
// existing file: closing it would drop the locks that this process holds on it.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process created it
	}
	if err != nil {
		return err
	}
	return f.Close()
}
