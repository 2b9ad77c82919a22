package warehouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// probeGrace is how long after its deadline a probe may return. After that the callers get a timeout,
// whatever the connector does.
const probeGrace = 250 * time.Millisecond

// recordTimeout bounds the recording of a result, which no caller's context ends.
const recordTimeout = 5 * time.Second

// A runKey identifies a run: it tests one revision of one connection's config.
type runKey struct {
	organisation, id string
	revision         int64
}

// A run is one test, shared by the callers that arrive before its result is delivered.
//
// It stays in Service.runs until its result is delivered and its probe has returned. A probe that
// overruns therefore still counts against MaxProbes, and blocks further tests of its connection, until
// it returns.
type run struct {
	key  runKey
	row  Row
	done chan struct{} // closed once result and err are final and reported

	result  TestResult
	cause   error // of a failure with CodeServerError, redacted
	err     error
	probing atomic.Bool // the secrets are open, and the connector's Probe was called

	calls    []*call // guarded by Service.mu; nil once the result is delivered
	returned bool    // guarded by Service.mu; the goroutine of the probe has returned
}

// errExited is the error of code that ended its goroutine by runtime.Goexit, as a fake that calls
// FailNow does.
var errExited = errors.New("warehouse: a test's goroutine was made to exit")

// Test tests a connection and records the result. A test that ran is no error, whatever its result.
// Test returns [ErrNotFound] if the connection does not exist or was deleted during the test,
// [ErrChanged] if its config changed during the test, in which case the result is discarded, and
// [ErrBusy] if too many tests are running.
//
// One test at a time runs for a connection's config, and later callers share its result. When ctx ends,
// Test returns; the probe continues, and its result is recorded.
func (s *Service) Test(ctx context.Context, caller Caller, id string) (TestResult, error) {
	c := newCall(ctx, caller, Event{Action: ActionTest, ConnectionID: id})
	r, err := perform(ctx, s, caller, &c.event, func(e *Event) (*run, error) {
		row, err := s.row(ctx, caller, id)
		if err != nil {
			return nil, err
		}
		e.about(row.Connection)
		return s.join(row, c)
	})
	if err != nil {
		s.report(c, err)
		return TestResult{}, err
	}
	// From here on the run reports the call, since it may outlast the caller.
	select {
	case <-r.done:
		return r.result, r.err
	case <-ctx.Done():
		return TestResult{}, fmt.Errorf("warehouse: the test continues without its caller: %w", ctx.Err())
	}
}

// join adds a call to the run of the row's config, or starts one.
func (s *Service) join(row Row, c *call) (*run, error) {
	c.ctx = context.WithoutCancel(c.ctx)
	key := runKey{row.Organisation, row.ID, row.Revision}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[key]
	switch {
	case r != nil && r.calls != nil:
		r.calls = append(r.calls, c)
		return r, nil
	case r != nil, s.closing, len(s.runs) >= s.maxProbes, s.probes[row.Organisation] >= s.maxPerTenant:
		return nil, &BusyError{RetryAfter: s.probeTimeout + probeGrace}
	}
	s.probes[row.Organisation]++
	r = &run{key: key, row: row, done: make(chan struct{}), calls: []*call{c}}
	s.runs[key] = r
	s.running.Go(func() { s.execute(c.ctx, r) })
	return r, nil
}

// execute performs a run and delivers its result to the callers.
func (s *Service) execute(ctx context.Context, r *run) {
	defer close(r.done)
	r.err = errExited
	defer s.deliver(r)
	r.result, r.err = s.probeAndRecord(ctx, r)
}

func (s *Service) deliver(r *run) {
	s.mu.Lock()
	calls := r.calls
	r.calls = nil
	s.release(r)
	s.mu.Unlock()
	for _, c := range calls {
		if r.err == nil && !r.result.Success {
			c.event.Outcome, c.event.Code, c.event.Err = OutcomeFailed, r.result.Diagnosis.Code, r.cause
		}
		s.report(c, r.err)
	}
}

