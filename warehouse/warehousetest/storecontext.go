// Rules about contexts that end.

package warehousetest

import (
	"context"
	"fmt"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
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
		_, err = s.store.Walk(ctx, "", 10)
		check(err, "Walk")
		check(s.store.Create(ctx, newRow("globex")), "Create")
		check(s.store.Update(ctx, changed(row, "c")), "Update")
		check(s.store.RecordTest(ctx, row.Organisation, row.ID, 1, passedAt(time.Now())), "RecordTest")
		check(s.store.Reseal(ctx, row.Organisation, row.ID, row.Sealed, []byte("resealed")), "Reseal")
		check(s.store.Delete(ctx, row.Organisation, row.ID), "Delete")
	}
	s.holds(row, "what was asked for with a context that had ended must not happen")
	s.absent("globex", "wc_globex", "what was asked for with a context that had ended must not happen")
}

// endingContext ends contexts at any point of an update.
func endingContext(s *storeTest) {
	row := s.created(newRow("acme"))
	for i := range 60 {
		ctx, cancel := context.WithCancel(s.Context())
		next := changed(row, fmt.Sprint(i))
		next.Sealed = []byte("sealed for zone " + fmt.Sprint(i))
		timer := time.AfterFunc(time.Duration(i)*20*time.Microsecond, cancel)
		err := s.store.Update(ctx, next)
		timer.Stop()
		if err != nil {
			s.answers(err, context.Canceled, "Update with a context that ends", "the database is not to blame")
		}
		cancel()

		got := s.settled(row)
		switch want := updated(row, next); {
		case got.Revision == row.Revision && err == nil:
			s.Fatalf("Update answers that it was done, and it was not")
		case got.Revision == row.Revision:
			s.holds(row, "an update whose context ended is not done, or done as a whole")
		default:
			s.holds(want, "an update whose context ended is not done, or done as a whole")
			row = want
		}
		if s.Failed() {
			return
		}
	}
}

// settled returns the stored row once what was given up has ended at the database, too: a change at the
// stored revision waits for any other that is still under way.
func (s *storeTest) settled(row warehouse.Record) warehouse.Record {
	s.Helper()
	var got warehouse.Record
	for range 100 {
		stored, err := s.store.Get(s.Context(), row.Organisation, row.ID)
		s.ok(err, "Get")
		err = s.store.Reseal(s.Context(), row.Organisation, row.ID, stored.Sealed, stored.Sealed)
		if err == nil {
			return stored
		}
		got = stored
	}
	s.Fatalf("the row never settles: %+v", got.Connection)
	return got
}
