// Testing a connection for real.

package warehouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// probeGrace is how long past its deadline a probe may take to return. One that takes longer is left
// behind: the caller gets an answer whatever a connector does.
const probeGrace = 250 * time.Millisecond

// recordTimeout bounds the writing of a result, which no caller's context ends.
const recordTimeout = 5 * time.Second

// A flight is one run of a probe, shared by all who ask for it while it is under way.
type flight struct {
	done   chan struct{} // closed when the result is recorded
	result TestResult
	err    error
	asked  []asked // guarded by Service.mu
}

type flightKey struct {
	organisation, id string
	revision         int64
}

// asked is one caller of a flight: what its event is made of, and the context, without its end, in which
// the host is told.
type asked struct {
	ctx   context.Context
	event Event
	began time.Time
}

// Test tests a connection and records how it ended. A test that ran is no error, whatever its result.
// It returns [ErrNotFound] if the connection is not there or was deleted meanwhile, [ErrChanged] if
// its config was changed meanwhile, in which case the result is thrown away, and [ErrBusy] if too
// many probes are running.
//
// One test at a time runs for a connection's config; callers that arrive meanwhile get its result. When
// ctx ends, Test returns, and the probe runs to its end and is recorded all the same.
func (s *Service) Test(ctx context.Context, caller Caller, id string) (TestResult, error) {
	var f *flight
	began := time.Now()
	e := Event{Action: ActionTest, ConnectionID: id}
	// What happens before the probe is observed here, and the rest by the flight, which may
	// outlast this caller.
	if _, err := observe(ctx, s, caller, e, func(e *Event) (_ struct{}, err error) {
		row, err := s.row(ctx, caller, id)
		if err != nil {
			return struct{}{}, err
		}
		e.about(row.Connection)
		if f, err = s.board(row, asked{context.WithoutCancel(ctx), *e, began}); err != nil {
			return struct{}{}, err
		}
		e.Outcome = outcomeBoarded
		return struct{}{}, nil
	}); err != nil {
		return TestResult{}, err
	}
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		return TestResult{}, fmt.Errorf("warehouse: the test goes on without its caller: %w", ctx.Err())
	}
}

// outcomeBoarded is the outcome of a call whose event its flight will tell.
const outcomeBoarded Outcome = "boarded"

// board returns the flight under way for the row, or starts one.
func (s *Service) board(row Row, who asked) (*flight, error) {
	key := flightKey{row.Organisation, row.ID, row.Revision}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flights[key]; f != nil {
		f.asked = append(f.asked, who)
		return f, nil
	}
	if s.closing || s.probes >= s.maxProbes || s.stuck[key] {
		return nil, ErrBusy
	}
	s.probes++
	f := &flight{done: make(chan struct{}), asked: []asked{who}}
	s.flights[key] = f
	s.underWay.Go(func() { s.fly(who.ctx, key, f, row) })
	return f, nil
}

// fly runs a flight to its end, whoever still waits for it.
func (s *Service) fly(ctx context.Context, key flightKey, f *flight, row Row) {
	defer close(f.done)
	f.err = errNoEnd
	defer func() {
		s.mu.Lock()
		delete(s.flights, key)
		callers := f.asked
		s.mu.Unlock()
		for _, a := range callers {
			e := a.event
			e.Duration = time.Since(a.began)
			if f.err == nil && !f.result.Success {
				e.Outcome, e.Code = OutcomeFailed, f.result.Diagnosis.Code
			}
			s.ended(a.ctx, e, f.err)
		}
	}()
	f.result, f.err = s.test(ctx, key, row)
}

// errNoEnd is how code ended that neither returned nor panicked: by runtime.Goexit, as a fake that calls
// FailNow does.
var errNoEnd = errors.New("warehouse: a test's goroutine was made to exit")

// test runs the probe and records how it ended.
func (s *Service) test(ctx context.Context, key flightKey, row Row) (_ TestResult, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.recovered(ctx, "test", p)
		}
	}()
	result, err := s.attempt(ctx, key, row)
	if err != nil {
		return TestResult{}, err
	}
	recording, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	err = s.store.RecordTest(recording, row.Organisation, row.ID, row.Revision, result)
	if err != nil {
		return TestResult{}, err
	}
	return result, nil
}

// attempt gives an answer by the deadline, and a moment, whatever the sealer and the connector do. What is
// left behind keeps its place among the probes until it ends, and until then is the only one of its kind.
func (s *Service) attempt(ctx context.Context, key flightKey, row Row) (TestResult, error) {
	ctx, cancel := context.WithTimeout(ctx, s.probeTimeout)
	overdue := time.NewTimer(s.probeTimeout + probeGrace)
	defer overdue.Stop()
	type ending struct {
		result TestResult
		err    error
	}
	ended := make(chan ending, 1)
	var probing atomic.Bool
	s.underWay.Go(func() {
		end := ending{err: errNoEnd}
		defer func() {
			if p := recover(); p != nil {
				end.err = s.recovered(ctx, "probe", p)
			}
			cancel()
			s.mu.Lock()
			defer s.mu.Unlock()
			s.probes--
			delete(s.stuck, key)
			ended <- end // which holds one, so that this cannot wait
		}()
		end.result, end.err = s.probe(ctx, row, &probing)
	})
	select {
	case end := <-ended:
		return end.result, end.err
	case <-overdue.C:
	}
	s.mu.Lock()
	select {
	case end := <-ended: // at the last moment
		s.mu.Unlock()
		return end.result, end.err
	default:
		s.stuck[key] = true
	}
	s.mu.Unlock()
	if !probing.Load() {
		return TestResult{}, fmt.Errorf("warehouse: open the secrets of connection %s: the sealer did not end by the deadline", row.ID)
	}
	s.log.LogAttrs(ctx, slog.LevelError, "warehouse: a probe did not end by its deadline and was left behind",
		slog.String("connection", row.ID), slog.String("type", row.Type))
	return s.resultOf(nil, context.DeadlineExceeded, time.Now()), nil
}

// probe opens the row's secrets and runs its connector's probe.
func (s *Service) probe(ctx context.Context, row Row, probing *atomic.Bool) (TestResult, error) {
	connector, err := s.connectorOf(row)
	if err != nil {
		return TestResult{}, err
	}
	target, kept, err := s.target(ctx, connector, row)
	if err != nil {
		return TestResult{}, err
	}
	probing.Store(true)
	report, failure := connector.Probe(ctx, target)
	result := s.resultOf(report, failure, time.Now())
	kept.redact(&result)
	return result, nil
}

// target opens a row's secrets for its connector, and returns them beside it, to be looked for in what the
// connector says.
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
