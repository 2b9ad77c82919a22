// Rules about secrets changing at once.

package warehousetest

import (
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeSecretRaceRules() []storeRule {
	return []storeRule{
		{"resealing loses no change of the config", resealAgainstUpdate},
		{"resealing loses no new secret", resealAgainstNewSecret},
		{"of simultaneous reseals one succeeds", resealsAtOnce},
	}
}

func resealAgainstUpdate(s *storeTest) {
	row := s.created(newRow("acme"))
	for round := range 20 {
		next := changed(row, fmt.Sprint(round))
		sealed := []byte(fmt.Sprintf("sealed in round %d", round))
		errs := inTurns(round,
			func() error { return s.store.Reseal(s.Context(), row.Organisation, row.ID, row.Sealed, sealed) },
			func() error { return s.store.Update(s.Context(), next) },
		)
		s.answers(errs[0], nil, "Reseal during an update that keeps the sealed bytes", "they are still there")
		s.answers(errs[1], nil, "Update during a Reseal", "resealing does not count as a change of the config")
		row = updated(row, next)
		row.Sealed = sealed
		s.holds(row, "both were done, and neither may undo the other")
		if s.Failed() {
			return
		}
	}
}

func resealAgainstNewSecret(s *storeTest) {
	row := s.created(newRow("acme"))
	for round := range 20 {
		next := changed(row, fmt.Sprint(round))
		next.Sealed = []byte(fmt.Sprintf("the new secret of round %d", round))
		errs := inTurns(round,
			func() error {
				return s.store.Reseal(s.Context(), row.Organisation, row.ID, row.Sealed, []byte("the old secret, sealed anew"))
			},
			func() error { return s.store.Update(s.Context(), next) },
		)
		if errs[0] != nil {
			s.answers(errs[0], warehouse.ErrChanged, "Reseal during an update with a new secret", "the sealed bytes are others, and nothing else is wrong")
		}
		s.answers(errs[1], nil, "Update during a Reseal", "resealing does not count as a change of the config")
		row = updated(row, next)
		s.holds(row, "the secret that the customer gave last is the one that is kept")
		if s.Failed() {
			return
		}
	}
}

func resealsAtOnce(s *storeTest) {
	row := s.created(newRow("acme"))
	sealed := func(i int) []byte { return []byte(fmt.Sprintf("sealed by %d", i)) }
	errs := atOnce(8, func(i int) error {
		return s.store.Reseal(s.Context(), row.Organisation, row.ID, row.Sealed, sealed(i))
	})
	winner := s.oneSucceeds(errs, warehouse.ErrChanged, "simultaneous reseals of the same bytes",
		"two maintenance runs must notice each other")
	row.Sealed = sealed(winner)
	s.holds(row, "the sealed bytes of the Reseal that succeeded are there")
}
