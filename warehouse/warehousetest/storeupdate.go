// Rules about updating.

package warehousetest

import (
	"encoding/json"
	"math"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeUpdateRules() []storeRule {
	return []storeRule{
		{"an update changes what it says and nothing else", updateChanges},
		{"an update needs the stored revision", updateNeedsRevision},
		{"an update without sealed bytes keeps the stored ones", updateKeepsSealed},
		{"an update brings its last test", updateBringsLastTest},
	}
}

// updated returns row as it is after the update that next asks for.
func updated(row, next warehouse.Row) warehouse.Row {
	row.Config, row.Preset, row.SetupScript, row.LastTest = next.Config, next.Preset, next.SetupScript, next.LastTest
	if next.Sealed != nil {
		row.Sealed = next.Sealed
	}
	row.Revision++
	return row
}

// changed returns an update of row to another config.
func changed(row warehouse.Row, zone string) warehouse.Row {
	config, _ := json.Marshal(map[string]string{"zone": zone})
	row.Config, row.SetupScript = config, "-- zone "+zone
	row.LastTest, row.Sealed = nil, nil
	return row
}

func updateChanges(s *storeTest) {
	row, other := s.created(newRow("acme")), s.created(newRow("globex"))
	next := changed(row, "c")
	next.Preset, next.Sealed = json.RawMessage(`{"stage":"OTHER"}`), []byte("sealed anew")
	// What an update does not change must not follow from the row that asks for it either.
	next.Type, next.PublicKey, next.CreatedAt = "another", "another", row.CreatedAt.Add(time.Hour)

	s.ok(s.store.Update(s.Context(), next), "Update")
	row = updated(row, next)
	s.holds(row, "an update puts config, host config, script, last test and sealed bytes, counts the revision, "+
		"and leaves id, type, public key and time of creation")
	s.holds(other, "an update touches no other organisation's row")

	next = changed(row, "d")
	s.ok(s.store.Update(s.Context(), next), "the second Update")
	s.holds(updated(row, next), "each update counts the revision by one")
}

func updateNeedsRevision(s *storeTest) {
	const why = "the later of two changes would silently undo the earlier"
	row := s.created(newRow("acme"))
	next := changed(row, "c")
	s.ok(s.store.Update(s.Context(), next), "Update")
	row = updated(row, next)
	for _, revision := range []int64{1, 3, 0, -1, math.MaxInt64, math.MinInt64} {
		stale := changed(row, "stale")
		stale.Revision, stale.Sealed = revision, []byte("stale")
		s.answers(s.store.Update(s.Context(), stale), warehouse.ErrChanged, "Update at another revision", why)
	}
	s.holds(row, "a refused update changes nothing")
}

func updateKeepsSealed(s *storeTest) {
	row := s.created(newRow("acme"))
	resealed := []byte("sealed with a newer key")
	s.ok(s.store.Reseal(s.Context(), row.Organisation, row.ID, row.Sealed, resealed), "Reseal")
	next := changed(row, "c")
	s.ok(s.store.Update(s.Context(), next), "Update")
	row = updated(row, next)
	row.Sealed = resealed
	s.holds(row, "an update with nil sealed bytes keeps those that are stored, not those that its caller once read: "+
		"it would undo a rotation of keys")
}

func updateBringsLastTest(s *storeTest) {
	row := s.created(newRow("acme"))
	at := time.Date(2026, 4, 17, 10, 5, 0, 5, time.UTC)
	s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, failedAt(at, "no")), "RecordTest")

	next := changed(row, "c")
	s.ok(s.store.Update(s.Context(), next), "Update")
	row = updated(row, next)
	s.holds(row, "a result belongs to the config that was tested: an update without one removes the last")

	result := passedAt(at.Add(-time.Hour))
	next = changed(row, "d")
	next.LastTest = &result
	s.ok(s.store.Update(s.Context(), next), "Update with a last test")
	s.holds(updated(row, next), "an update puts the last test that it brings")
}
