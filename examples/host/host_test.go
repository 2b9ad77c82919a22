package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
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

func TestNobodyGetsInWithoutALogin(t *testing.T) {
	t.Parallel()
	host := serve(t, warehousetest.NewService(t, &warehousetest.Connector{}, nil))
	host.get(t, path8).is(t, http.StatusUnauthorized)
	host.post(t, path8, fake).is(t, http.StatusUnauthorized)
	host.submit(t, "/api/v1/login", url.Values{"name": {"ada"}, "password": {"demo-9"}}).is(t, http.StatusUnauthorized)
	host.get(t, path8).is(t, http.StatusUnauthorized)
}

func TestAViewerMayListAndReadAndNothingElse(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, &warehousetest.Connector{}, nil)
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

func TestAnotherOrganisationIsNotFound(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, &warehousetest.Connector{}, nil)
	theirs := create(t, service, "9")
	ada := serve(t, service).login(t, "ada", "demo-8")

	ada.get(t, path9).is(t, http.StatusNotFound)
	ada.post(t, path9, fake).is(t, http.StatusNotFound)
	ada.get(t, path9+theirs.ID+"/").is(t, http.StatusNotFound)
	ada.get(t, path8+theirs.ID+"/").is(t, http.StatusNotFound) // under a path of one's own
}

func TestAConnectionIsCreatedFailsItsTestAndIsConnected(t *testing.T) {
	t.Parallel()
	warehouseOf8 := &scripted{err: errors.New("role LOADER is not granted to this user")}
	connectAndTest(t, serve(t, warehousetest.NewService(t, warehouseOf8.connector(), nil)), warehouseOf8)
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	ada := serve(t, warehousetest.NewService(t, &warehousetest.Connector{}, nil)).login(t, "ada", "demo-8")
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"} {
		request := ada.request(t, http.MethodPost, path8, fake)
		request.Header.Set(name, value)
		if got := ada.send(t, request); got.status != http.StatusForbidden {
			t.Errorf("with %s: %s a POST got %d, want 403", name, value, got.status)
		}
	}
	if got := ada.get(t, path8); got.body != "[]\n" && got.body != "[]" {
		t.Errorf("the refused posts left %q behind", got.body)
	}
}

