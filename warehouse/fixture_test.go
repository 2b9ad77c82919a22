package warehouse_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A fixture is a service with hooks and records for tests.
type fixture struct {
	*warehouse.Service
	t      *testing.T
	store  *warehousetest.FaultyStore
	sealer *hookedSealer
	log    *syncBuffer

	mu     sync.Mutex
	events []warehouse.Event
}

var ada = warehouse.Caller{Organisation: "acme", Actor: "ada"}

// newFixture returns a fixture with one connector, of type "fake". Configure may be nil.
func newFixture(t *testing.T, connector warehouse.Connector, configure func(*warehouse.Options)) *fixture {
	t.Helper()
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": connector})
	if err != nil {
		t.Fatal(err)
	}
	h := &fixture{
		t:      t,
		store:  &warehousetest.FaultyStore{Store: warehousetest.NewStore()},
		sealer: &hookedSealer{Sealer: warehousetest.NewSealer()},
		log:    &syncBuffer{},
	}
	options := &warehouse.Options{
		Logger: slog.New(slog.NewJSONHandler(h.log, nil)),
		OnEvent: func(_ context.Context, e warehouse.Event) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.events = append(h.events, e)
		},
	}
	if configure != nil {
		configure(options)
	}
	if h.Service, err = warehouse.NewService(h.store, h.sealer, registry, options); err != nil {
		t.Fatal(err)
	}
	return h
}

// created creates the organisation's connection.
func (h *fixture) created(body string) warehouse.Connection {
	h.t.Helper()
	c, err := h.Create(h.t.Context(), ada, fields(h.t, body))
	if err != nil {
		h.t.Fatalf("create %s: %v", body, err)
	}
	return c
}

// row returns the stored row.
func (h *fixture) row(id string) warehouse.Row {
	h.t.Helper()
	row, err := h.store.Store.Get(context.Background(), ada.Organisation, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return row
}

// rows returns how many rows are stored.
func (h *fixture) rows() int {
	h.t.Helper()
	rows, err := h.store.Page(context.Background(), "", 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return len(rows)
}

// eventsOf returns the events of one action.
func (h *fixture) eventsOf(action warehouse.Action) []warehouse.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.events), func(e warehouse.Event) bool { return e.Action != action })
}

// A hookedSealer calls its functions first, and returns their errors.
type hookedSealer struct {
	warehouse.Sealer
	beforeSeal, beforeOpen func(context.Context) error
}

func (s *hookedSealer) Seal(ctx context.Context, plaintext, data []byte) ([]byte, error) {
	if s.beforeSeal != nil {
		if err := s.beforeSeal(ctx); err != nil {
			return nil, err
		}
	}
	return s.Sealer.Seal(ctx, plaintext, data)
}

func (s *hookedSealer) Open(ctx context.Context, sealed, data []byte) ([]byte, error) {
	if s.beforeOpen != nil {
		if err := s.beforeOpen(ctx); err != nil {
			return nil, err
		}
	}
	return s.Sealer.Open(ctx, sealed, data)
}

// A syncBuffer is a bytes.Buffer for concurrent use.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func fields(t *testing.T, body string) warehouse.Fields {
	t.Helper()
	var f warehouse.Fields
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return f
}

// fieldErrors returns err as FieldErrors.
func fieldErrors(t *testing.T, err error) warehouse.FieldErrors {
	t.Helper()
	var fields warehouse.FieldErrors
	if !errors.As(err, &fields) {
		t.Fatalf("the error is %v, want FieldErrors", err)
	}
	return fields
}

// wantError checks an error by errors.Is.
func wantError(t *testing.T, doing string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: the error is %v, want %v", doing, err, want)
	}
}
