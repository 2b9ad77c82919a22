package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/store/tinkseal"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

const (
	path8 = "/api/v1/organisations/8/integrations/warehouse-connections/"
	path9 = "/api/v1/organisations/9/integrations/warehouse-connections/"
	fake  = `{"type": "fake", "account": "acme"}`
)

func TestLoginRequired(t *testing.T) {
	t.Parallel()
	host := serve(t, warehousetest.NewService(t, nil, nil))
	host.get(t, path8).is(t, http.StatusUnauthorized)
	host.post(t, path8, fake).is(t, http.StatusUnauthorized)
	host.submit(t, "/api/v1/login", url.Values{"name": {"ada"}, "password": {"demo-9"}}).is(t, http.StatusUnauthorized)
	host.get(t, path8).is(t, http.StatusUnauthorized)
}

func TestViewerMayOnlyRead(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, nil, nil)
	connection := create(t, service, "9")
	bob := serve(t, service).login(t, "bob", "demo-9")

	bob.get(t, path9).is(t, http.StatusOK)
	if got := bob.get(t, path9+connection.ID+"/").is(t, http.StatusOK); got["id"] != connection.ID {
		t.Errorf("the viewer read %v, want %s", got, connection.ID)
	}
	bob.post(t, path9, fake).is(t, http.StatusForbidden)
	bob.post(t, path9+connection.ID+"/test/", "").is(t, http.StatusForbidden)
	bob.do(t, http.MethodPatch, path9+connection.ID+"/", `{"database": "other"}`).is(t, http.StatusForbidden)
	bob.do(t, http.MethodDelete, path9+connection.ID+"/", "").is(t, http.StatusForbidden)
}

func TestOtherOrganisationNotFound(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, nil, nil)
	theirs := create(t, service, "9")
	ada := serve(t, service).login(t, "ada", "demo-8")

	ada.get(t, path9).is(t, http.StatusNotFound)
	ada.post(t, path9, fake).is(t, http.StatusNotFound)
	ada.get(t, path9+theirs.ID+"/").is(t, http.StatusNotFound)
	ada.get(t, path8+theirs.ID+"/").is(t, http.StatusNotFound) // below the path of their own organisation
}

func TestConnect(t *testing.T) {
	t.Parallel()
	fakeWarehouse := &probeResult{err: errors.New("role LOADER is not granted to this user")}
	connectAndTest(t, serve(t, warehousetest.NewService(t, fakeWarehouse.connector(), nil)), fakeWarehouse)
}

