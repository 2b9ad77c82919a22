package snowflake_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/warehouse"
)

// A fuzzServer answers the requests of a conversation in order, and repeats the last answer. A body with status 0 is
// sent as it is, without a header.
type fuzzServer struct {
	mu      sync.Mutex
	answers []exchange
}

func (s *fuzzServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	next := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	s.mu.Unlock()
	write(w, next)
}

// FuzzConversation lets the driver talk to a server with any answers. A probe ends by its deadline with an error that has
// a code, takes little memory, and leaves nothing behind.
func FuzzConversation(f *testing.F) {
	for _, r := range recordings() {
		answers := slices.Clone(r.recording)
		for len(answers) < 4 {
			answers = append(answers, ended)
		}
		seed := answers[:4]
		f.Add(uint16(seed[0].status), seed[0].body, uint16(seed[1].status), seed[1].body, seed[2].body, seed[3].body, seed[0].location)
	}
	for _, body := range hostileBodies() {
		if len(body) < 64<<10 {
			f.Add(uint16(200), body, uint16(200), body, body, body, "")
			f.Add(uint16(200), loginResult, uint16(200), body, body, body, "")
			f.Add(uint16(200), loginResult, uint16(200), selectResult, body, body, "")
		}
	}
	f.Add(uint16(0), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", uint16(0), "", "", "", "")
	f.Add(uint16(200), loginResult, uint16(0), "\x00\xff", "", "", "")

	limit := debug.SetMemoryLimit(512 << 20)
	f.Cleanup(func() { debug.SetMemoryLimit(limit) })
	server := new(fuzzServer)
	listener := httptest.NewServer(server)
	f.Cleanup(listener.Close)
	connector := newConnector(f, &snowflake.Options{Product: "Flagsmith", KeyPool: -1, Endpoint: listener.URL})
	f.Fuzz(func(t *testing.T, status uint16, login string, statementStatus uint16, first, second, third, location string) {
		valid := func(s uint16) int {
			if s == 0 || s >= 200 && s < 600 {
				return int(s)
			}
			return 200 + int(s)%400 // a handler can send these only
		}
		server.mu.Lock()
		server.answers = []exchange{
			{status: valid(status), body: login, location: location}, {status: valid(statementStatus), body: first, location: location},
			{status: 200, body: second}, {status: 200, body: third},
		}
		server.mu.Unlock()
		config := connector.Config().(*snowflake.Config)
		config.AccountIdentifier = "xy12345"
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const within = 300 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		began := time.Now()
		_, err := connector.Probe(ctx, warehouse.NewTarget("8", "wc_test", config, testKeys()))
		if took := time.Since(began); took > within+2*time.Second { // fuzzing is a busy machine
			t.Errorf("the probe took %v", took)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
			t.Errorf("the probe allocated %d MiB", n>>20)
		}
		// On a busy machine, a call of the driver can be left behind and end a little later.
		for patience := time.Now().Add(10 * time.Second); strings.Contains(stacks(), "snowflake.contain"); runtime.Gosched() {
			if time.Now().After(patience) {
				t.Fatalf("the driver is still running:\n%s", stacks())
			}
		}
		if err == nil {
			return
		}
		failure, ok := errors.AsType[*warehouse.ProbeError](err)
		if !ok || failure.Code == "" || failure.Hint == "" || failure.Message == "" && failure.VendorCode == "" {
			t.Errorf("Probe = %#v", err)
		}
	})
}
