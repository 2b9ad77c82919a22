// Rules about contexts that end.

package warehousetest

import (
	"context"
	"fmt"
	"time"
)

func storeContextRules() []storeRule {
	return []storeRule{
		{"a context that has ended does nothing", endedContext},
		{"a context that ends does nothing half", endingContext},
	}
}

func endedContext(s *storeTest) {
	row := s.created(newRow("acme"))
	canceled, cancel := context.WithCancel(s.Context())
	cancel()
	late, cancel := context.WithDeadline(s.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for _, ctx := range []context.Context{canceled, late} {
		check := func(err error, method string) {
			s.Helper()
			s.answers(err, ctx.Err(), method+" with a context that has ended",
				"a caller tells its own hanging up from a broken database by the error")
		}
		_, err := s.store.List(ctx, row.Organisation)
		check(err, "List")
		_, err = s.store.Get(ctx, row.Organisation, row.ID)
		check(err, "Get")
		_, err = s.store.Page(ctx, "", 10)
		check(err, "Page")
		check(s.store.Create(ctx, newRow("globex")), "Create")
		check(s.store.Update(ctx, changed(row, "c")), "Update")
		check(s.store.RecordTest(ctx, row.Organisation, row.ID, 1, passedAt(time.Now())), "RecordTest")
		check(s.store.Reseal(ctx, row.Organisation, row.ID, row.Sealed, []byte("resealed")), "Reseal")
		check(s.store.Delete(ctx, row.Organisation, row.ID), "Delete")
	}
	s.holds(row, "what was asked for with a context that had ended must not happen")
	s.absent("globex", "wc_globex", "what was asked for with a context that had ended must not happen")
}

// endingContext ends contexts at any point of an update. Each update has a row of its own, since one that
// was given up may reach the database later than its caller's next call.
func endingContext(s *storeTest) {
	for i := range 60 {
		row := s.created(newRow(fmt.Sprintf("organisation %d", i)))
		next := changed(row, "c")
		next.Sealed = []byte("sealed anew")

		ctx, cancel := context.WithCancel(s.Context())
		timer := time.AfterFunc(time.Duration(i)*20*time.Microsecond, cancel)
		err := s.store.Update(ctx, next)
		timer.Stop()
		cancel()
		if err != nil {
			s.answers(err, context.Canceled, "Update with a context that ends", "the database is not to blame")
		}

		got, getErr := s.store.Get(s.Context(), row.Organisation, row.ID)
		s.ok(getErr, "Get")
		undone, done := diffRow(got, row), diffRow(got, updated(row, next))
		switch {
		case undone != "" && done != "":
			s.Fatalf("Update with a context that ends is half done, and must be done as a whole or not at all; "+
				"from what was there differs%s\nand from what was asked for%s", undone, done)
		case err == nil && done != "":
			s.Fatalf("Update answers that it was done, and the row is as before")
		}
	}
}