func TestCrossSitePostRejected(t *testing.T) {
	t.Parallel()
	ada := serve(t, warehousetest.NewService(t, nil, nil)).login(t, "ada", "demo-8")
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"} {
		request := ada.request(t, http.MethodPost, path8, fake)
		request.Header.Set(name, value)
		if got := ada.send(t, request); got.status != http.StatusForbidden {
			t.Errorf("POST with %s: %s: status %d, want 403", name, value, got.status)
		}
	}
	if got := ada.get(t, path8); got.body != "[]\n" && got.body != "[]" {
		t.Errorf("after the rejected posts the list is %q, want none", got.body)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	var log warehousetest.Log
	host := serve(t, warehousetest.NewService(t, nil, &warehousetest.ServiceOptions{
		Options: warehouse.Options{OnEvent: audit(slog.New(slog.NewJSONHandler(&log, nil)))},
	}))
	before := host.count(t, "create_refused")

	ada := host.login(t, "ada", "demo-8")
	ada.post(t, path8, fake).is(t, http.StatusCreated)
	ada.post(t, path8, fake).is(t, http.StatusConflict)

	// Tests that run in parallel use the same counters.
	if after := host.count(t, "create_refused"); after <= before {
		t.Errorf("create_refused is %v, want more than %v", after, before)
	}
	for _, want := range []string{`"outcome":"done"`, `"outcome":"refused"`, `"actor":"ada"`, `"organisation":"8"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the audit log does not contain %s:\n%s", want, log.String())
		}
	}
}

// TestRestartOverPostgreSQL is not parallel, because it sets environment variables.
func TestRestartOverPostgreSQL(t *testing.T) {
	dsn := os.Getenv("WAREHOUSEKIT_TEST_POSTGRES")
	switch {
	case dsn == "" && os.Getenv("CI") == "true":
		t.Fatal("WAREHOUSEKIT_TEST_POSTGRES is not set")
	case dsn == "":
		t.Skip("WAREHOUSEKIT_TEST_POSTGRES is not set")
	}
	dsn = ownSchema(t, dsn)
	t.Setenv("WAREHOUSE_KEYSET", newKeyset(t))
	fakeWarehouse := &probeResult{err: errors.New("role LOADER is not granted to this user")}
	types := map[string]warehouse.Connector{"fake": fakeWarehouse.connector()}
	start := func() (*warehouse.Service, error) {
		db, err := postgres.Open(dsn)
		check(t, err)
		t.Cleanup(func() { db.Close() })
		return newService(t.Context(), db, types, slog.New(slog.DiscardHandler))
	}

	service, err := start()
	check(t, err)
	id := connectAndTest(t, serve(t, service), fakeWarehouse)
	check(t, service.Shutdown(t.Context()))

	again, err := start()
	check(t, err)
	ada := serve(t, again).login(t, "ada", "demo-8")
	if got := ada.get(t, path8+id+"/").is(t, http.StatusOK)["status"]; got != "connected" {
		t.Errorf("after a restart, the status is %v", got)
	}
	ada.post(t, path8+id+"/test/", "").is(t, http.StatusOK)

	t.Setenv("WAREHOUSE_KEYSET", newKeyset(t))
	if _, err := start(); !errors.Is(err, warehouse.ErrNotAuthentic) {
		t.Errorf("with another keyset: error %v, want ErrNotAuthentic", err)
	}
}

// connectAndTest creates a connection of organisation 8, and tests it until it is connected.
func connectAndTest(t *testing.T, host client, fakeWarehouse *probeResult) (id string) {
	t.Helper()
	ada := host.login(t, "ada", "demo-8")
	created := ada.post(t, path8, fake).is(t, http.StatusCreated)
	id, _ = created["id"].(string)
	if created["status"] != "pending_customer_setup" || created["setup_script"] == "" {
		t.Errorf("after create, the connection is %v", created)
	}
	failed := ada.post(t, path8+id+"/test/", "").is(t, http.StatusOK)
	if failed["success"] != false || failed["error"] != "role LOADER is not granted to this user" {
		t.Errorf("the failing test returned %v", failed)
	}
	if got := ada.get(t, path8+id+"/").is(t, http.StatusOK); got["status"] != "error" || got["last_error"] != failed["error"] {
		t.Errorf("after the failing test, the connection is %v", got)
	}
	fakeWarehouse.set(nil)
	if got := ada.post(t, path8+id+"/test/", "").is(t, http.StatusOK); got["success"] != true {
		t.Errorf("the passing test returned %v", got)
	}
	if got := ada.get(t, path8+id+"/").is(t, http.StatusOK); got["status"] != "connected" || got["last_error"] != nil {
		t.Errorf("after the passing test, the connection is %v", got)
	}
	return id
}

// A probeResult is the error that probes of its connector return.
type probeResult struct {
	mu  sync.Mutex
	err error
}

func (r *probeResult) set(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

func (r *probeResult) connector() *warehousetest.Connector {
	return &warehousetest.Connector{
		ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			return nil, r.err
		},
	}
}

func create(t *testing.T, service *warehouse.Service, organisation string) warehouse.Connection {
	t.Helper()
	connection, err := service.Create(t.Context(), warehouse.Caller{Organisation: organisation},
		warehouse.Fields{"type": json.RawMessage(`"fake"`), "account": json.RawMessage(`"acme"`)})
	check(t, err)
	return connection
}

// ownSchema creates a schema for the test and returns a DSN for it.
func ownSchema(t *testing.T, dsn string) string {
	t.Helper()
	schema := "host_" + strings.ToLower(rand.Text())
	db, err := postgres.Open(dsn)
	check(t, err)
	drop := func() error {
		_, err := db.Exec("DROP SCHEMA " + schema + " CASCADE")
		return errors.Join(err, db.Close())
	}
	_, err = db.ExecContext(t.Context(), "CREATE SCHEMA "+schema)
	check(t, err)
	t.Cleanup(func() { check(t, drop()) })
	parsed, err := url.Parse(dsn)
	check(t, err)
	query := parsed.Query()
	query.Set("search_path", schema)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

func newKeyset(t *testing.T) string {
	t.Helper()
	keys, err := tinkseal.NewKeyset()
	check(t, err)
	text, err := keys.Cleartext()
	check(t, err)
	return string(text)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
