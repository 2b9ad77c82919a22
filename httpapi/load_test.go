package httpapi_test

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// For example: go test ./httpapi -run TestLoad -load 10m -v
var loadFor = flag.Duration("load", 0, "duration of TestLoad for each store; if zero, 20 requests per client")

const (
	loadClients       = 64
	loadOrganisations = 16 // fewer than clients, for contention
	loadSamples       = 10
)

// TestLoad is not parallel, because it counts goroutines and bytes.
func TestLoad(t *testing.T) {
	open := func(db *sql.DB, err error) *store.Store {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		dialect := store.DialectSQLite
		if strings.Contains(fmt.Sprintf("%T", db.Driver()), "stdlib") {
			dialect = store.DialectPostgreSQL
		}
		rows, err := store.New(db, dialect)
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	t.Run("memory", func(t *testing.T) { load(t, warehousetest.NewStore()) })
	t.Run("SQLite", func(t *testing.T) { load(t, open(sqlite.Open(filepath.Join(t.TempDir(), "load.db")))) })
	t.Run("PostgreSQL", func(t *testing.T) { load(t, open(postgres.Open(pgtest.DSN(t)))) })
}

type usage struct {
	goroutines int
	heap       uint64 // bytes of live objects
}

func used() usage {
	runtime.GC()
	runtime.GC() // memory released by finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{runtime.NumGoroutine(), m.HeapAlloc}
}

func load(t *testing.T, rows warehouse.Store) {
	var logged warehousetest.Log
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": unrecorded{&warehousetest.Connector{}}})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(&logged, nil))
	service, err := warehouse.NewService(rows, warehousetest.NewSealer(), connectors, &warehouse.Options{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := httpapi.NewHandler(service, byHeader, &httpapi.Options{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	before := used()
	server := httptest.NewServer(handler)
	transport := &http.Transport{MaxIdleConnsPerHost: loadClients}
	began := time.Now()

	var ids [loadOrganisations]atomic.Value
	var mu sync.Mutex
	counts := make(map[string]int)
	var slowest time.Duration
	client := func(seed uint64, stop func(done int) bool) {
		c := &loadClient{random: rand.New(rand.NewPCG(seed, 0)), url: server.URL + mount, http: &http.Client{Transport: transport}, ids: &ids}
		for n := 0; !stop(n); n++ {
			began := time.Now()
			doing, status, err := c.step(t.Context())
			took := time.Since(began)
			mu.Lock()
			counts[fmt.Sprintf("%s %d", doing, status)]++
			slowest = max(slowest, took)
			mu.Unlock()
			if err != nil || status >= 500 {
				t.Errorf("%s: status %d, error %v", doing, status, err)
				return
			}
		}
	}
	round := func(stop func(done int) bool, seed int) {
		var all sync.WaitGroup
		for i := range loadClients {
			all.Go(func() { client(uint64(seed*loadClients+i), stop) })
		}
		all.Wait()
	}
	var samples []usage
	for sample := range loadSamples {
		stop := func(done int) bool { return done == 20/loadSamples }
		if *loadFor > 0 {
			end := began.Add(*loadFor * time.Duration(sample+1) / loadSamples)
			stop = func(int) bool { return time.Now().After(end) }
		}
		round(stop, sample)
		samples = append(samples, used())
	}
	took := time.Since(began)
	transport.CloseIdleConnections()
	server.Close()
	if err := service.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	after := used()

	total := 0
	for _, n := range counts {
		total += n
	}
	t.Logf("%d requests in %s: %.0f a second, the slowest took %s", total, took.Round(time.Millisecond), float64(total)/took.Seconds(), slowest.Round(time.Microsecond))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%8d %s", counts[name], name)
	}
	t.Logf("before %+v, while it ran %+v, after %+v", before, samples, after)
	// At the first sample, pools and caches are full.
	first, last := samples[0], samples[len(samples)-1]
	if last.heap > first.heap+first.heap/2+4<<20 {
		t.Errorf("the heap grew from %d bytes to %d", first.heap, last.heap)
	}
	if last.goroutines > first.goroutines+2*loadClients {
		t.Errorf("the goroutines grew from %d to %d", first.goroutines, last.goroutines)
	}
	if after.goroutines > before.goroutines+16 { // a database's pool may have some
		t.Errorf("there were %d goroutines before, and there are %d after", before.goroutines, after.goroutines)
	}
	if text := logged.String(); text != "" {
		t.Errorf("unexpected log: %s", text)
	}
}

// unrecorded is a fake whose Probe does not record its targets, which would grow the heap.
type unrecorded struct{ *warehousetest.Connector }

func (unrecorded) Probe(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
	return warehouse.RunSteps(ctx, warehouse.Step{Name: "probe", Run: func(context.Context) error { return nil }})
}

// A loadClient sends random requests for random organisations.
type loadClient struct {
	random *rand.Rand
	url    string
	http   *http.Client
	ids    *[loadOrganisations]atomic.Value // as last listed; they may be deleted by now
}

// step sends one request and returns its name and status.
func (c *loadClient) step(ctx context.Context) (doing string, status int, err error) {
	organisation := c.random.IntN(loadOrganisations)
	id, _ := c.ids[organisation].Load().(string)
	item := "/" + cmp.Or(id, "wc_none") + "/"
	switch n := c.random.IntN(100); {
	case n < 30:
		status, err = c.send(ctx, "GET", "/", "", organisation)
		return "list", status, err
	case n < 50:
		status, err = c.send(ctx, "GET", item+"?include=diagnosis", "", organisation)
		return "detail", status, err
	case n < 60:
		status, err = c.send(ctx, "POST", "/", `{"type":"fake","account":"acme"}`, organisation)
		return "create", status, err
	case n < 75:
		status, err = c.send(ctx, "PATCH", item, fmt.Sprintf(`{"database":"D%d"}`, c.random.IntN(1000)), organisation)
		return "update", status, err
	case n < 80:
		status, err = c.send(ctx, "PUT", item, `{}`, organisation)
		return "replace", status, err
	case n < 95:
		status, err = c.send(ctx, "POST", item+"test/", "", organisation)
		return "test", status, err
	default:
		status, err = c.send(ctx, "DELETE", item, "", organisation)
		return "delete", status, err
	}
}

func (c *loadClient) send(ctx context.Context, method, path, body string, organisation int) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Organisation", fmt.Sprint(organisation))
	response, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	var list []struct{ ID string }
	if path == "/" && method == "GET" && json.Unmarshal(answer, &list) != nil {
		return 0, errors.New("the list is no array")
	}
	if len(list) > 0 {
		c.ids[organisation].Store(list[0].ID)
	}
	return response.StatusCode, nil
}
