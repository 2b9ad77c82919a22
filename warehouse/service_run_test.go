package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

type probeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error)

// newProbeFixture returns a fixture with a connection and the given Probe.
func newProbeFixture(t *testing.T, probe probeFunc, configure func(*warehouse.Options)) (*fixture, warehouse.Connection) {
	t.Helper()
	h := newFixture(t, &warehousetest.Connector{ProbeFunc: probe}, configure)
	return h, h.created(`{"type":"fake","account":"a"}`)
}

// A blockingProbe is a probe that waits for release, ignores its context, and counts its calls.
type blockingProbe struct {
	mu      sync.Mutex
	entered int
	release chan struct{}
}

func newBlockingProbe() *blockingProbe { return &blockingProbe{release: make(chan struct{})} }

func (g *blockingProbe) probe(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
	g.mu.Lock()
	g.entered++
	g.mu.Unlock()
	<-g.release
	return nil, nil
}

func (g *blockingProbe) runs() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.entered
}

func TestTestRecordsResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, c := newProbeFixture(t, func(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
			return warehouse.RunSteps(ctx,
				warehouse.Step{Name: "one", Run: func(context.Context) error { time.Sleep(time.Second); return nil }},
				warehouse.Step{Name: "two", Run: func(context.Context) error { time.Sleep(2 * time.Second); return nil }})
		}, nil)
		h.store.Before = func(context.Context, warehousetest.StoreCall) error { time.Sleep(time.Second); return nil }
		read := time.Now().Add(time.Second)
		result, err := h.Test(t.Context(), ada, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := warehouse.TestResult{Success: true, TestedAt: read.Add(3 * time.Second).UTC().Round(0), Diagnosis: warehouse.Diagnosis{Steps: []warehouse.StepResult{
			{Name: "one", Status: warehouse.StepPassed, Duration: time.Second},
			{Name: "two", Status: warehouse.StepPassed, Duration: 2 * time.Second},
		}}}
		if diff := cmp.Diff(want, result); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(&want, h.row(c.ID).LastTest); diff != "" {
			t.Errorf("what is stored: (-want +got):\n%s", diff)
		}
	})
}

func TestProbeDeadline(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		timeout   time.Duration
		fails     func(context.Context) error
		wantError string
		wantAfter time.Duration
	}{
		{"by default", 0, func(ctx context.Context) error { return ctx.Err() }, `The warehouse did not answer within 4.5s, in the step "query".`, 4500 * time.Millisecond},
		{"as the host says", time.Minute, func(ctx context.Context) error { return ctx.Err() }, `The warehouse did not answer within 1m0s, in the step "query".`, time.Minute},
		{"with a cause", 0, func(ctx context.Context) error {
			return errors.Join(errors.New("no answer from db.example.com"), ctx.Err())
		},
			"no answer from db.example.com\ncontext deadline exceeded", 4500 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h, c := newProbeFixture(t, func(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
					return warehouse.RunSteps(ctx,
						warehouse.Step{Name: "query", Run: func(ctx context.Context) error { <-ctx.Done(); return test.fails(ctx) }},
						warehouse.Step{Name: "list", Run: nil})
				}, func(o *warehouse.Options) { o.ProbeTimeout = test.timeout })
				began := time.Now()
				result, err := h.Test(t.Context(), ada, c.ID)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took != test.wantAfter {
					t.Errorf("the answer took %v, want %v", took, test.wantAfter)
				}
				if result.Success || result.Error != test.wantError || result.Diagnosis.Code != warehouse.CodeTimeout || result.Diagnosis.Step != "query" || result.Diagnosis.Hint == "" {
					t.Errorf("the result is %+v", result)
				}
				if got := result.Diagnosis.Steps[1]; got != (warehouse.StepResult{Name: "list", Status: warehouse.StepSkipped}) {
					t.Errorf("the step that was not reached is %+v", got)
				}
				if status := h.row(c.ID).Status(); status != warehouse.StatusError {
					t.Errorf("the status is %q", status)
				}
			})
		})
	}
}

