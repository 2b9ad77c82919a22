package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A blockedProbe runs until release is closed.
type blockedProbe struct {
	begun, release chan struct{}
}

func newBlockedProbe() (*blockedProbe, options) {
	p := &blockedProbe{begun: make(chan struct{}, 100), release: make(chan struct{})}
	connector := newConnector()
	connector.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
		p.begun <- struct{}{}
		<-p.release
		return steps(nil, errExample, nil)(ctx, target)
	}
	return p, options{connector: connector}
}

// duringTest calls do while a test runs, and returns the response to the test.
func duringTest(t *testing.T, do func(s *server)) (*server, response) {
	t.Helper()
	p, options := newBlockedProbe()
	s := newServer(t, options)
	s.insertTested()
	tested := make(chan response)
	go func() { tested <- s.send("POST", "/wc_abc123/test/", "") }()
	<-p.begun
	do(s)
	close(p.release)
	return s, <-tested
}

func TestUpdateDuringTest(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"PATCH", "PUT"} {
		var updated warehouse.Row
		s, got := duringTest(t, func(s *server) {
			if got := s.send(method, "/wc_abc123/", `{"warehouse":"OTHER"}`); got.status != 200 {
				t.Errorf("the %s got %d %s", method, got.status, got.body)
			}
			updated = s.row("8", "wc_abc123")
		})
		wantResponse(t, fmt.Sprintf("after a %s the test", method), got, 409, bodyChanged)
		equal(t, "the row", updated, s.row("8", "wc_abc123"))
		if updated.LastTest != nil {
			t.Errorf("an updated connection keeps a test result: %+v", updated.LastTest)
		}
	}
}

func TestUnchangedUpdateDuringTest(t *testing.T) {
	t.Parallel()
	_, got := duringTest(t, func(s *server) {
		if got := s.send("PATCH", "/wc_abc123/", `{"warehouse":"COMPUTE_WH"}`); got.status != 200 {
			t.Errorf("the update got %d %s", got.status, got.body)
		}
	})
	if got.status != 200 || !strings.HasPrefix(got.body, `{"success":false`) {
		t.Errorf("the test got %d %s", got.status, got.body)
	}
}

func TestDeleteDuringTest(t *testing.T) {
	t.Parallel()
	s, got := duringTest(t, func(s *server) {
		if got := s.send("DELETE", "/wc_abc123/", ""); got.status != 204 {
			t.Errorf("the delete got %d %s", got.status, got.body)
		}
	})
	wantResponse(t, "the test", got, 404, bodyNotFound)
	equal(t, "the list", "[]", s.send("GET", "/", "").body)
}

func TestRecreateDuringTest(t *testing.T) {
	t.Parallel()
	var id string
	s, got := duringTest(t, func(s *server) {
		s.send("DELETE", "/wc_abc123/", "")
		id = s.create()
	})
	if got.status != 404 {
		t.Errorf("the test got %d %s", got.status, got.body)
	}
	if row := s.row("8", id); row.LastTest != nil {
		t.Errorf("the new connection has the old one's result: %+v", row.LastTest)
	}
}

func TestClientDisconnects(t *testing.T) {
	t.Parallel()
	p, options := newBlockedProbe()
	s := newServer(t, options)
	s.insert()
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	ctx, hangUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", server.URL+mount+"/wc_abc123/test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error)
	go func() {
		response, err := server.Client().Do(r)
		if err == nil {
			response.Body.Close()
		}
		gone <- err
	}()
	<-p.begun
	hangUp()
	if err := <-gone; err == nil {
		t.Error("the client got an answer before the probe had ended")
	}
	close(p.release)
	if err := s.service.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	row := s.row("8", "wc_abc123")
	if row.LastTest == nil || row.LastTest.Error != errExample.Error() {
		t.Errorf("the result is %+v", row.LastTest)
	}
	if events := s.recordedEvents(); len(events) != 1 || events[0].Outcome != warehouse.OutcomeFailed || events[0].Actor != ada.Actor {
		t.Errorf("the events are %+v", events)
	}
}

func TestConcurrentTestsShareResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		connector := newConnector()
		connector.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
			time.Sleep(time.Second)
			return steps(nil, nil, nil)(ctx, target)
		}
		s := newServer(t, options{connector: connector, maxProbes: 1})
		s.insert()
		answers := concurrently(64, func(int) response { return s.send("POST", "/wc_abc123/test/", "") })
		for _, got := range answers {
			equal(t, "response", answers[0], got)
		}
		if n := len(s.connector.Targets()); n != 1 || answers[0].status != 200 {
			t.Errorf("%d probes ran, and the answer is %d %s", n, answers[0].status, answers[0].body)
		}
		if events := s.recordedEvents(); len(events) != 64 {
			t.Errorf("of 64 tests there are %d events", len(events))
		}
	})
}

func TestConcurrentCreates(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	counts := make(map[int]int)
	for _, got := range concurrently(64, func(int) response {
		return s.send("POST", "/", `{"type":"snowflake","account_identifier":"xy12345.us-east-1"}`)
	}) {
		counts[got.status]++
		if got.status == 409 && idForm.ReplaceAllString(got.body, `"wc_abc123"`) != bodyExists {
			t.Errorf("a conflict got %s", got.body)
		}
	}
	equal(t, "the statuses", map[int]int{201: 1, 409: 63}, counts)
}

func TestConcurrentUpdates(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	fields := []string{"warehouse", "database", "schema", "role", "user"}
	for _, got := range concurrently(len(fields), func(i int) response {
		return s.send("PATCH", "/wc_abc123/", `{"`+fields[i]+`":"CHANGED"}`)
	}) {
		if got.status != 200 {
			t.Errorf("an update got %d %s", got.status, got.body)
		}
	}
	if got := s.send("GET", "/wc_abc123/", ""); strings.Count(got.body, `"CHANGED"`) != len(fields) {
		t.Errorf("an update is lost: %s", got.body)
	}
}

func TestMaxProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		connector := newConnector()
		connector.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
			time.Sleep(4 * time.Second)
			return steps(nil, nil, nil)(ctx, target)
		}
		s := newServer(t, options{connector: connector, authorize: byHeader})
		const places = 256
		members := warehouse.Fields{"type": []byte(`"snowflake"`), "account_identifier": []byte(`"xy12345"`)}
		var ids []string
		for i := range places + 1 {
			c, err := s.service.Create(t.Context(), caller{Organisation: organisation(i)}, members)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, c.ID)
		}
		probed := make(chan []error)
		go func() {
			probed <- concurrently(places, func(i int) error {
				_, err := s.service.Test(t.Context(), caller{Organisation: organisation(i)}, ids[i])
				return err
			})
		}()
		synctest.Wait()
		began := time.Now()
		tooMany := func() response {
			return s.send("POST", "/"+ids[places]+"/test/", "", "Organisation", organisation(places))
		}
		if got := tooMany(); got.status != 429 || got.body != throttled(5) || got.header.Get("Retry-After") != "5" || time.Since(began) > 0 {
			t.Errorf("one more got %d %s after %s", got.status, got.body, time.Since(began))
		}
		if err := errors.Join(<-probed...); err != nil {
			t.Error(err)
		}
		if got := tooMany(); got.status != 200 {
			t.Errorf("afterwards the test got %d %s", got.status, got.body)
		}
	})
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	if err := s.service.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.send("POST", "/wc_abc123/test/", ""); got.status != 429 || got.header.Get("Retry-After") == "" {
		t.Errorf("a test got %d %s", got.status, got.body)
	}
	if got := s.send("GET", "/wc_abc123/", ""); got.status != 200 {
		t.Errorf("a read got %d %s", got.status, got.body)
	}
}

func organisation(i int) string { return "organisation " + string(rune('A'+i)) }

// concurrently calls do n times at once and returns the results.
func concurrently[T any](n int, do func(i int) T) []T {
	results := make([]T, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			results[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return results
}
