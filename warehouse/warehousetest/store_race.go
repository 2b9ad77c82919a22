package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// oneSucceeds checks that one call succeeded and the others returned lost. It returns the index of that call.
func (s *storeTest) oneSucceeds(errs []error, lost error) int {
	winner, won := -1, 0
	for i, err := range errs {
		if err == nil {
			winner = i
			won++
		} else {
			s.wants(lost, err, fmt.Sprintf("one of %d simultaneous calls", len(errs)))
		}
	}
	if won != 1 {
		s.failf("of %d simultaneous calls %d succeeded, want 1", len(errs), won)
	}
	return winner
}

// inTurns makes the calls at once and returns their errors. Each round begins with another call, since the
// first to start often wins.
func inTurns(round int, calls ...func() error) []error {
	n := len(calls)
	errs := make([]error, n)
	for i, err := range atOnce(n, func(i int) error { return calls[(i+round)%n]() }) {
		errs[(i+round)%n] = err
	}
	return errs
}

func checkCreateRace(s *storeTest) {
	for round := range 4 {
		rows := make([]warehouse.Row, 64)
		for i := range rows {
			rows[i] = newRow(fmt.Sprintf("organisation %d", round))
			rows[i].ID = fmt.Sprintf("wc_%d_%d", round, i)
			rows[i].Sealed = []byte(rows[i].ID)
		}
		errs := atOnce(len(rows), func(i int) error { return s.Create(s.ctx, rows[i]) })
		s.holds(rows[s.oneSucceeds(errs, warehouse.ErrExists)], "after simultaneous Creates")
	}
}

func checkUpdateRace(s *storeTest) {
	row := s.create(newRow("acme"))
	for range 10 {
		errs := atOnce(8, func(i int) error { return s.Update(s.ctx, changed(row, fmt.Sprint(i))) })
		row = updated(row, changed(row, fmt.Sprint(s.oneSucceeds(errs, warehouse.ErrChanged))))
		s.holds(row, "after simultaneous Updates")
	}
}

func checkResultRace(s *storeTest) {
	row := s.create(newRow("acme"))
	result := func(i int) warehouse.TestResult { return failed(testedAt.Add(time.Duration(i)), fmt.Sprint(i)) }
	const n = 32
	errs := atOnce(n, func(i int) error { return s.RecordTest(s.ctx, row, result(i)) })
	s.wants(nil, firstError(errs), "a simultaneous RecordTest")
	newest := result(n - 1)
	row.LastTest = &newest
	s.holds(row, "after simultaneous RecordTests")
}

func checkResultAgainstUpdate(s *storeTest) {
	row := s.create(newRow("acme"))
	for round := range 20 {
		next := changed(row, fmt.Sprint(round))
		result := passed(row.CreatedAt.Add(time.Duration(round)))
		errs := inTurns(round,
			func() error { return s.RecordTest(s.ctx, row, result) },
			func() error { return s.Update(s.ctx, next) },
		)
		if errs[0] != nil {
			s.wants(warehouse.ErrChanged, errs[0], "RecordTest during an Update")
		}
		s.wants(nil, errs[1], "Update during a RecordTest")
		row = updated(row, next)
		s.holds(row, "after simultaneous Update and RecordTest")
	}
}

func checkDeleteRace(s *storeTest) {
	for round := range 20 {
		row := s.create(newRow("acme"))
		next := changed(row, "c")
		next.Sealed = []byte("sealed again")
		errs := inTurns(round,
			func() error { return s.Delete(s.ctx, row.Organisation, row.ID) },
			func() error { return s.Update(s.ctx, next) },
			func() error { return s.RecordTest(s.ctx, row, passed(row.CreatedAt)) },
			func() error { return s.Reseal(s.ctx, row.Organisation, row.ID, row.Sealed, []byte("resealed")) },
		)
		s.wants(nil, errs[0], "Delete during changes")
		for _, err := range errs[1:] {
			if err != nil && !errors.Is(err, warehouse.ErrNotFound) && !errors.Is(err, warehouse.ErrChanged) {
				s.failf("a change during a Delete returned %w, want nil, ErrNotFound or ErrChanged", err)
			}
		}
		s.absent(row.Organisation, row.ID, "after simultaneous Delete and changes")
	}
}

func checkResealAgainstUpdate(s *storeTest) {
	row := s.create(newRow("acme"))
	for round := range 20 {
		next := changed(row, fmt.Sprint(round))
		errs := inTurns(round,
			func() error {
				return s.Reseal(s.ctx, row.Organisation, row.ID, row.Sealed, []byte("the old bytes, resealed"))
			},
			func() error { return s.Update(s.ctx, next) },
		)
		if errs[0] != nil {
			s.wants(warehouse.ErrChanged, errs[0], "Reseal during an Update")
		}
		s.wants(nil, errs[1], "Update during a Reseal")
		row = updated(row, next)
		s.holds(row, "after simultaneous Reseal and Update")
	}
}

func checkResealRace(s *storeTest) {
	row := s.create(newRow("acme"))
	sealed := func(i int) []byte { return fmt.Appendf(nil, "sealed by %d", i) }
	errs := atOnce(8, func(i int) error { return s.Reseal(s.ctx, row.Organisation, row.ID, row.Sealed, sealed(i)) })
	row.Sealed = sealed(s.oneSucceeds(errs, warehouse.ErrChanged))
	s.holds(row, "after simultaneous Reseals")
}

func checkEndedContexts(s *storeTest) {
	row := s.create(newRow("acme"))
	for how, ctx := range endedContexts(s.ctx) {
		_, listErr := s.List(ctx, row.Organisation)
		_, getErr := s.Get(ctx, row.Organisation, row.ID)
		_, pageErr := s.Page(ctx, "", 10)
		for call, err := range map[string]error{
			"List":       listErr,
			"Get":        getErr,
			"Page":       pageErr,
			"Create":     s.Create(ctx, newRow("globex")),
			"Update":     s.Update(ctx, changed(row, "c")),
			"RecordTest": s.RecordTest(ctx, row, passed(time.Now())),
			"Reseal":     s.Reseal(ctx, row.Organisation, row.ID, row.Sealed, []byte("resealed")),
			"Delete":     s.Delete(ctx, row.Organisation, row.ID),
		} {
			s.wants(ctx.Err(), err, call+" with a context that was "+how)
		}
	}
	s.holds(row, "after calls with contexts that had ended")
	s.absent("globex", "wc_globex", "after Create with a context that had ended")
}

// checkEndingContext cancels contexts at any point of an update. Each update has a row of its own, since a
// canceled one may reach the database after the next call.
func checkEndingContext(s *storeTest) {
	for i := range 60 {
		row := s.create(newRow(fmt.Sprintf("organisation %d", i)))
		next := changed(row, "c")
		next.Sealed = []byte("sealed again")

		ctx, cancel := context.WithCancel(s.ctx)
		timer := time.AfterFunc(time.Duration(i)*20*time.Microsecond, cancel)
		err := s.Update(ctx, next)
		timer.Stop()
		cancel()
		if err != nil {
			s.wants(context.Canceled, err, "Update with a canceled context")
		}

		got, getErr := s.Get(s.ctx, row.Organisation, row.ID)
		s.wants(nil, getErr, "Get")
		undone, done := diffRow(got, row), diffRow(got, updated(row, next))
		switch {
		case undone != "" && done != "":
			s.failf("half of an Update with a canceled context was done: from the old row differs%s\nand from the new%s", undone, done)
		case err == nil && done != "":
			s.failf("Update succeeded without changing the row")
		}
	}
}