func TestProbeOverruns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := newBlockingProbe()
		h, c := newProbeFixture(t, stuck.probe, func(o *warehouse.Options) { o.MaxProbes = 1 })
		began := time.Now()
		result, err := h.Test(t.Context(), ada, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 4750*time.Millisecond {
			t.Errorf("the answer took %v, want 4.75s", took)
		}
		if result.Success || result.Error != "The warehouse did not answer within 4.5s." || result.Diagnosis.Code != warehouse.CodeTimeout {
			t.Errorf("the result is %+v", result)
		}
		if diff := cmp.Diff(&result, h.row(c.ID).LastTest); diff != "" {
			t.Errorf("what is stored: (-answered +stored):\n%s", diff)
		}
		if log := h.log.String(); !strings.Contains(log, "left behind") || !strings.Contains(log, c.ID) || !strings.Contains(log, `"type":"fake"`) {
			t.Errorf("the log is %s", log)
		}
		_, err = h.Test(t.Context(), ada, c.ID)
		wantError(t, "while it is still running, Test", err, warehouse.ErrBusy)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		wantError(t, "while it is still running, Shutdown", h.Shutdown(ctx), context.DeadlineExceeded)

		close(stuck.release)
		if err := h.Shutdown(t.Context()); err != nil {
			t.Errorf("once it has ended, Shutdown = %v", err)
		}
		if diff := cmp.Diff(&result, h.row(c.ID).LastTest); diff != "" {
			t.Errorf("the one that was left behind changed the row: (-before +after):\n%s", diff)
		}
	})
}

func TestOverrunProbeReturns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := newBlockingProbe()
		h, c := newProbeFixture(t, stuck.probe, func(o *warehouse.Options) { o.MaxProbes = 1 })
		if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
			t.Fatal(err)
		}
		close(stuck.release)
		synctest.Wait()
		result, err := h.Test(t.Context(), ada, c.ID)
		if err != nil || !result.Success {
			t.Errorf("Test = %+v, %v", result, err)
		}
	})
}

func TestSealerHangs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		open func(context.Context) error
		took time.Duration
		want string
	}{
		{"until its deadline", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, 4500 * time.Millisecond, "context deadline exceeded"},
		{"whatever its deadline", func(context.Context) error { time.Sleep(time.Hour); return nil }, 4750 * time.Millisecond, "the sealer did not end by the deadline"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h, c := newProbeFixture(t, nil, nil)
				h.sealer.beforeOpen = test.open
				began := time.Now()
				_, err := h.Test(t.Context(), ada, c.ID)
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), c.ID) {
					t.Errorf("the error is %v", err)
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("the answer took %v, want %v", took, test.took)
				}
				if last := h.row(c.ID).LastTest; last != nil {
					t.Errorf("a result was recorded although nothing was probed: %+v", last)
				}
				if got := h.eventsOf(warehouse.ActionTest); len(got) != 1 || got[0].Outcome != warehouse.OutcomeError {
					t.Errorf("the events are %+v", got)
				}
				if err := h.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestConcurrentTestsShareProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBlockingProbe()
		type traceKey struct{}
		h, c := newProbeFixture(t, g.probe, func(o *warehouse.Options) {
			o.MaxProbes = 1
			hook := o.OnEvent
			o.OnEvent = func(ctx context.Context, e warehouse.Event) {
				if trace, _ := ctx.Value(traceKey{}).(string); e.Action == warehouse.ActionTest && e.Actor != ada.Actor && trace != e.Actor {
					t.Errorf("%s's event is told in the context of %q", e.Actor, trace)
				}
				hook(ctx, e)
			}
		})
		var wg sync.WaitGroup
		results := make([]warehouse.TestResult, 3)
		for i, actor := range []string{"ada", "bob", "eve"} {
			wg.Go(func() {
				var err error
				ctx := context.WithValue(t.Context(), traceKey{}, actor)
				results[i], err = h.Test(ctx, warehouse.Caller{Organisation: "acme", Actor: actor}, c.ID)
				if err != nil {
					t.Errorf("%s: %v", actor, err)
				}
			})
			synctest.Wait()
			time.Sleep(time.Second)
		}
		close(g.release)
		wg.Wait()
		if g.runs() != 1 {
			t.Errorf("%d probes ran, want 1", g.runs())
		}
		for _, result := range results {
			if diff := cmp.Diff(results[0], result); diff != "" || !result.Success {
				t.Errorf("the results differ:\n%s", diff)
			}
		}
		took := map[string]time.Duration{}
		for _, e := range h.eventsOf(warehouse.ActionTest) {
			if e.Outcome != warehouse.OutcomeDone || e.Err != nil || e.ConnectionID != c.ID || e.Type != "fake" || e.Revision != 1 {
				t.Errorf("the event is %+v", e)
			}
			took[e.Actor] = e.Duration
		}
		if diff := cmp.Diff(map[string]time.Duration{"ada": 3 * time.Second, "bob": 2 * time.Second, "eve": time.Second}, took); diff != "" {
			t.Errorf("who was told to have asked, and how long it took (-want +got):\n%s", diff)
		}
		// The next test runs a probe of its own.
		if _, err := h.Test(t.Context(), ada, c.ID); err != nil || g.runs() != 2 {
			t.Errorf("afterwards: %d probes ran in all, want 2 (error %v)", g.runs(), err)
		}
	})
}

func TestMaxProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBlockingProbe()
		h := newFixture(t, &warehousetest.Connector{ProbeFunc: g.probe}, func(o *warehouse.Options) { o.MaxProbes = 2 })
		var wg sync.WaitGroup
		for _, organisation := range []string{"a", "b", "c"} {
			caller := warehouse.Caller{Organisation: organisation}
			c, err := h.Create(t.Context(), caller, fields(t, `{"type":"fake","account":"a"}`))
			if err != nil {
				t.Fatal(err)
			}
			if organisation == "c" {
				_, err := h.Test(t.Context(), caller, c.ID)
				wantError(t, "the third", err, warehouse.ErrBusy)
				close(g.release)
				wg.Wait()
				if _, err := h.Test(t.Context(), caller, c.ID); err != nil {
					t.Errorf("once there is room: %v", err)
				}
				continue
			}
			wg.Go(func() {
				if _, err := h.Test(t.Context(), caller, c.ID); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		refused := 0
		for _, e := range h.eventsOf(warehouse.ActionTest) {
			if e.Outcome == warehouse.OutcomeRefused && errors.Is(e.Err, warehouse.ErrBusy) && e.Organisation == "c" {
				refused++
			}
		}
		if refused != 1 {
			t.Errorf("%d refusals were told, want 1", refused)
		}
	})
}

func TestCallerDisconnects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var probed context.Context
		h, c := newProbeFixture(t, func(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
			probed = ctx
			time.Sleep(2 * time.Second)
			return nil, ctx.Err()
		}, nil)
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "trace"), time.Second)
		defer cancel()
		began := time.Now()
		_, err := h.Test(ctx, ada, c.ID)
		wantError(t, "Test", err, context.DeadlineExceeded)
		if took := time.Since(began); took != time.Second {
			t.Errorf("the caller was held up for %v", took)
		}
		if err := h.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if last := h.row(c.ID).LastTest; last == nil || !last.Success || last.TestedAt.Sub(began) != 2*time.Second {
			t.Errorf("what is recorded is %+v", last)
		}
		if got := h.eventsOf(warehouse.ActionTest); len(got) != 1 || got[0].Outcome != warehouse.OutcomeDone || got[0].Duration != 2*time.Second {
			t.Errorf("the events are %+v", got)
		}
		if probed.Value(key{}) != "trace" {
			t.Error("the values of the caller's context did not reach the probe")
		}
	})
}

func TestCanceledCaller(t *testing.T) {
	t.Parallel()
	ran := false
	h, c := newProbeFixture(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		ran = true
		return nil, nil
	}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Test(ctx, ada, c.ID)
	wantError(t, "Test", err, context.Canceled)
	_, err = h.Create(ctx, warehouse.Caller{Organisation: "other"}, fields(t, `{"type":"fake","account":"a"}`))
	wantError(t, "Create", err, context.Canceled)
	if ran || h.rows() != 1 {
		t.Error("something was done all the same")
	}
	for _, action := range []warehouse.Action{warehouse.ActionTest, warehouse.ActionCreate} {
		got := h.eventsOf(action)
		if last := got[len(got)-1]; last.Outcome != warehouse.OutcomeAbandoned || !errors.Is(last.Err, context.Canceled) {
			t.Errorf("%s was told as %+v", action, last)
		}
	}
	if h.log.String() != "" {
		t.Errorf("the log is %s", h.log)
	}
}

func TestStaleResultDiscarded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBlockingProbe()
		h, c := newProbeFixture(t, g.probe, nil)
		var err error
		var wg sync.WaitGroup
		wg.Go(func() { _, err = h.Test(t.Context(), ada, c.ID) })
		synctest.Wait()
		changed, changeErr := h.Update(t.Context(), ada, c.ID, fields(t, `{"database":"D"}`))
		if changeErr != nil {
			t.Fatal(changeErr)
		}
		// A test of the new config does not join the run of the old one.
		wg.Go(func() {
			if result, err := h.Test(t.Context(), ada, c.ID); err != nil || !result.Success {
				t.Errorf("a test of the new config: %+v, %v", result, err)
			}
		})
		synctest.Wait()
		if g.runs() != 2 {
			t.Errorf("%d probes run, want 2", g.runs())
		}
		if diff := cmp.Diff(changed, h.row(c.ID).Connection); diff != "" {
			t.Errorf("the row changed meanwhile:\n%s", diff)
		}
		close(g.release)
		wg.Wait()
		wantError(t, "the test of the old config", err, warehouse.ErrChanged)
		if row := h.row(c.ID); row.Revision != 2 || row.LastTest == nil {
			t.Errorf("the row is at revision %d with the result %+v", row.Revision, row.LastTest)
		}
		outcomes := map[int64]warehouse.Outcome{}
		for _, e := range h.eventsOf(warehouse.ActionTest) {
			outcomes[e.Revision] = e.Outcome
		}
		if outcomes[1] != warehouse.OutcomeRefused || outcomes[2] != warehouse.OutcomeDone {
			t.Errorf("the outcomes by revision are %v", outcomes)
		}
	})
}

