// Rules about calls at once.

package warehousetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeRaceRules() []storeRule {
	return []storeRule{
		{"of simultaneous creates one succeeds", createsAtOnce},
		{"of simultaneous updates one succeeds", updatesAtOnce},
		{"of simultaneous tests the newest stays", testsAtOnce},
		{"a test never outlives the config it tested", testAgainstUpdate},
		{"deleting ends everything", deleteAgainstAll},
	}
}

// atOnce calls do n times at once and returns how each ended.
func atOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// inTurns makes the calls at once and returns how each ended. It begins with another one each round, so
// that none is always the first.
func inTurns(round int, calls ...func() error) []error {
	n := len(calls)
	errs := atOnce(n, func(i int) error { return calls[(i+round)%n]() })
	ordered := make([]error, n)
	for i, err := range errs {
		ordered[(i+round)%n] = err
	}
	return ordered
}

// oneSucceeds checks that one call succeeded and the others answered lost. It returns which did.
func (s *storeTest) oneSucceeds(errs []error, lost error, doing, why string) int {
	s.Helper()
	winner, won := -1, 0
	for i, err := range errs {
		switch {
		case err == nil:
			winner = i
			won++
		case !errors.Is(err, lost):
			s.Errorf("one of %d %s answers %q, want %q: %s", len(errs), doing, err, lost, why)
		}
	}
	if won != 1 {
		s.Fatalf("of %d %s %d succeed, want 1: %s", len(errs), doing, won, why)
	}
	return winner
}

func createsAtOnce(s *storeTest) {
	for round := range 4 {
		rows := make([]warehouse.Row, 64)
		for i := range rows {
			rows[i] = newRow(fmt.Sprintf("organisation %d", round))
			rows[i].ID = fmt.Sprintf("wc_%d_%d", round, i)
			rows[i].Sealed = []byte(rows[i].ID)
		}
		errs := atOnce(len(rows), func(i int) error { return s.store.Create(s.Context(), rows[i]) })
		winner := s.oneSucceeds(errs, warehouse.ErrExists, "simultaneous creates for one organisation",
			"one connection per organisation is kept by the store itself, since any look before is out of date")
		s.holds(rows[winner], "the row of the create that succeeded is the one that is there")
	}
}

func updatesAtOnce(s *storeTest) {
	row := s.created(newRow("acme"))
	for range 10 {
		errs := atOnce(8, func(i int) error { return s.store.Update(s.Context(), changed(row, fmt.Sprint(i))) })
		winner := s.oneSucceeds(errs, warehouse.ErrChanged, "simultaneous updates at one revision",
			"the later of two changes would silently undo the earlier")
		row = updated(row, changed(row, fmt.Sprint(winner)))
		s.holds(row, "the update that succeeded is the one that is there, and the revision is one higher")
	}
}

func testsAtOnce(s *storeTest) {
	row := s.created(newRow("acme"))
	const n = 32
	at := time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC)
	errs := atOnce(n, func(i int) error {
		return s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, failedAt(at.Add(time.Duration(i)), fmt.Sprint(i)))
	})
	for _, err := range errs {
		s.answers(err, nil, "one of several simultaneous RecordTests", "each test ran, and its caller is told its own result")
	}
	newest := failedAt(at.Add(n-1), fmt.Sprint(n-1))
	row.LastTest = &newest
	s.holds(row, "of simultaneous results the newest stays, whichever was written last")
}

func testAgainstUpdate(s *storeTest) {
	row := s.created(newRow("acme"))
	for round := range 20 {
		next := changed(row, fmt.Sprint(round))
		result := passedAt(row.CreatedAt.Add(time.Duration(round)))
		errs := inTurns(round,
			func() error {
				return s.store.RecordTest(s.Context(), row.Organisation, row.ID, row.Revision, result)
			},
			func() error { return s.store.Update(s.Context(), next) },
		)
		if errs[0] != nil {
			s.answers(errs[0], warehouse.ErrChanged, "RecordTest during an update", "the config was changed meanwhile, and nothing else is wrong")
		}
		s.answers(errs[1], nil, "Update during a RecordTest", "recording a test does not count as a change of the config")
		row = updated(row, next)
		s.holds(row, "a result for the config before must not show on the one after")
		if s.Failed() {
			return
		}
	}
}

func deleteAgainstAll(s *storeTest) {
	for round := range 20 {
		row := s.created(newRow("acme"))
		next := changed(row, "c")
		next.Sealed = []byte("sealed anew")
		errs := inTurns(round,
			func() error { return s.store.Delete(s.Context(), row.Organisation, row.ID) },
			func() error { return s.store.Update(s.Context(), next) },
			func() error {
				return s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, passedAt(row.CreatedAt))
			},
			func() error {
				return s.store.Reseal(s.Context(), row.Organisation, row.ID, row.Sealed, []byte("resealed"))
			},
		)
		s.answers(errs[0], nil, "Delete, called at once with others", "no change of the row stands in its way")
		for i, method := range []string{"Update", "RecordTest", "Reseal"} {
			err := errs[i+1]
			if err != nil && !errors.Is(err, warehouse.ErrNotFound) && !errors.Is(err, warehouse.ErrChanged) {
				s.Errorf("%s, called at once with others, answers %q, want nil, ErrNotFound or ErrChanged: "+
					"the row was deleted or changed, and nothing else is wrong", method, err)
			}
		}
		s.absent(row.Organisation, row.ID, "what is deleted must not come back with what was under way")
		if s.Failed() {
			return
		}
	}
}
