package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/examples/postgresconnector"
	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/store/tinkseal"
	"github.com/warehousekit/warehousekit/warehouse"
)

// product names the objects that the setup script creates.
const product = "Flagsmith"

type host struct {
	handler http.Handler
	service *warehouse.Service

	closers []func() error // closed in reverse order
}

//go:embed page.html
var page []byte

func newHost(ctx context.Context, s settings, log *slog.Logger) (_ *host, err error) {
	h := &host{}
	defer func() {
		if err != nil {
			h.close(log)
		}
	}()
	// Validate the flags before creating files.
	endpoint, demo, err := h.openSnowflake(s.snowflake)
	if err != nil {
		return nil, err
	}
	connector, err := snowflake.New(&snowflake.Options{Product: product, KeyBits: s.keyBits, Endpoint: endpoint, Logger: log})
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, connector.Close)

	db, rows, err := h.openStore(ctx, s.db)
	if err != nil {
		return nil, err
	}
	sealer, err := openSealer(ctx, s.keyset, rows)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	if demo != nil {
		if err := demo.restore(ctx, db, log); err != nil {
			return nil, fmt.Errorf("restoring the Snowflake demo: %w", err)
		}
		// The demo has no login, so any site could otherwise send a script from the developer's browser.
		mux.Handle("POST /demo/snowflake/run", http.NewCrossOriginProtection().Handler(http.HandlerFunc(demo.serveRun)))
	}

	// The demo runs on the developer's machine, so it may connect to a database there.
	postgresql, err := postgresconnector.New(&postgresconnector.Options{AllowPrivateAddresses: s.snowflake != "live"})
	if err != nil {
		return nil, err
	}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": connector, "postgresql": postgresql})
	if err != nil {
		return nil, err
	}
	h.service, err = warehouse.NewService(rows, sealer, connectors, &warehouse.Options{ProbeTimeout: s.probeTimeout, Logger: log})
	if err != nil {
		return nil, err
	}
	if err := verify(ctx, h.service, s.keyset, log); err != nil {
		return nil, err
	}
	api, err := httpapi.NewHandler(h.service, authorize, &httpapi.Options{Logger: log})
	if err != nil {
		return nil, err
	}
	const mount = "/api/v1/organisations/{organisation_pk}/integrations/warehouse-connections"
	connections := withTimeout(s.probeTimeout+storeTime, login(api))
	mux.Handle(mount, connections)
	mux.Handle(mount+"/", connections)
	mux.HandleFunc("GET /{$}", servePage)
	h.handler = withoutRedirects(mux, connections)
	return h, nil
}

// withTimeout limits the time of a request, which could otherwise wait for a hanging database forever.
func withTimeout(timeout time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// withoutRedirects serves paths that ServeMux would redirect to their clean form with connections, which
// responds with 404. A redirect can lose the body, and reveals to anonymous clients that the path exists.
func withoutRedirects(mux *http.ServeMux, connections http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := path.Clean(r.URL.Path); clean != r.URL.Path && clean+"/" != r.URL.Path {
			connections.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// openStore opens and migrates the database. A host that migrates with its own tool calls only Validate.
func (h *host) openStore(ctx context.Context, name string) (*sql.DB, *store.Store, error) {
	open, dialect := sqlite.Open, store.DialectSQLite
	switch scheme, _, isURL := strings.Cut(strings.ToLower(name), "://"); {
	case isURL && (scheme == "postgres" || scheme == "postgresql"):
		open, dialect = postgres.Open, store.DialectPostgreSQL
		name = scheme + name[len(scheme):]
	case isURL, strings.Contains(name, "password="), strings.Contains(name, "dbname="):
		// Don't repeat the value or create a file of that name: it can contain a password.
		return nil, nil, errors.New("-db must be the path of a SQLite file, or a postgres:// URL")
	}
	db, err := open(name)
	if err != nil {
		return nil, nil, err
	}
	h.closers = append(h.closers, db.Close)
	rows, err := store.New(db, dialect)
	if err != nil {
		return nil, nil, err
	}
	if err := rows.Migrate(ctx); err != nil {
		return nil, nil, err
	}
	return db, rows, rows.Validate(ctx)
}

// openSealer reads the keyset. It creates one only if the database has no rows, because a new keyset cannot
// open existing rows.
func openSealer(ctx context.Context, name string, rows warehouse.Store) (*tinkseal.Sealer, error) {
	file := tinkseal.File{Path: name}
	keys, err := file.Read(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		sealed, pageErr := rows.Page(ctx, "", 1)
		switch {
		case pageErr != nil:
			return nil, pageErr
		case len(sealed) > 0:
			return nil, fmt.Errorf("the keyset %s is missing, but the database contains connections: "+
				"restore the keyset, because a new one cannot open their private keys", name)
		}
		keys, err = file.Create(ctx)
		if errors.Is(err, fs.ErrExist) { // another replica created it first
			keys, err = file.Read(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	return tinkseal.New(keys)
}

// verify returns an error if the keyset is wrong. If only some rows don't open, it logs an error for the
// operator and returns nil, to serve the others.
func verify(ctx context.Context, service *warehouse.Service, keyset string, log *slog.Logger) error {
	err := service.Verify(ctx, 0)
	var found *warehouse.UnopenableError
	if errors.As(err, &found) && len(found.IDs) < found.Checked {
		log.Error("some private keys do not open", "error", err)
		return nil
	}
	if errors.As(err, &found) {
		return fmt.Errorf("the keyset %s is not the one that sealed the connections in the database: %w", keyset, err)
	}
	return err
}

// close calls the closers in reverse order.
func (h *host) close(log *slog.Logger) {
	for _, closer := range slices.Backward(h.closers) {
		if err := closer(); err != nil {
			log.Error("closing failed", "error", err)
		}
	}
	h.closers = nil
}

func servePage(w http.ResponseWriter, _ *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(page)
}
