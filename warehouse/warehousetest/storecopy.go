// Rules about who may keep the bytes.

package warehousetest

import (
	"slices"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeCopyRules() []storeRule {
	return []storeRule{
		{"what is passed stays the caller's", argumentsAreCopied},
		{"what is returned is the caller's", resultsAreCopied},
	}
}

// scribble overwrites all that a row points to.
func scribble(row *warehouse.Row) {
	for _, text := range [][]byte{row.Config, row.Preset, row.Sealed} {
		for i := range text {
			text[i] = '#'
		}
	}
	if row.LastTest != nil {
		steps := row.LastTest.Diagnosis.Steps
		for i := range steps {
			steps[i].Name = "#"
		}
		*row.LastTest = warehouse.TestResult{Error: "#"}
	}
}

// deepCopy is a row that shares nothing with another.
func deepCopy(row warehouse.Row) warehouse.Row {
	row.Config, row.Preset, row.Sealed = slices.Clone(row.Config), slices.Clone(row.Preset), slices.Clone(row.Sealed)
	if row.LastTest != nil {
		result := *row.LastTest
		result.Diagnosis.Steps = slices.Clone(result.Diagnosis.Steps)
		row.LastTest = &result
	}
	return row
}

func argumentsAreCopied(s *storeTest) {
	const why = "a caller may reuse and wipe what it passed: a store keeps a copy"
	ctx, at := s.Context(), time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC)
	row := newRow("acme")
	result := failedAt(at, "no")
	row.LastTest = &result

	passed := deepCopy(row)
	s.ok(s.store.Create(ctx, passed), "Create")
	scribble(&passed)
	s.holds(row, why)

	next := changed(row, "c")
	next.LastTest, next.Sealed = &result, []byte("sealed anew")
	passed = deepCopy(next)
	s.ok(s.store.Update(ctx, passed), "Update")
	scribble(&passed)
	row = updated(row, next)
	s.holds(row, why)

	newer := failedAt(at.Add(1), "no")
	copied := warehouse.Row{Connection: warehouse.Connection{LastTest: &newer}}
	copied = deepCopy(copied)
	s.ok(s.store.RecordTest(ctx, row.Organisation, row.ID, row.Revision, *copied.LastTest), "RecordTest")
	scribble(&copied)
	row.LastTest = &newer
	s.holds(row, why)

	old, sealed := slices.Clone(row.Sealed), []byte("resealed")
	s.ok(s.store.Reseal(ctx, row.Organisation, row.ID, old, sealed), "Reseal")
	copy(old, "########")
	copy(sealed, "########")
	row.Sealed = []byte("resealed")
	s.holds(row, why)
}

func resultsAreCopied(s *storeTest) {
	const why = "a caller may change and wipe what it was given: a store gives a copy"
	row := newRow("acme")
	result := failedAt(time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC), "no")
	row.LastTest = &result
	s.created(deepCopy(row))

	got, err := s.store.Get(s.Context(), row.Organisation, row.ID)
	s.ok(err, "Get")
	scribble(&got)
	s.holds(row, why)

	listed, err := s.store.List(s.Context(), row.Organisation)
	s.ok(err, "List")
	for _, c := range listed {
		scribble(&warehouse.Row{Connection: c})
	}
	s.holds(row, why)

	page, err := s.store.Page(s.Context(), "", 10)
	s.ok(err, "Page")
	for i := range page {
		scribble(&page[i])
	}
	s.holds(row, why)
}
