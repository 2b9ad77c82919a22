// The house that these tests visit: a handler with all of its seams in the test's hands.

package httpapi_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

type (
	action = warehouse.Action
	caller = warehouse.Caller
)

// mount is where the published example has the handler.
const mount = "/api/v1/organisations/8/integrations/warehouse-connections"

// ada is who asks, unless a test says otherwise.
var ada = caller{Organisation: "8", Actor: "ada"}

// plan is what a test wants otherwise than usual.
type plan struct {
	authorize httpapi.Authorize         // if nil, everyone is ada
	connector *warehousetest.Connector  // if nil, newConnector()
	sealer    warehouse.Sealer          // if nil, one that encrypts
	under     warehouse.Store           // if nil, one in memory
	before    func(method string) error // called before each method of the store, whose error it may be
	onEvent   func(e warehouse.Event)   // called after the house has kept the event
	options   warehouse.Options         // of the service
	document  *openapi3.T               // if nil, the published one
	segment   string                    // of the path
	prepare   func(r *http.Request)     // changes each request before it is sent
}

type house struct {
	t         testing.TB
	handler   *httpapi.Handler
	service   *warehouse.Service
	connector *warehousetest.Connector
	sealer    warehouse.Sealer
	store     *watchedStore
	log       *logBuffer
	document  *openapi3.T
	prepare   func(r *http.Request)

	mu     sync.Mutex
	events []warehouse.Event
}

func newHouse(t testing.TB, p plan) *house {
	t.Helper()
	h := &house{t: t, connector: p.connector, sealer: p.sealer, document: p.document, prepare: p.prepare, log: &logBuffer{}}
	if h.connector == nil {
		h.connector = newConnector()
	}
	if h.sealer == nil {
		h.sealer = warehousetest.NewSealer()
	}
	if h.document == nil {
		h.document = document(t)
	}
	if p.under == nil {
		p.under = warehousetest.NewStore()
	}
	if p.authorize == nil {
		p.authorize = func(*http.Request, action) (caller, error) { return ada, nil }
	}
	h.store = &watchedStore{Store: p.under, before: p.before}
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": h.connector})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(h.log, nil))
	p.options.Logger = logger
	p.options.OnEvent = func(_ context.Context, e warehouse.Event) {
		h.mu.Lock()
		h.events = append(h.events, e)
		h.mu.Unlock()
		if p.onEvent != nil {
			p.onEvent(e)
		}
	}
	h.service, err = warehouse.NewService(h.store, h.sealer, registry, &p.options)
	if err != nil {
		t.Fatal(err)
	}
	h.handler, err = httpapi.NewHandler(h.service, p.authorize, &httpapi.Options{Logger: logger, PathSegment: p.segment})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.service.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return h
}

// answer is what a client sees.
type answer struct {
	status int
	header http.Header
	body   string
}

// send asks for a path after the mount. Headers are pairs of a name and a value, of which an empty one takes
// the header away; with a body, the Content-Type is application/json unless one is given.
func (h *house) send(method, path, body string, headers ...string) answer {
	h.t.Helper()
	r := httptest.NewRequest(method, mount+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return h.serve(r, body)
}

// serve has the request answered, and checked against the document.
func (h *house) serve(r *http.Request, body string) answer {
	h.t.Helper()
	if h.prepare != nil {
		h.prepare(r)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	got := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	if err := checked(h.document, r, []byte(body), got); err != nil {
		h.t.Errorf("%s %s with %.200q, answered %d %.300s: %v", r.Method, r.URL, body, got.status, got.body, err)
	}
	return got
}

// told returns the events so far.
func (h *house) told() []warehouse.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.events)
}

// stored returns the organisation's row.
func (h *house) stored(organisation, id string) warehouse.Row {
	h.t.Helper()
	row, err := h.store.Store.Get(context.WithoutCancel(h.t.Context()), organisation, id)
	if err != nil {
		h.t.Errorf("the row %s of organisation %s: %v", id, organisation, err)
	}
	return row
}

// create makes a connection by way of the API, and returns its id.
func (h *house) create(headers ...string) string {
	h.t.Helper()
	got := h.send("POST", "/", `{"type":"snowflake","account_identifier":"xy12345.us-east-1"}`, headers...)
	var created struct{ ID string }
	if err := json.Unmarshal([]byte(got.body), &created); err != nil || got.status != http.StatusCreated {
		h.t.Fatalf("creating answered %d %s", got.status, got.body)
	}
	return created.ID
}

// seed puts the published example's connection there, as of before its test.
func (h *house) seed() warehouse.Row {
	h.t.Helper()
	row := warehouse.Row{Connection: warehouse.Connection{
		ID:           "wc_abc123",
		Organisation: "8",
		Type:         "snowflake",
		Config: json.RawMessage(`{"account_identifier":"xy12345.us-east-1","warehouse":"COMPUTE_WH","database":"FLAGSMITH",` +
			`"schema":"ANALYTICS","role":"FLAGSMITH_LOADER","user":"FLAGSMITH_SERVICE"}`),
		Preset:      json.RawMessage(`{"stage":"FLAGSMITH_STAGE"}`),
		PublicKey:   publicKey,
		SetupScript: setupScript,
		Revision:    1,
		CreatedAt:   time.Date(2026, 4, 17, 10, 0, 0, 0, time.UTC),
	}}
	row.Sealed = sealed(h.t, h.sealer, row.Connection)
	if err := h.store.Store.Create(h.t.Context(), row); err != nil {
		h.t.Fatal(err)
	}
	return row
}

// seedTested puts the published example's connection there, as of after its test, which passed.
func (h *house) seedTested() warehouse.Row {
	h.t.Helper()
	row := h.seed()
	row.LastTest = &warehouse.TestResult{Success: true, TestedAt: time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC)}
	if err := h.store.Store.RecordTest(h.t.Context(), row.Organisation, row.ID, row.Revision, *row.LastTest); err != nil {
		h.t.Fatal(err)
	}
	return row
}

// sealed seals the connection's private key in the permanent layout: rows outlive releases.
func sealed(t testing.TB, sealer warehouse.Sealer, c warehouse.Connection) []byte {
	t.Helper()
	payload, err := json.Marshal(map[string]any{
		"version": 1,
		"keys":    []map[string]any{{"public_key": c.PublicKey, "private_key": []byte(privateKey)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var associated []byte
	for _, part := range []string{"warehousekit connection secrets v1", c.Organisation, c.ID, c.PublicKey} {
		associated = binary.BigEndian.AppendUint32(associated, uint32(len(part)))
		associated = append(associated, part...)
	}
	out, err := sealer.Seal(t.Context(), payload, associated)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	publicKey   = "MIICIjANBgkq..."
	privateKey  = "the private half, which nobody may see"
	setupScript = "-- Flagsmith Analytics\nUSE ROLE SYSADMIN;\n..."
)

// A logBuffer is what was logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// same reports how got differs from want.
func same[T any](t testing.TB, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// compact renders JSON as it goes over the wire.
func compact(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
