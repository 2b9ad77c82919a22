package warehousetest

import (
	"encoding/json"
	"math"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func checkUpdate(s *storeTest) {
	row, other := s.create(newRow("acme")), s.create(newRow("globex"))
	next := changed(row, "c")
	next.Preset, next.Sealed = json.RawMessage(`{"stage":"OTHER"}`), []byte("sealed again")
	next.Type, next.PublicKey, next.CreatedAt = "another", "another", row.CreatedAt.Add(time.Hour)
	row = s.update(row, next)
	s.holds(row, "after Update")
	s.holds(other, "after Update of another row")
	s.holds(s.update(row, changed(row, "d")), "after the second Update")
}

func checkUpdateRevision(s *storeTest) {
	row := s.create(newRow("acme"))
	row = s.update(row, changed(row, "c"))
	for _, revision := range []int64{1, 3, 0, -1, math.MaxInt64, math.MinInt64} {
		stale := changed(row, "stale")
		stale.Revision, stale.Sealed = revision, []byte("stale")
		s.wants(warehouse.ErrChanged, s.Update(s.ctx, stale), "Update at another revision")
	}
	s.holds(row, "after refused Updates")
}

func checkUpdateSealed(s *storeTest) {
	row := s.create(newRow("acme"))
	next := changed(row, "c")
	row = s.reseal(row, "sealed with a newer key")
	s.holds(s.update(row, next), "after Reseal and Update")
}

func checkUpdateLastTest(s *storeTest) {
	row := s.create(newRow("acme"))
	row = s.record(row, failed(testedAt.Add(5), "no"))
	row = s.update(row, changed(row, "c"))
	s.holds(row, "after Update without a last test")

	result := passed(testedAt.Add(-time.Hour))
	next := changed(row, "d")
	next.LastTest = &result
	s.holds(s.update(row, next), "after Update with a last test")
}

func checkResult(s *storeTest) {
	row, other := s.create(newRow("acme")), s.create(newRow("globex"))
	for i, result := range []warehouse.TestResult{
		passed(testedAt),
		failed(testedAt, "SQL access control error: Insufficient privileges to operate on warehouse 'WH'"),
		failed(testedAt, ""),
		passed(testedAt),
		{Success: true},
	} {
		result.TestedAt = testedAt.Add(time.Duration(i))
		row = s.record(row, result)
		s.holds(row, "after RecordTest")
	}
	s.holds(other, "after RecordTest for another row")
}

func checkResultRevision(s *storeTest) {
	row := s.create(newRow("acme"))
	row = s.update(row, changed(row, "c"))
	refused := func(revision int64, result warehouse.TestResult) {
		tested := row
		tested.Revision = revision
		s.wants(warehouse.ErrChanged, s.RecordTest(s.ctx, tested, result), "RecordTest at another revision")
		s.holds(row, "after a refused RecordTest")
	}
	for _, revision := range []int64{1, 3, 0, -1, math.MaxInt64} {
		refused(revision, passed(time.Now()))
	}
	row = s.record(row, passed(testedAt))
	for _, age := range []time.Duration{-time.Second, 0, time.Second} {
		refused(1, failed(testedAt.Add(age), "no"))
	}
}

func checkNewestResult(s *storeTest) {
	// The times differ by less than a second, a millisecond and a microsecond, to find rounding to any of them.
	at := testedAt.Add(123_456_500)
	created := s.create(newRow("acme"))
	row := s.record(created, passed(at))
	for _, older := range []time.Duration{1, 400, time.Microsecond, time.Millisecond, time.Second, time.Hour} {
		s.record(created, failed(at.Add(-older), "older"))
		s.holds(row, "after RecordTest of a result that is "+older.String()+" older")
	}
	row = s.record(created, failed(at.In(time.FixedZone("CEST", 2*60*60)), "at the same time"))
	s.holds(row, "after RecordTest of a result of the same time")
	before := row
	row = s.record(created, failed(at.Add(1), "newer"))
	s.holds(row, "after RecordTest of a result that is 1ns newer")
	s.record(before, failed(at, "older"))
	s.holds(row, "after RecordTest of a test that began before the stored result, and has an earlier time")
}

func checkClockSteppedBack(s *storeTest) {
	row := s.record(s.create(newRow("acme")), passed(testedAt))
	for _, back := range []time.Duration{1, time.Second, 1000 * time.Hour} {
		result := failed(row.LastTest.TestedAt.Add(-back), "on a clock that stepped back")
		row.LastTest.TestedAt = row.LastTest.TestedAt.In(time.FixedZone("CEST", 2*60*60))
		row = s.record(row, result)
		s.holds(row, "after RecordTest of a test that began after the stored result, on a clock that stepped back "+back.String())
	}
}

func checkFirstResult(s *storeTest) {
	row := s.record(s.create(newRow("acme")), passed(testedAt))
	row = s.update(row, changed(row, "c"))
	row = s.record(row, failed(testedAt.Add(-time.Hour), "on a server whose clock is behind"))
	s.holds(row, "after Update and RecordTest of an earlier time")
}

func checkReseal(s *storeTest) {
	row, other := newRow("acme"), s.create(newRow("globex"))
	result := failed(testedAt.Add(5), "no")
	row.LastTest, row.Revision = &result, 3
	s.create(row)
	for _, sealed := range []string{"another", "longer than the one before it", "a", "\x00\xff\x00"} {
		row = s.reseal(row, sealed)
		s.holds(row, "after Reseal")
	}
	s.holds(other, "after Reseal of another row")
}

func checkResealOld(s *storeTest) {
	row := s.create(newRow("acme"))
	for _, old := range []string{"other bytes", "sealed for acm", "sealed for acme\x00", "SEALED FOR ACME", "x"} {
		err := s.Reseal(s.ctx, row.Organisation, row.ID, []byte(old), []byte("resealed"))
		s.wants(warehouse.ErrChanged, err, "Reseal of other bytes than the stored")
	}
	s.holds(row, "after refused Reseals")
}
