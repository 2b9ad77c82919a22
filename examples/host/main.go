// Command host is an existing API to which warehouse connections were added. It has users with passwords,
// sessions in cookies, chi and PostgreSQL. The code for warehouse connections is in main.go, api.go and
// events.go.
//
// DATABASE_URL is the DSN of the database. WAREHOUSE_KEYSET is a keyset in Tink's JSON format, created once
// with tinkey or tinkseal.NewKeyset. Store it separately from the database. If it is lost, the stored keys
// cannot be decrypted.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/store/tinkseal"
	"github.com/warehousekit/warehousekit/warehouse"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := run(ctx, logger); err != nil {
		logger.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, logger *slog.Logger) error {
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" { // the driver would use libpq's defaults, and connect to any database it finds
		return errors.New("DATABASE_URL is not set")
	}
	db, err := postgres.Open(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	connector, err := snowflake.New(&snowflake.Options{Product: "Example", Logger: logger})
	if err != nil {
		return err
	}
	defer connector.Close()
	service, err := newService(ctx, db, map[string]warehouse.Connector{"snowflake": connector}, logger)
	if err != nil {
		return err
	}
	router, err := newRouter(service, logger)
	if err != nil {
		return err
	}

	server := &http.Server{
		Addr:         cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:8080"),
		Handler:      router,
		ReadTimeout:  10 * time.Second,
		WriteTimeout: 20 * time.Second, // longer than a test of a connection may take
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	logger.Info("serving", "address", server.Addr)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// A test continues after its client disconnects. Stop the server first, then the service, which waits
	// for running tests. The database is closed last.
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(stopping), service.Shutdown(stopping))
}

// newService returns an error for a bad configuration that would otherwise fail the first request.
func newService(ctx context.Context, db *sql.DB, types map[string]warehouse.Connector, logger *slog.Logger) (*warehouse.Service, error) {
	keys, err := tinkseal.KeysetFromEnv("WAREHOUSE_KEYSET")
	if err != nil {
		return nil, err
	}
	sealer, err := tinkseal.New(keys)
	if err != nil {
		return nil, err
	}
	connectors, err := warehouse.NewRegistry(types)
	if err != nil {
		return nil, err
	}
	rows, err := store.New(db, store.DialectPostgreSQL)
	if err != nil {
		return nil, err
	}
	if err := rows.Migrate(ctx); err != nil { // safe if several replicas start at once
		return nil, err
	}
	service, err := warehouse.NewService(rows, sealer, connectors, &warehouse.Options{Logger: logger, OnEvent: audit(logger)})
	if err != nil {
		return nil, err
	}
	// If no row opens, the keyset is wrong, and must not be used to seal either. If only some rows don't
	// open, their customers need a new connection, and the host serves the others.
	err = service.Verify(ctx, 0)
	if lost, ok := errors.AsType[*warehouse.UnopenableError](err); ok && len(lost.IDs) < lost.Checked {
		logger.ErrorContext(ctx, "some customers need a new connection", "error", err)
		return service, nil
	}
	return service, err
}
