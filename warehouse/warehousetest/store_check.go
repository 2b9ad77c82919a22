package warehousetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A storeTest is a store under test. Its methods panic with a storeError if the store breaks the rule:
// a check makes dozens of calls, and ends with the first that goes wrong.
type storeTest struct {
	warehouse.Store
	ctx context.Context
}

type storeError struct{ error }

// storeCheck makes the check of a rule from a function that panics with a storeError.
func storeCheck(check func(*storeTest)) func(context.Context, warehouse.Store) error {
	return func(ctx context.Context, store warehouse.Store) (err error) {
		defer func() {
			switch p := recover().(type) {
			case nil:
			case storeError:
				err = p.error
			default:
				panic(p)
			}
		}()
		check(&storeTest{store, ctx})
		return nil
	}
}

func (s *storeTest) failf(format string, args ...any) { panic(storeError{fmt.Errorf(format, args...)}) }

// wants checks the error of a call.
func (s *storeTest) wants(want, err error, call string) {
	if !errors.Is(err, want) || want == nil && err != nil {
		s.failf("%s returned the error %q, want %q", call, fmt.Sprint(err), fmt.Sprint(want))
	}
}

// create creates a row, and returns it.
func (s *storeTest) create(row warehouse.Row) warehouse.Row {
	s.wants(nil, s.Create(s.ctx, row), fmt.Sprintf("Create for organisation %q", row.Organisation))
	return row
}

// update updates a row to next, and returns the row that must be stored then.
func (s *storeTest) update(row, next warehouse.Row) warehouse.Row {
	s.wants(nil, s.Update(s.ctx, next), "Update")
	return updated(row, next)
}

// record records a test result, and returns the row with it.
func (s *storeTest) record(row warehouse.Row, result warehouse.TestResult) warehouse.Row {
	s.wants(nil, s.RecordTest(s.ctx, row, result), "RecordTest")
	row.LastTest = &result
	return row
}

// reseal replaces the sealed bytes, and returns the row with them.
func (s *storeTest) reseal(row warehouse.Row, sealed string) warehouse.Row {
	s.wants(nil, s.Reseal(s.ctx, row.Organisation, row.ID, row.Sealed, []byte(sealed)), "Reseal")
	row.Sealed = []byte(sealed)
	return row
}

func (s *storeTest) delete(row warehouse.Row) {
	s.wants(nil, s.Delete(s.ctx, row.Organisation, row.ID), "Delete")
}

// page returns a page of rows.
func (s *storeTest) page(after string, limit int) []warehouse.Row {
	page, err := s.Page(s.ctx, after, limit)
	s.wants(nil, err, "Page")
	return page
}

// holds checks that Get and List return this row.
func (s *storeTest) holds(want warehouse.Row, when string) {
	got, err := s.Get(s.ctx, want.Organisation, want.ID)
	s.wants(nil, err, fmt.Sprintf("%s, Get of %q of organisation %q", when, want.ID, want.Organisation))
	if diff := diffRow(got, want); diff != "" {
		s.failf("%s, Get returned another row:%s", when, diff)
	}
	listed, err := s.List(s.ctx, want.Organisation)
	if err != nil || len(listed) != 1 {
		s.failf("%s, List for organisation %q returned %d rows and the error %v, want 1", when, want.Organisation, len(listed), err)
	}
	if diff := diffRow(listed[0], want); diff != "" {
		s.failf("%s, List returned another row:%s", when, diff)
	}
}

// absent checks that the organisation has no such row.
func (s *storeTest) absent(organisation, id, when string) {
	_, err := s.Get(s.ctx, organisation, id)
	s.wants(warehouse.ErrNotFound, err, fmt.Sprintf("%s, Get of %q of organisation %q", when, id, organisation))
}

// unreachable checks that every method that names a row returns ErrNotFound.
func (s *storeTest) unreachable(organisation, id, when string) {
	row := newRow(organisation)
	row.ID = id
	s.absent(organisation, id, when)
	s.wants(warehouse.ErrNotFound, s.Update(s.ctx, row), when+", Update")
	s.wants(warehouse.ErrNotFound, s.RecordTest(s.ctx, row, passed(time.Now())), when+", RecordTest")
	s.wants(warehouse.ErrNotFound, s.Reseal(s.ctx, organisation, id, row.Sealed, []byte("x")), when+", Reseal")
	s.wants(warehouse.ErrNotFound, s.Delete(s.ctx, organisation, id), when+", Delete")
}

var testedAt = time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC)