func TestEventsAreCountedAndLogged(t *testing.T) {
	t.Parallel()
	var log lines
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{}})
	check(t, err)
	service, err := warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors,
		&warehouse.Options{OnEvent: audit(slog.New(slog.NewJSONHandler(&log, nil)))})
	check(t, err)
	host := serve(t, service)
	before := host.count(t, "create_refused")

	ada := host.login(t, "ada", "demo-8")
	ada.post(t, path8, fake).is(t, http.StatusCreated)
	ada.post(t, path8, fake).is(t, http.StatusConflict)

	// Other tests run at the same time, and the counters are the whole process's.
	if after := host.count(t, "create_refused"); after <= before {
		t.Errorf("a refused create was not counted: %v before, %v after", before, after)
	}
	for _, want := range []string{`"outcome":"done"`, `"outcome":"refused"`, `"actor":"ada"`, `"organisation":"8"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the audit trail lacks %s:\n%s", want, log.String())
		}
	}
}

// The environment is the process's, so this test is not parallel.
func TestOverPostgreSQLConnectionsOutliveTheProcess(t *testing.T) {
	dsn := os.Getenv("WAREHOUSEKIT_TEST_POSTGRES")
	switch {
	case dsn == "" && os.Getenv("CI") == "true":
		t.Fatal("WAREHOUSEKIT_TEST_POSTGRES is not set")
	case dsn == "":
		t.Skip("WAREHOUSEKIT_TEST_POSTGRES is not set")
	}
	dsn = ownSchema(t, dsn)
	t.Setenv("WAREHOUSE_KEYSET", newKeyset(t))
	warehouseOf8 := &scripted{err: errors.New("role LOADER is not granted to this user")}
	types := map[string]warehouse.Connector{"fake": warehouseOf8.connector()}
	start := func() (*warehouse.Service, error) {
		db, err := postgres.Open(dsn)
		check(t, err)
		t.Cleanup(func() { db.Close() })
		return newService(t.Context(), db, types, slog.New(slog.DiscardHandler))
	}

	service, err := start()
	check(t, err)
	id := connectAndTest(t, serve(t, service), warehouseOf8)
	check(t, service.Shutdown(t.Context()))

	again, err := start()
	check(t, err)
	ada := serve(t, again).login(t, "ada", "demo-8")
	if got := ada.get(t, path8+id+"/").is(t, http.StatusOK)["status"]; got != "connected" {
		t.Errorf("after a restart the connection is %v", got)
	}
	ada.post(t, path8+id+"/test/", "").is(t, http.StatusOK)

	t.Setenv("WAREHOUSE_KEYSET", newKeyset(t))
	if _, err := start(); !errors.Is(err, warehouse.ErrNotAuthentic) {
		t.Errorf("with a keyset that opens nothing the host starts: %v", err)
	}
}

// connectAndTest takes organisation 8 from no connection to one that is connected.
func connectAndTest(t *testing.T, host client, warehouseOf8 *scripted) (id string) {
	t.Helper()
	ada := host.login(t, "ada", "demo-8")
	created := ada.post(t, path8, fake).is(t, http.StatusCreated)
	id, _ = created["id"].(string)
	if created["status"] != "pending_customer_setup" || created["setup_script"] == "" {
		t.Errorf("a new connection is %v", created)
	}
	failed := ada.post(t, path8+id+"/test/", "").is(t, http.StatusOK)
	if failed["success"] != false || failed["error"] != "role LOADER is not granted to this user" {
		t.Errorf("the failing test answered %v", failed)
	}
	if got := ada.get(t, path8+id+"/").is(t, http.StatusOK); got["status"] != "error" || got["last_error"] != failed["error"] {
		t.Errorf("after a test that failed the connection is %v", got)
	}
	warehouseOf8.set(nil)
	if got := ada.post(t, path8+id+"/test/", "").is(t, http.StatusOK); got["success"] != true {
		t.Errorf("the passing test answered %v", got)
	}
	if got := ada.get(t, path8+id+"/").is(t, http.StatusOK); got["status"] != "connected" || got["last_error"] != nil {
		t.Errorf("after a test that passed the connection is %v", got)
	}
	return id
}

// scripted is a warehouse whose probes end as it was told.
type scripted struct {
	mu  sync.Mutex
	err error
}

func (s *scripted) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *scripted) connector() *warehousetest.Connector {
	return &warehousetest.Connector{
		ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return nil, s.err
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

// client is a browser of the host's: it keeps cookies, and sends them over TLS alone.
type client struct {
	*http.Client
	url string
}

func serve(t *testing.T, service *warehouse.Service) client {
	t.Helper()
	router, err := newRouter(service, slog.New(slog.DiscardHandler))
	check(t, err)
	server := httptest.NewTLSServer(router)
	t.Cleanup(server.Close)
	return client{Client: server.Client(), url: server.URL}
}

// login returns another client, which has the session.
func (c client) login(t *testing.T, name, password string) client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	check(t, err)
	c.Client = &http.Client{Transport: c.Transport, Jar: jar}
	c.submit(t, "/api/v1/login", url.Values{"name": {name}, "password": {password}}).is(t, http.StatusOK)
	return c
}

func (c client) submit(t *testing.T, path string, form url.Values) answer {
	t.Helper()
	request := c.request(t, http.MethodPost, path, form.Encode())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.send(t, request)
}

func (c client) get(t *testing.T, path string) answer {
	t.Helper()
	return c.do(t, http.MethodGet, path, "")
}

func (c client) post(t *testing.T, path, body string) answer {
	t.Helper()
	return c.do(t, http.MethodPost, path, body)
}

func (c client) do(t *testing.T, method, path, body string) answer {
	t.Helper()
	return c.send(t, c.request(t, method, path, body))
}

func (c client) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, c.url+path, strings.NewReader(body))
	check(t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}

func (c client) send(t *testing.T, request *http.Request) answer {
	t.Helper()
	response, err := c.Do(request)
	check(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return answer{method: request.Method, path: request.URL.Path, status: response.StatusCode, body: string(body)}
}

func (c client) count(t *testing.T, name string) float64 {
	t.Helper()
	counters, _ := c.get(t, "/internal/vars").is(t, http.StatusOK)["warehouse_connection_events"].(map[string]any)
	n, _ := counters[name].(float64)
	return n
}

type answer struct {
	method, path string
	status       int
	body         string
}

// is checks the status, and returns the members of the body where it is an object.
func (a answer) is(t *testing.T, status int) map[string]any {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s %s answered %d, want %d: %s", a.method, a.path, a.status, status, a.body)
	}
	var members map[string]any
	_ = json.Unmarshal([]byte(a.body), &members)
	return members
}

// ownSchema makes a schema for one test, and returns the DSN that leads there.
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

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