func TestChangeDuringTest(t *testing.T) {
	t.Parallel()
	var h *fixture
	var c, changed warehouse.Connection
	h, c = newProbeFixture(t, func(ctx context.Context, _ warehouse.Target) (_ []warehouse.StepResult, err error) {
		changed, err = h.Update(ctx, ada, c.ID, fields(t, `{"database":"D"}`))
		return nil, err
	}, nil)
	_, err := h.Test(t.Context(), ada, c.ID)
	wantError(t, "Test", err, warehouse.ErrChanged)
	row := h.row(c.ID)
	if diff := cmp.Diff(changed, row.Connection); diff != "" || row.Status() != warehouse.StatusPending {
		t.Errorf("status %q (-changed +stored):\n%s", row.Status(), diff)
	}
}

func TestDeleteDuringTest(t *testing.T) {
	t.Parallel()
	var h *fixture
	var c warehouse.Connection
	h, c = newProbeFixture(t, func(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
		return nil, h.Delete(ctx, ada, c.ID)
	}, nil)
	_, err := h.Test(t.Context(), ada, c.ID)
	wantError(t, "Test", err, warehouse.ErrNotFound)
	if h.rows() != 0 {
		t.Error("the row is back")
	}
}

func TestNewerResultKept(t *testing.T) {
	t.Parallel()
	newer := warehouse.TestResult{TestedAt: time.Now().Add(time.Hour).UTC().Round(0), Error: "newer", Diagnosis: warehouse.Diagnosis{Code: "unknown"}}
	var h *fixture
	h, c := newProbeFixture(t, func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
		return nil, h.store.RecordTest(ctx, h.row(target.ConnectionID), newer) // as another server does meanwhile
	}, nil)
	result, err := h.Test(t.Context(), ada, c.ID)
	if err != nil || !result.Success {
		t.Errorf("Test = %+v, %v", result, err)
	}
	if diff := cmp.Diff(&newer, h.row(c.ID).LastTest); diff != "" {
		t.Errorf("what is stored: (-newer +stored):\n%s", diff)
	}
}

func TestMaxProbesPerOrganisation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ limit, want int }{"by default": {0, 4}, "by option": {2, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{}) // the hostile tenant's server is silent, and its probes overrun
				h, c := newProbeFixture(t, func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
					if target.Organisation == ada.Organisation {
						<-release
					}
					return nil, nil
				}, func(o *warehouse.Options) { o.MaxProbesPerOrganisation = test.limit })
				bob := warehouse.Caller{Organisation: "globex"}
				other, err := h.Create(t.Context(), bob, fields(t, `{"type":"fake","account":"a"}`))
				if err != nil {
					t.Fatal(err)
				}
				busy := 0
				for i := range 300 {
					if _, err := h.Update(t.Context(), ada, c.ID, fields(t, fmt.Sprintf(`{"database":"D%d"}`, i))); err != nil {
						t.Fatal(err)
					}
					go func() {
						if _, err := h.Test(t.Context(), ada, c.ID); errors.Is(err, warehouse.ErrBusy) {
							busy++
							var refused *warehouse.BusyError
							if !errors.As(err, &refused) || refused.RetryAfter != 4750*time.Millisecond {
								t.Errorf("the error is %#v", err)
							}
						}
					}()
					synctest.Wait()
					if result, err := h.Test(t.Context(), bob, other.ID); err != nil || !result.Success {
						t.Fatalf("the other tenant's test: %+v, %v", result, err)
					}
				}
				if busy != 300-test.want {
					t.Errorf("%d tests were refused, want %d", busy, 300-test.want)
				}
				time.Sleep(time.Minute)
				_, err = h.Test(t.Context(), ada, c.ID)
				wantError(t, "a test while all probes overrun", err, warehouse.ErrBusy)
				close(release)
				synctest.Wait()
				if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
					t.Errorf("after the probes have returned, Test = %v", err)
				}
			})
		})
	}
}

