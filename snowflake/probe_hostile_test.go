package snowflake_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/warehouse"
)

// hostileProbes sets the number of probes of TestHostileServer.
const hostileProbes = "SNOWFLAKE_TEST_HOSTILE_PROBES"

// hostileBodies are responses that make the driver hang, panic, poll or allocate, and some that are only odd.
func hostileBodies() []string {
	manyChunks := strings.TrimSuffix(strings.Repeat(`{"url":"https://bucket.s3.amazonaws.com/chunk","rowCount":1000000000,"uncompressedSize":33},`, 1000), ",")
	return []string{
		loginResult, selectResult, listResult,
		result(selectTypes, `"rowset":[]`, selectID, inJSON, oneChunk),
		result(selectTypes, `"rowsetBase64":""`, selectID, inArrow, `"chunks":[`+manyChunks+`]`),
		result(selectTypes, `"rowsetBase64":"/////3gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAA"`, selectID, inArrow),
		result(`"rowtype":[]`, selectID),
		result(`"rowtype":[]`, `"rowset":[["1"]]`, insertID),
		result(`"rowtype":[{"name":"multiple statement execution","type":"fixed"}]`, selectID, `"resultIds":"a,b","resultTypes":"1,2"`),
		success(`{"token":"t","parameters":[{"name":"QUERY_CONTEXT_CACHE_SIZE","value":-1},{"name":"CLIENT_SESSION_KEEP_ALIVE","value":true},{"name":"CLIENT_TELEMETRY_ENABLED","value":true}]}`),
		inProgress("333333", queryPath), inProgress("333334", pollPath), inProgress("333334", "https://elsewhere.test/"),
		refused("390112", "expired"), refused("000605", "not executing"), refused("390144", strings.Repeat("x", 200<<10)),
		strings.Repeat("[", 250<<10), `{"data":` + strings.Repeat("[", 200<<10), `{"data":{"rowset":[` + strings.Repeat("[],", 80<<10) + `[]]},"success":true}`,
		success(`"` + strings.Repeat("x", 8<<20) + `"`), "<html>", "", "null", `{"success":false,"code":"99999999999999999999"}`,
	}
}

// A hostileServer answers requests at one point of the protocol, and polls, with a body, and the others as Snowflake
// does.
type hostileServer struct {
	at, body atomic.Pointer[string]
}

func (s *hostileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := r.URL.Path
	e := exchange{status: http.StatusOK}
	request := make([]byte, 64)
	n, _ := r.Body.Read(request)
	list := strings.Contains(string(request[:n]), "LIST")
	if at == queryPath && list {
		at = "list"
	}
	switch {
	case at == *s.at.Load() || at == pollPath:
		e.body = *s.body.Load()
	case at == loginPath:
		e = opened
	case at == queryPath:
		e = selected
	case at == "list":
		e = listed
	default:
		e = ended
	}
	write(w, e)
}

// hostileResult counts what is left after the probes.
type hostileResult struct {
	Probes, Late, Panics, Goroutines, Files int
	PeakMiB                                 int
	Stacks                                  string
}

// probeHostileServers probes servers with every hostile response at every point, under a memory limit.
func probeHostileServers() (any, error) {
	debug.SetMemoryLimit(512 << 20)
	total, err := strconv.Atoi(os.Getenv(hostileProbes))
	if err != nil {
		return nil, err
	}
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1})
	if err != nil {
		return nil, err
	}
	keys, err := connector.NewKeyPair(context.Background())
	if err != nil {
		return nil, err
	}
	_ = connector.Close()
	var seen hostileResult
	var late, panicked atomic.Int64
	bodies, points := hostileBodies(), []string{loginPath, queryPath, "list", closePath}
	run := func(from, to int) {
		server := new(hostileServer)
		listener := httptest.NewServer(server)
		defer listener.Close()
		c, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1, Endpoint: listener.URL})
		if err != nil {
			panic(err)
		}
		defer c.Close()
		config := c.Config().(*snowflake.Config)
		config.AccountIdentifier = "xy12345"
		for i := from; i < to; i++ {
			server.at.Store(&points[i%len(points)])
			server.body.Store(&bodies[i/len(points)%len(bodies)])
			const within = 500 * time.Millisecond
			ctx, cancel := context.WithTimeout(context.Background(), within)
			began := time.Now()
			func() {
				defer func() {
					if recover() != nil {
						panicked.Add(1)
					}
				}()
				_, _ = c.Probe(ctx, warehouse.NewTarget("8", "wc_test", config, keys))
			}()
			cancel()
			if time.Since(began) > within+grace {
				late.Add(1)
			}
		}
	}
	run(0, 1) // the driver allocates some resources once, at its first use
	before, err := settled(0, 0, runtime.NumGoroutine())
	if err != nil {
		return nil, err
	}
	const workers = 4
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() { run(w*total/workers, (w+1)*total/workers) })
	}
	all.Wait()
	after, err := settled(before.goroutines, before.files, before.goroutines)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, stacks())
	}
	seen.Probes, seen.Late, seen.Panics = total, int(late.Load()), int(panicked.Load())
	seen.Goroutines, seen.Files = max(0, after.goroutines-before.goroutines), max(0, after.files-before.files)
	if seen.Goroutines > 0 {
		seen.Stacks = stacks()
	}
	seen.PeakMiB = peakMiB()
	return seen, nil
}

// peakMiB returns the largest resident size of the process, or 0 if the system does not report it.
func peakMiB() int {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int
	_, _ = fmt.Sscan(rest, &kib)
	return kib >> 10
}

// Set SNOWFLAKE_TEST_HOSTILE_PROBES to 2000 for the long form.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	total := os.Getenv(hostileProbes)
	if total == "" {
		total = "200" // every response at every point twice
	}
	var seen hostileResult
	inChild(t, "hostile servers", &seen, hostileProbes+"="+total)
	t.Logf("the process used up to %d MiB", seen.PeakMiB)
	if seen.Stacks != "" {
		t.Errorf("leaked goroutines:\n%s", seen.Stacks)
	}
	if seen.PeakMiB > 512 {
		t.Errorf("the process used %d MiB", seen.PeakMiB)
	}
	want := hostileResult{PeakMiB: seen.PeakMiB, Stacks: seen.Stacks}
	want.Probes, _ = strconv.Atoi(total)
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("probes of hostile servers (-want +got):\n%s", diff)
	}
}
