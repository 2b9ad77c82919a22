package store_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/warehouse"
)

// A host opens its database, migrates it, and passes the store to warehouse.NewService.
func Example() {
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)

	db, err := sqlite.Open(filepath.Join(directory, "connections.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	connections, err := store.New(db, store.DialectSQLite)
	if err != nil {
		log.Fatal(err)
	}
	if err := connections.Migrate(ctx); err != nil {
		log.Fatal(err)
	}

	var s warehouse.Store = connections
	listed, err := s.List(ctx, "acme")
	fmt.Println(len(listed), err)
	// Output: 0 <nil>
}

// A host that migrates with its own tool passes it these files, and calls Validate at startup.
func ExampleMigrations() {
	files, err := fs.Glob(store.Migrations(store.DialectPostgreSQL), "*.sql")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(files)
	// Output: [73001_connections.sql]
}