// release removes a run that is delivered and whose probe has returned. The caller holds s.mu.
func (s *Service) release(r *run) {
	if r.calls == nil && r.returned {
		delete(s.runs, r.key)
		if s.probes[r.key.organisation]--; s.probes[r.key.organisation] == 0 {
			delete(s.probes, r.key.organisation)
		}
	}
}

func (s *Service) probeAndRecord(ctx context.Context, r *run) (_ TestResult, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.recovered(ctx, "test", p)
		}
	}()
	result, err := s.wait(ctx, r)
	if err != nil {
		return TestResult{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := s.store.RecordTest(ctx, r.row, result); err != nil {
		return TestResult{}, err
	}
	return result, nil
}

// wait starts the probe in a goroutine of its own, and waits for it until its deadline and the grace
// period have passed.
func (s *Service) wait(ctx context.Context, r *run) (TestResult, error) {
	ctx, cancel := context.WithTimeout(ctx, s.probeTimeout)
	overdue := time.NewTimer(s.probeTimeout + probeGrace)
	defer overdue.Stop()
	type ending struct {
		result TestResult
		cause  error
		err    error
	}
	ended := make(chan ending, 1) // a probe that overruns finds nobody waiting
	s.running.Go(func() {
		end := ending{err: errExited}
		defer func() {
			if p := recover(); p != nil {
				end.err = s.recovered(ctx, "probe", p)
			}
			cancel()
			s.mu.Lock()
			r.returned = true
			s.release(r)
			s.mu.Unlock()
			ended <- end
		}()
		end.result, end.cause, end.err = s.probe(ctx, r)
	})
	select {
	case end := <-ended:
		r.cause = end.cause
		return end.result, end.err
	case <-overdue.C:
	}
	if !r.probing.Load() {
		return TestResult{}, fmt.Errorf("warehouse: open the secrets of connection %s: the sealer did not end by the deadline", r.row.ID)
	}
	s.log.LogAttrs(ctx, slog.LevelError, "warehouse: a probe did not return by its deadline and was left behind",
		slog.String("connection", r.row.ID), slog.String("type", r.row.Type))
	return s.resultOf(nil, context.DeadlineExceeded, time.Now()), nil
}

// probe opens the row's secrets and runs its connector's probe. cause is the error of a failure with
// CodeServerError, whose text the customer does not get.
func (s *Service) probe(ctx context.Context, r *run) (result TestResult, cause, err error) {
	connector, err := s.connectorOf(r.row)
	if err != nil {
		return TestResult{}, nil, err
	}
	target, secrets, err := s.target(ctx, connector, r.row)
	if err != nil {
		return TestResult{}, nil, err
	}
	r.probing.Store(true)
	steps, failure := connector.Probe(ctx, target)
	result = s.resultOf(steps, failure, time.Now())
	secrets.redact(&result)
	if result.Diagnosis.Code == CodeServerError {
		cause = secrets.redactError(causeOf(failure))
	}
	return result, cause, nil
}

// causeOf returns the error that the last ProbeError of a chain wraps, or that ProbeError if it wraps none.
// RunSteps wraps one in another.
func causeOf(err error) error {
	for {
		known, ok := errors.AsType[*ProbeError](err)
		if !ok || known == nil || known.Err == nil {
			return err
		}
		err = known.Err
	}
}

// target returns the row's target for its connector, and the secrets in it, which have to be redacted
// from the connector's results.
func (s *Service) target(ctx context.Context, connector registered, row Row) (Target, secrets, error) {
	kept, err := open(ctx, s.sealer, row)
	if err != nil {
		return Target{}, secrets{}, err
	}
	config, err := connector.load(row.Connection, kept.fields)
	if err != nil {
		return Target{}, secrets{}, err
	}
	keys := NewKeyPair(row.PublicKey, kept.privateKey(row.PublicKey))
	return NewTarget(row.Organisation, row.ID, config, keys), kept, nil
}