func TestClockStepsBack(t *testing.T) {
	t.Parallel()
	h, c := newProbeFixture(t, nil, nil)
	earlier := warehouse.TestResult{TestedAt: time.Now().Add(time.Hour), Error: "before the clock stepped back"}
	if err := h.store.RecordTest(t.Context(), h.row(c.ID), earlier); err != nil {
		t.Fatal(err)
	}
	result, err := h.Test(t.Context(), ada, c.ID)
	if err != nil || !result.Success {
		t.Fatalf("Test = %+v, %v", result, err)
	}
	if diff := cmp.Diff(&result, h.row(c.ID).LastTest, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the stored result is not that of the test: (-want +got):\n%s", diff)
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBlockingProbe()
		h, c := newProbeFixture(t, g.probe, nil)
		gone, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := h.Test(gone, ada, c.ID)
			wantError(t, "the caller who left", err, context.Canceled)
		})
		synctest.Wait()
		leave()
		wg.Wait()

		drained := make(chan error, 2)
		go func() { drained <- h.Shutdown(t.Context()) }()
		go func() { drained <- h.Shutdown(t.Context()) }()
		synctest.Wait()
		select {
		case <-drained:
			t.Error("Shutdown did not wait")
		default:
		}
		other := warehouse.Caller{Organisation: "other"}
		theirs, err := h.Create(t.Context(), other, fields(t, `{"type":"fake","account":"a"}`))
		if err != nil {
			t.Errorf("what is no test goes on: %v", err)
		}
		_, err = h.Test(t.Context(), other, theirs.ID)
		wantError(t, "a test meanwhile", err, warehouse.ErrBusy)

		close(g.release)
		for range 2 {
			if err := <-drained; err != nil {
				t.Errorf("Shutdown = %v", err)
			}
		}
		if last := h.row(c.ID).LastTest; last == nil || !last.Success {
			t.Errorf("the result that nobody waited for is %+v", last)
		}
		if err := h.Shutdown(t.Context()); err != nil {
			t.Errorf("a second Shutdown = %v", err)
		}
	})
}

func TestRecordTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, c := newProbeFixture(t, nil, nil)
		h.store.Before = func(ctx context.Context, call warehousetest.StoreCall) error {
			if call.Method != "RecordTest" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		began := time.Now()
		_, err := h.Test(t.Context(), ada, c.ID)
		wantError(t, "Test", err, context.DeadlineExceeded)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v, want 5s", took)
		}
		if got := h.eventsOf(warehouse.ActionTest); len(got) != 1 || got[0].Outcome != warehouse.OutcomeError {
			t.Errorf("the events are %+v", got)
		}
		h.store.Before = nil
		if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestProbeGoexit(t *testing.T) {
	t.Parallel()
	// As t.FailNow in a fake's function does.
	h, c := newProbeFixture(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		runtime.Goexit()
		return nil, nil
	}, func(o *warehouse.Options) { o.MaxProbes = 1 })
	for range 2 {
		if _, err := h.Test(t.Context(), ada, c.ID); err == nil || errors.Is(err, warehouse.ErrBusy) {
			t.Errorf("Test = %v", err)
		}
	}
	if last := h.row(c.ID).LastTest; last != nil {
		t.Errorf("it was recorded as %+v", last)
	}
	h.store.Before = func(_ context.Context, call warehousetest.StoreCall) error {
		if call.Method == "RecordTest" {
			runtime.Goexit()
		}
		return nil
	}
	h2, c2 := newProbeFixture(t, nil, nil)
	h2.store.Before = h.store.Before
	if _, err := h2.Test(t.Context(), ada, c2.ID); err == nil {
		t.Error("a store whose goroutine exits recorded a result")
	}
	if err := h2.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOverrunProbeBlocksConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var probes atomic.Int32
		h, c := newProbeFixture(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			probes.Add(1)
			<-release
			return nil, nil
		}, nil)
		if result, err := h.Test(t.Context(), ada, c.ID); err != nil || result.Success {
			t.Fatalf("the stuck test ended with %+v, %v", result, err)
		}
		if _, err := h.Test(t.Context(), ada, c.ID); !errors.Is(err, warehouse.ErrBusy) || probes.Load() != 1 {
			t.Errorf("beside it, Test = %v after %d probes, want ErrBusy", err, probes.Load())
		}
		close(release)
		synctest.Wait()
		if result, err := h.Test(t.Context(), ada, c.ID); err != nil || !result.Success {
			t.Errorf("when it has ended, Test = %+v, %v", result, err)
		}
	})
}
