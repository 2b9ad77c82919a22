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

const (
	mount = "/api/v1/organisations/8/integrations/warehouse-connections"

	publicKey   = "MIICIjANBgkq..."
	privateKey  = "the private key"
	setupScript = "-- Flagsmith Analytics\nUSE ROLE SYSADMIN;\n..."
)

// ada is the caller unless a test sets options.authorize.
var ada = caller{Organisation: "8", Actor: "ada"}

type options struct {
	authorize   httpapi.Authorize         // if nil, every caller is ada
	connector   *warehousetest.Connector  // if nil, newConnector()
	sealer      warehouse.Sealer          // if nil, warehousetest.NewSealer()
	beforeStore func(method string) error // called before each call of the store; an error replaces the call
	onEvent     func(e warehouse.Event)   // called after the server has recorded the event
	maxProbes   int
	document    *openapi3.T // if nil, the one of httpapi.OpenAPI
	segment     string      // of the path
}

// A server is a handler over a service in memory. It records events, log lines and calls of the store, and
// checks every request and response against the OpenAPI document.
type server struct {
	t         testing.TB
	handler   *httpapi.Handler
	service   *warehouse.Service
	connector *warehousetest.Connector
	sealer    warehouse.Sealer
	rows      warehouse.Store // not recorded in calls
	log       *warehousetest.Log
	document  *openapi3.T

	mu     sync.Mutex
	events []warehouse.Event
	calls  []string // of the store: "method organisation"
}

func newServer(t testing.TB, o options) *server {
	t.Helper()
	s := &server{t: t, connector: o.connector, sealer: o.sealer, document: o.document,
		rows: warehousetest.NewStore(), log: &warehousetest.Log{}}
	if s.connector == nil {
		s.connector = newConnector()
	}
	if s.sealer == nil {
		s.sealer = warehousetest.NewSealer()
	}
	if s.document == nil {
		s.document = document(t)
	}
	if o.authorize == nil {
		o.authorize = func(*http.Request, action) (caller, error) { return ada, nil }
	}
	logger := slog.New(slog.NewTextHandler(s.log, nil))
	s.service = warehousetest.NewService(t, nil, &warehousetest.ServiceOptions{
		Store: &warehousetest.FaultyStore{Store: s.rows, Before: func(_ context.Context, call warehousetest.StoreCall) error {
			s.mu.Lock()
			s.calls = append(s.calls, strings.TrimSpace(call.Method+" "+call.Organisation))
			s.mu.Unlock()
			if o.beforeStore != nil {
				return o.beforeStore(call.Method)
			}
			return nil
		}},
		Sealer:     s.sealer,
		Connectors: map[string]warehouse.Connector{"snowflake": s.connector},
		Options: warehouse.Options{Logger: logger, MaxProbes: o.maxProbes, OnEvent: func(_ context.Context, e warehouse.Event) {
			s.mu.Lock()
			s.events = append(s.events, e)
			s.mu.Unlock()
			if o.onEvent != nil {
				o.onEvent(e)
			}
		}},
	})
	var err error
	s.handler, err = httpapi.NewHandler(s.service, o.authorize, &httpapi.Options{Logger: logger, PathSegment: o.segment})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// response is a response as the client receives it.
type response struct {
	status int
	header http.Header
	body   string
}

// send sends a request to a path after the mount. Headers are pairs of a name and a value. An empty value
// removes the header. If there is a body, Content-Type is application/json by default.
func (s *server) send(method, path, body string, headers ...string) response {
	s.t.Helper()
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
	return s.serve(r, body)
}

// serve serves the request and checks the exchange against the OpenAPI document.
func (s *server) serve(r *http.Request, body string) response {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	got := response{status: w.Code, header: w.Header(), body: w.Body.String()}
	if err := checkExchange(s.document, r, []byte(body), got); err != nil {
		s.t.Errorf("%s %s with %.200q: %d %.300s: %v", r.Method, r.URL, body, got.status, got.body, err)
	}
	return got
}

// recordedEvents returns the events so far.
func (s *server) recordedEvents() []warehouse.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// takeCalls returns the calls of the store since the last takeCalls.
func (s *server) takeCalls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// row returns a row of the organisation.
func (s *server) row(organisation, id string) warehouse.Row {
	s.t.Helper()
	row, err := s.rows.Get(context.WithoutCancel(s.t.Context()), organisation, id)
	if err != nil {
		s.t.Errorf("the row %s of organisation %s: %v", id, organisation, err)
	}
	return row
}

// allRows returns the rows of all organisations.
func (s *server) allRows() []warehouse.Row {
	s.t.Helper()
	rows, err := s.rows.Page(s.t.Context(), "", 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return rows
}

// create creates a connection over HTTP and returns its id.
func (s *server) create(headers ...string) string {
	s.t.Helper()
	got := s.send("POST", "/", `{"type":"snowflake","account_identifier":"xy12345.us-east-1"}`, headers...)
	var created struct{ ID string }
	if err := json.Unmarshal([]byte(got.body), &created); err != nil || got.status != http.StatusCreated {
		s.t.Fatalf("create: got %d %s", got.status, got.body)
	}
	return created.ID
}

// insert stores the connection of the published example, before its test.
func (s *server) insert() warehouse.Row {
	s.t.Helper()
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
	row.Sealed = seal(s.t, s.sealer, row.Connection)
	if err := s.rows.Create(s.t.Context(), row); err != nil {
		s.t.Fatal(err)
	}
	return row
}

// insertTested stores the connection of the published example, after its test passed.
func (s *server) insertTested() {
	s.t.Helper()
	row := s.insert()
	result := warehouse.TestResult{Success: true, TestedAt: time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC)}
	if err := s.rows.RecordTest(s.t.Context(), row, result); err != nil {
		s.t.Fatal(err)
	}
}

// seal seals the private key of the connection in the stored layout, which is permanent.
func seal(t testing.TB, sealer warehouse.Sealer, c warehouse.Connection) []byte {
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
	sealed, err := sealer.Seal(t.Context(), payload, associated)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func wantResponse(t testing.TB, name string, got response, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: got %d %s, want %d %s", name, got.status, got.body, status, body)
	}
}

// equal reports an error with a diff if got is not want.
func equal[T any](t testing.TB, name string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(response{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// compact removes the spaces between the tokens of JSON text.
func compact(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func replaceOnce(t testing.TB, text, old, replacement string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q occurs %d times in %s", old, n, text)
	}
	return strings.Replace(text, old, replacement, 1)
}
