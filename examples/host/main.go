// Command host is a small API of the kind that gains warehouse connections: users who log in with
// a password, sessions in a cookie, chi as the router, PostgreSQL below. What it does for the sake
// of the connections is here, in api.go and in events.go; login.go is what it has had all along.
//
// DATABASE_URL is the database's DSN. WAREHOUSE_KEYSET is a keyset in Tink's JSON, made once by
// tinkey or tinkseal.NewKeyset, and kept apart from the database: without it no stored key opens.
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
	if dsn == "" { // the driver would go by libpq's defaults, to whatever database those lead to
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
	// A test outlives the request that asked for it. So the server goes first, then the service,
	// which waits for the tests whose clients have gone, and the database when nothing needs it.
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(stopping), service.Shutdown(stopping))
}

// newService fails at the start on what would otherwise fail a customer's request.
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
	if err := rows.Migrate(ctx); err != nil { // replicas that start together take turns
		return nil, err
	}
	service, err := warehouse.NewService(rows, sealer, connectors, &warehouse.Options{Logger: logger, OnEvent: audit(logger)})
	if err != nil {
		return nil, err
	}
	// A keyset that opens nothing is the wrong one, and must not seal anything either. A row among
	// others that does not open is one customer's trouble, and no reason to be down for the rest.
	err = service.Verify(ctx, 0)
	if lost, ok := errors.AsType[*warehouse.UnopenableError](err); ok && len(lost.IDs) < lost.Checked {
		logger.ErrorContext(ctx, "some customers need a new connection", "error", err)
		return service, nil
	}
	return service, err
}
