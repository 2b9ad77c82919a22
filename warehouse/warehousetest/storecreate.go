// Rules about creating and deleting.

package warehousetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeCreateRules() []storeRule {
	return []storeRule{
		{"an empty store has nothing", emptyStore},
		{"what is created is there", createdIsThere},
		{"an organisation has one connection", onePerOrganisation},
		{"an id is nobody else's", idIsUnique},
		{"what is deleted is gone", deletedIsGone},
	}
}

func emptyStore(s *storeTest) {
	ctx, row := s.Context(), newRow("acme")
	listed, err := s.store.List(ctx, row.Organisation)
	s.answers(err, nil, "List for an organisation without a connection", "having none is an ordinary answer")
	if len(listed) != 0 {
		s.Errorf("List of an empty store returns %d connections", len(listed))
	}
	page, err := s.store.Page(ctx, "", 10)
	s.answers(err, nil, "Page of an empty store", "having none is an ordinary answer")
	if len(page) != 0 {
		s.Errorf("Page of an empty store returns %d rows", len(page))
	}
	s.refusesAll(row.Organisation, row.ID, "what was never there is not found")
}

// refusesAll checks that every method which names a row answers that there is none.
func (s *storeTest) refusesAll(organisation, id, why string) {
	s.Helper()
	ctx, row := s.Context(), newRow(organisation)
	row.ID = id
	s.absent(organisation, id, why)
	what := fmt.Sprintf(" of connection %q of organisation %q", id, organisation)
	s.answers(s.store.Update(ctx, row), warehouse.ErrNotFound, "Update"+what, why)
	s.answers(s.store.RecordTest(ctx, organisation, id, 1, passedAt(time.Now())), warehouse.ErrNotFound, "RecordTest"+what, why)
	s.answers(s.store.Reseal(ctx, organisation, id, row.Sealed, []byte("x")), warehouse.ErrNotFound, "Reseal"+what, why)
	s.answers(s.store.Delete(ctx, organisation, id), warehouse.ErrNotFound, "Delete"+what, why)
}

func createdIsThere(s *storeTest) {
	s.holds(s.created(newRow("acme")), "a row comes back as it was created")

	tested := newRow("tested")
	result := failedAt(time.Date(2026, 4, 17, 10, 5, 0, 1, time.UTC), "no")
	tested.LastTest, tested.Revision = &result, 7
	s.holds(s.created(tested), "a row is created as it is, its revision and last test included")

	bare := newRow("bare")
	bare.PublicKey, bare.Preset, bare.SetupScript = "", nil, ""
	s.holds(s.created(bare), "a type without a key pair has no public key, and may have no host config")
}

func onePerOrganisation(s *storeTest) {
	const why = "an organisation has one connection at most, of whatever type"
	first := s.created(newRow("acme"))

	second := newRow("acme")
	second.ID, second.Type, second.Sealed = "wc_second", "another", []byte("second")
	s.answers(s.store.Create(s.Context(), second), warehouse.ErrExists, "Create of a second connection", why)
	s.absent("acme", second.ID, "a refused row is not stored")
	s.answers(s.store.Create(s.Context(), first), warehouse.ErrExists, "Create of the same row again", why)
	s.holds(first, "a refused Create leaves the row that is there alone")

	s.created(newRow("globex"))
}

func idIsUnique(s *storeTest) {
	first := s.created(newRow("acme"))
	thief := newRow("globex")
	thief.ID = first.ID
	err := s.store.Create(s.Context(), thief)
	if err == nil {
		s.Errorf("Create with an id that another organisation's row has succeeds: Page could not page through both")
	}
	for _, sentinel := range []error{warehouse.ErrExists, warehouse.ErrNotFound, warehouse.ErrChanged} {
		if errors.Is(err, sentinel) {
			s.Errorf("Create with an id that another organisation's row has answers %q: the organisation has no row, "+
				"and would be told that it has", sentinel)
		}
	}
	s.holds(first, "a row is not another organisation's to replace")
	s.absent(thief.Organisation, thief.ID, "a refused row is not stored")
}

func deletedIsGone(s *storeTest) {
	row, other := s.created(newRow("acme")), s.created(newRow("globex"))
	s.ok(s.store.Delete(s.Context(), row.Organisation, row.ID), "Delete")

	s.refusesAll(row.Organisation, row.ID, "a deleted row is as absent as one that never was")
	listed, err := s.store.List(s.Context(), row.Organisation)
	if err != nil || len(listed) != 0 {
		s.Errorf("List after Delete returns %d connections and the error %v, want none", len(listed), err)
	}
	s.holds(other, "deleting touches no other organisation's row")

	again := newRow("acme")
	again.ID, again.Sealed = "wc_again", []byte("again")
	s.holds(s.created(again), "after a Delete the organisation may create anew")
	s.absent(row.Organisation, row.ID, "the new row does not bring the old one back")
}
