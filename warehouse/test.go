// Testing a connection for real.

package warehouse

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// probeGrace is how long past its deadline a probe may take to return. One that takes longer is left
// behind: the caller gets an answer whatever a connector does.
const probeGrace = 250 * time.Millisecond

// recordTimeout bounds the writing of a result, which no caller's context ends.
const recordTimeout = 10 * time.Second

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

// asked is one caller of a flight: what its event is made of.
type asked struct {
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
		row, err := s.store.Get(ctx, caller.Organisation, id)
		if err != nil {
			return struct{}{}, err
		}
		e.about(row.Connection)
		if f, err = s.board(ctx, row, asked{event: *e, began: began}); err != nil {
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
func (s *Service) board(ctx context.Context, row Record, who asked) (*flight, error) {
	key := flightKey{row.Organisation, row.ID, row.Revision}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flights[key]; f != nil {
		f.asked = append(f.asked, who)
		return f, nil
	}
	if s.closing || s.probes >= s.maxProbes {
		return nil, ErrBusy
	}
	s.probes++
	f := &flight{done: make(chan struct{}), asked: []asked{who}}
	s.flights[key] = f
	ctx = context.WithoutCancel(ctx)
	s.underWay.Go(func() { s.fly(ctx, key, f, row) })
	return f, nil
}

// fly runs a flight to its end, whoever still waits for it.
func (s *Service) fly(ctx context.Context, key flightKey, f *flight, row Record) {
	f.result, f.err = s.test(ctx, row)
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
		s.ended(ctx, e, f.err)
	}
	close(f.done)
}

func (s *Service) test(ctx context.Context, row Record) (result TestResult, err error) {
	probing := false // from then on, whoever runs the probe gives its place back
	defer func() {
		if p := recover(); p != nil {
			err = s.recovered(ctx, "test", p)
		}
		if !probing {
			s.probeEnded()
		}
	}()
	deadline, cancel := context.WithTimeout(ctx, s.probeTimeout)
	defer cancel()
	connector, err := s.connectors.lookup(row.Type)
	if err != nil {
		return TestResult{}, fmt.Errorf("warehouse: connection %s: %w", row.ID, err)
	}
	kept, err := open(deadline, s.sealer, row)
	if err != nil {
		return TestResult{}, err
	}
	config, err := connector.load(row.Connection, kept.fields)
	if err != nil {
		return TestResult{}, err
	}
	target := NewTarget(row.Organisation, row.ID, config, NewKeyPair(row.PublicKey, kept.privateKey(row.PublicKey)))
	probing = true
	report, failure, err := s.probe(deadline, connector, target)
	if err != nil {
		return TestResult{}, err
	}
	result = s.resultOf(report, failure, time.Now().UTC().Round(0))
	kept.redact(&result)

	recording, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	err = s.store.RecordTest(recording, row.Organisation, row.ID, row.Revision, result)
	if err != nil {
		return TestResult{}, err
	}
	return result, nil
}

// probe runs the connector's probe. Its own error is failure; err is a panic's.
func (s *Service) probe(ctx context.Context, connector registered, target Target) (report Report, failure, err error) {
	type ending struct {
		report       Report
		failure, err error
	}
	ended := make(chan ending, 1)
	s.underWay.Go(func() {
		var end ending
		defer func() {
			if p := recover(); p != nil {
				end.err = s.recovered(ctx, "probe", p)
			}
			s.probeEnded()
			ended <- end
		}()
		end.report, end.failure = connector.Probe(ctx, target)
	})
	due, _ := ctx.Deadline() // test set it
	overdue := time.NewTimer(time.Until(due) + probeGrace)
	defer overdue.Stop()
	select {
	case end := <-ended:
		return end.report, end.failure, end.err
	case <-overdue.C:
		s.log.LogAttrs(ctx, slog.LevelError, "warehouse: a probe did not end by its deadline and was left behind",
			slog.String("connection", target.ConnectionID), slog.String("connector", fmt.Sprintf("%T", connector.Connector)))
		return Report{}, context.DeadlineExceeded, nil
	}
}

func (s *Service) probeEnded() {
	s.mu.Lock()
	s.probes--
	s.mu.Unlock()
}
