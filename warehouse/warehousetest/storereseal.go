// Rules about resealing.

package warehousetest

import (
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeResealRules() []storeRule {
	return []storeRule{
		{"resealing changes the sealed bytes alone", resealChangesSealed},
		{"resealing needs the stored sealed bytes", resealNeedsOld},
	}
}

func resealChangesSealed(s *storeTest) {
	row, other := newRow("acme"), s.created(newRow("globex"))
	result := failedAt(time.Date(2026, 4, 17, 10, 5, 0, 5, time.UTC), "no")
	row.LastTest, row.Revision = &result, 3
	s.created(row)
	for _, sealed := range []string{"another", "longer than the one before it", "a", "\x00\xff\x00"} {
		s.ok(s.store.Reseal(s.Context(), row.Organisation, row.ID, row.Sealed, []byte(sealed)), "Reseal")
		row.Sealed = []byte(sealed)
		s.holds(row, "the customer changed nothing, so the revision and the last test stay: "+
			"a probe under way must find the row as it left it")
	}
	s.holds(other, "resealing touches no other row")
}

func resealNeedsOld(s *storeTest) {
	row := s.created(newRow("acme"))
	for _, old := range []string{"other bytes", "sealed for acm", "sealed for acme\x00", "SEALED FOR ACME", "x"} {
		err := s.store.Reseal(s.Context(), row.Organisation, row.ID, []byte(old), []byte("resealed"))
		s.answers(err, warehouse.ErrChanged, "Reseal of other sealed bytes than are stored",
			"a secret that was changed meanwhile would be lost")
	}
	s.holds(row, "a refused Reseal changes nothing")
}
