// Rules about recording tests.

package warehousetest

import (
	"math"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeTestRules() []storeRule {
	return []storeRule{
		{"a test result is recorded as it is", testIsRecorded},
		{"a test result needs the revision that was tested", testNeedsRevision},
		{"a newer test result stays", newerTestStays},
		{"a changed config has no older result to respect", testAfterUpdate},
	}
}

func testIsRecorded(s *storeTest) {
	row, other := s.created(newRow("acme")), s.created(newRow("globex"))
	at := time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC)
	for i, result := range []warehouse.TestResult{
		passedAt(at),
		failedAt(at.Add(1), "SQL access control error: Insufficient privileges to operate on warehouse 'WH'"),
		failedAt(at.Add(2), ""), // a failure whose connector gives no reason is no success
		passedAt(at.Add(3)),
		{Success: true, TestedAt: at.Add(4)},
	} {
		s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, row.Revision, result), "RecordTest")
		row.LastTest = &result
		s.holds(row, "a result comes back as it was recorded, in the place of the one before, and the revision stays")
		if s.Failed() {
			s.Fatalf("(that was result %d)", i)
		}
	}
	s.holds(other, "recording touches no other organisation's row")
}

func testNeedsRevision(s *storeTest) {
	row := s.created(newRow("acme"))
	next := changed(row, "c")
	s.ok(s.store.Update(s.Context(), next), "Update")
	row = updated(row, next)
	for _, revision := range []int64{1, 3, 0, -1, math.MaxInt64} {
		err := s.store.RecordTest(s.Context(), row.Organisation, row.ID, revision, passedAt(time.Now()))
		s.answers(err, warehouse.ErrChanged, "RecordTest at another revision",
			"a connection would count as tested with a config that nobody tested")
	}
	s.holds(row, "a result for another config is thrown away")

	at := time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC)
	result := passedAt(at)
	s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, 2, result), "RecordTest")
	row.LastTest = &result
	for _, age := range []time.Duration{-time.Second, 0, time.Second} {
		err := s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, failedAt(at.Add(age), "no"))
		s.answers(err, warehouse.ErrChanged, "RecordTest at another revision, which has a result of its own",
			"the caller is to know that its result is for a config that is gone, whichever result is newer")
	}
	s.holds(row, "a result for another config is thrown away")
}

func newerTestStays(s *storeTest) {
	row := s.created(newRow("acme"))
	// In one second, one millisecond and one microsecond: a clock rounded to any of them cannot tell.
	at := time.Date(2026, 4, 17, 10, 5, 0, 123_456_500, time.UTC)
	newest := passedAt(at)
	s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, newest), "RecordTest")
	row.LastTest = &newest
	for _, older := range []time.Duration{1, 400, time.Microsecond, time.Millisecond, time.Second, time.Hour} {
		err := s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, failedAt(at.Add(-older), "older"))
		s.answers(err, nil, "RecordTest of a result that is "+older.String()+" older",
			"the caller's test ran, and is told its own result")
		s.holds(row, "which of two results is newer is decided on the nanosecond, and a slow answer must not hide a later one")
	}

	zone := time.FixedZone("CEST", 2*60*60)
	same := failedAt(at.In(zone), "at the same time")
	s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, same), "RecordTest of a result of the same time")
	row.LastTest = &same
	s.holds(row, "a result of the same time is not newer, so what is recorded last is kept, in UTC")

	newer := failedAt(at.Add(1), "newer")
	s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, newer), "RecordTest of a newer result")
	row.LastTest = &newer
	s.holds(row, "a result that is a nanosecond newer is newer")
}

func testAfterUpdate(s *storeTest) {
	row := s.created(newRow("acme"))
	at := time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC)
	s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, passedAt(at)), "RecordTest")
	next := changed(row, "c")
	s.ok(s.store.Update(s.Context(), next), "Update")
	row = updated(row, next)

	result := failedAt(at.Add(-time.Hour), "on a server whose clock is behind")
	s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, 2, result), "RecordTest")
	row.LastTest = &result
	s.holds(row, "the first result for a config is recorded, whatever its time: an earlier config's is not there to be newer")
}
