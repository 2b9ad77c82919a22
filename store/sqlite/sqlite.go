// Opening a SQLite file.

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

	driver "modernc.org/sqlite" // which registers itself under the name that Open gives
	sqlite3 "modernc.org/sqlite/lib"
)

// settings hold for each connection of the pool. The driver reads them from the name of the database.
var settings = url.Values{
	// A transaction that reads and then writes would fail, not wait, when another wrote between.
	"_txlock": {"immediate"},
	"_pragma": {
		"busy_timeout(5000)", // ms that a writer waits for another
		"journal_mode(WAL)",  // readers go on while one writes
		"synchronous(FULL)",  // a key that a customer was shown survives a power cut
		"foreign_keys(1)",
		"secure_delete(1)", // deleted secrets are overwritten in the file
	},
}

// maxConnections bounds how many writers compete for the one lock: SQLite lets them wait in no order, so
// that of many some would starve until their busy timeout, while the pool lets them wait in turn.
const maxConnections = 8

// Open opens the database in the file at path, which is a path and not a URI, and makes the file if it
// is not there, readable and writable by its owner alone. The caller closes what it gets.
//
// A path that a later change of the working directory would make another's is made absolute. ":memory:"
// is an error, since each connection of the pool would get a database of its own.
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
	if err := ping(db); err != nil { // the file may hold something else, or be read-only
		return nil, fmt.Errorf("sqlite: open %q: %w", path, errors.Join(err, db.Close()))
	}
	return db, nil
}

// ping makes the first connection, which turns a new file's write-ahead log on. Of many that do so at once
// SQLite refuses some at once, whatever their busy timeout, so they try again for as long as that is.
func ping(db *sql.DB) error {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		err := db.Ping()
		var said *driver.Error
		if !errors.As(err, &said) || said.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(end) {
			return err
		}
	}
}

// file returns the absolute path in the form of a URI's, and makes the file if it is not there.
func file(path string) (string, error) {
	switch {
	case path == "":
		return "", errors.New("the path is empty")
	case path == ":memory:":
		return "", errors.New("a database in memory is not one that a pool of connections can share: name a file, or use warehousetest.NewStore")
	case strings.HasPrefix(path, "file:"):
		return "", errors.New("a path is expected, and not a URI (a file of that name is ./" + path + ")")
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
		return "", errors.New("it is a directory, and the path of a file is expected")
	}
	slashed := filepath.ToSlash(absolute)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	return slashed, nil
}

// create makes an empty file, from which SQLite takes the mode of the files that it adds. It never opens
// one that is there: to close it would drop the locks that this process has on it.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	if err != nil {
		return err
	}
	return f.Close()
}