// newRow returns a row as the service makes one.
func newRow(organisation string) warehouse.Row {
	return warehouse.Row{
		Connection: warehouse.Connection{
			ID:           "wc_" + organisation,
			Organisation: organisation,
			Type:         "example",
			Config:       json.RawMessage(`{"zone":"b","account":"xy12345","size":3}`),
			Preset:       json.RawMessage(`{"stage":"EVENTS"}`),
			PublicKey:    "MIICIjANBgkq",
			SetupScript:  "-- Example\nUSE ROLE SYSADMIN;\n",
			Revision:     1,
			CreatedAt:    time.Date(2026, 4, 17, 10, 0, 0, 123456789, time.UTC),
		},
		Sealed: []byte("sealed for " + organisation),
	}
}

// changed returns an update of row to another config.
func changed(row warehouse.Row, zone string) warehouse.Row {
	config, _ := json.Marshal(map[string]string{"zone": zone})
	row.Config, row.SetupScript = config, "-- zone "+zone
	row.LastTest, row.Sealed = nil, []byte("sealed for zone "+zone)
	return row
}

// updated returns row after the update to next.
func updated(row, next warehouse.Row) warehouse.Row {
	row.Config, row.Preset, row.SetupScript = next.Config, next.Preset, next.SetupScript
	row.LastTest, row.Sealed = next.LastTest, next.Sealed
	row.Revision++
	return row
}

func passed(at time.Time) warehouse.TestResult {
	return warehouse.TestResult{
		Success:  true,
		TestedAt: at,
		Diagnosis: warehouse.Diagnosis{Steps: []warehouse.StepResult{
			{Name: "authenticate", Status: warehouse.StepPassed, Duration: 412 * time.Millisecond},
		}},
	}
}

func failed(at time.Time, message string) warehouse.TestResult {
	return warehouse.TestResult{
		TestedAt: at,
		Error:    message,
		Diagnosis: warehouse.Diagnosis{
			Step:       "query",
			Code:       warehouse.CodeInsufficientPrivileges,
			VendorCode: "003001",
			Hint:       "The role may not use the warehouse.",
			Fix:        "USE ROLE SECURITYADMIN;\nGRANT USAGE ON WAREHOUSE \"WH\" TO ROLE \"R\";",
			Steps: []warehouse.StepResult{
				{Name: "authenticate", Status: warehouse.StepPassed, Duration: 412*time.Millisecond + 7},
				{Name: "query", Status: warehouse.StepFailed, Duration: 1},
				{Name: "list_stage", Status: warehouse.StepSkipped},
			},
		},
	}
}

// diffRow returns the fields that differ, one per line.
func diffRow(got, want warehouse.Row) string {
	var b strings.Builder
	differ := func(field string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			fmt.Fprintf(&b, "\n\t%s is %s\n\t%s, want %s", field, quote(fmt.Sprintf("%+v", got)),
				strings.Repeat(" ", len(field)), quote(fmt.Sprintf("%+v", want)))
		}
	}
	differ("ID", got.ID, want.ID)
	differ("Organisation", got.Organisation, want.Organisation)
	differ("Type", got.Type, want.Type)
	differ("Config", string(got.Config), string(want.Config))
	differ("Preset", string(got.Preset), string(want.Preset))
	differ("PublicKey", got.PublicKey, want.PublicKey)
	differ("SetupScript", got.SetupScript, want.SetupScript)
	differ("Revision", got.Revision, want.Revision)
	differ("CreatedAt", exactly(got.CreatedAt), exactly(want.CreatedAt.UTC()))
	differ("Sealed", string(got.Sealed), string(want.Sealed))
	differ("LastTest", got.LastTest != nil, want.LastTest != nil)
	if got.LastTest == nil || want.LastTest == nil {
		return b.String()
	}
	g, w := *got.LastTest, *want.LastTest
	differ("LastTest.Success", g.Success, w.Success)
	differ("LastTest.TestedAt", exactly(g.TestedAt), exactly(w.TestedAt.UTC()))
	differ("LastTest.Error", g.Error, w.Error)
	if len(g.Diagnosis.Steps) == 0 && len(w.Diagnosis.Steps) == 0 {
		g.Diagnosis.Steps, w.Diagnosis.Steps = nil, nil
	}
	differ("LastTest.Diagnosis", g.Diagnosis, w.Diagnosis)
	return b.String()
}

// exactly formats a time to the nanosecond, with its zone. Only time.UTC itself is UTC: other zones of that
// name print differently.
func exactly(t time.Time) string {
	text := t.Format("2006-01-02T15:04:05.000000000 MST")
	if t.Location() != time.UTC {
		text += " (not in time.UTC)"
	}
	return text
}
