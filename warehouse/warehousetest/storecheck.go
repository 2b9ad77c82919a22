// What the rules for stores are written with.

package warehousetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

type storeTest struct {
	*testing.T
	store warehouse.Store
}

// newRow returns a row as the service makes one. Its id follows from the organisation, so that a
// failure is the same in each run.
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

func passedAt(at time.Time) warehouse.TestResult {
	return warehouse.TestResult{
		Success:  true,
		TestedAt: at,
		Diagnosis: warehouse.Diagnosis{Steps: []warehouse.StepResult{
			{Name: "authenticate", Status: warehouse.StepPassed, Duration: 412 * time.Millisecond},
		}},
	}
}

func failedAt(at time.Time, message string) warehouse.TestResult {
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

// created stores a row and returns it.
func (s *storeTest) created(row warehouse.Row) warehouse.Row {
	s.Helper()
	if err := s.store.Create(s.Context(), row); err != nil {
		s.Fatalf("Create for organisation %q: %v", row.Organisation, err)
	}
	return row
}

// ok ends the rule if a call that must succeed did not.
func (s *storeTest) ok(err error, doing string) {
	s.Helper()
	if err != nil {
		s.Fatalf("%s: %v", doing, err)
	}
}

// answers checks a call's error. Each why says what would go wrong without the rule.
func (s *storeTest) answers(err, want error, doing, why string) {
	s.Helper()
	if !errors.Is(err, want) || (want == nil && err != nil) {
		s.Errorf("%s: the error is %q, want %q: %s", doing, fmt.Sprint(err), fmt.Sprint(want), why)
	}
}

// holds checks that the store has exactly this row, by Get, List and Page.
func (s *storeTest) holds(want warehouse.Row, why string) {
	s.Helper()
	got, err := s.store.Get(context.WithoutCancel(s.Context()), want.Organisation, want.ID)
	if err != nil {
		s.Errorf("Get of connection %q of organisation %q: %v: %s", want.ID, want.Organisation, err, why)
		return
	}
	if diff := diffRow(got, want); diff != "" {
		s.Errorf("Get returns another row than was stored: %s:%s", why, diff)
	}
	listed, err := s.store.List(context.WithoutCancel(s.Context()), want.Organisation)
	if err != nil || len(listed) != 1 {
		s.Errorf("List for organisation %q returns %d connections and the error %v, want the one that is there: %s",
			want.Organisation, len(listed), err, why)
		return
	}
	if diff := diffRow(warehouse.Row{Connection: listed[0], Sealed: want.Sealed}, want); diff != "" {
		s.Errorf("List returns another connection than Get: %s:%s", why, diff)
	}
}

// absent checks that the store has no row of that id for the organisation.
func (s *storeTest) absent(organisation, id, why string) {
	s.Helper()
	_, err := s.store.Get(s.Context(), organisation, id)
	s.answers(err, warehouse.ErrNotFound, fmt.Sprintf("Get of connection %q of organisation %q", id, organisation), why)
}

// diffRow returns the fields that differ, one a line, or "".
func diffRow(got, want warehouse.Row) string {
	var b strings.Builder
	differ := func(field string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			fmt.Fprintf(&b, "\n\t%s is %s\n\t%s, want %s", field, show(got), strings.Repeat(" ", len(field)), show(want))
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
	differ("CreatedAt", exactly(got.CreatedAt), want.CreatedAt.UTC().Format(exact))
	differ("Sealed", string(got.Sealed), string(want.Sealed))
	differ("LastTest", got.LastTest != nil, want.LastTest != nil)
	if got.LastTest == nil || want.LastTest == nil {
		return b.String()
	}
	g, w := *got.LastTest, *want.LastTest
	differ("LastTest.Success", g.Success, w.Success)
	differ("LastTest.TestedAt", exactly(g.TestedAt), w.TestedAt.UTC().Format(exact))
	differ("LastTest.Error", g.Error, w.Error)
	if len(g.Diagnosis.Steps) == 0 && len(w.Diagnosis.Steps) == 0 {
		g.Diagnosis.Steps, w.Diagnosis.Steps = nil, nil // none is none
	}
	differ("LastTest.Diagnosis", g.Diagnosis, w.Diagnosis)
	return b.String()
}

const exact = "2006-01-02T15:04:05.000000000 MST"

// exactly tells a time to the nanosecond with its zone, which must be UTC itself and not one like it:
// a time in another prints otherwise.
func exactly(t time.Time) string {
	if t.Location() != time.UTC {
		return t.Format(exact) + " (not in time.UTC)"
	}
	return t.Format(exact)
}

// show cuts long values, so that a failure stays readable.
func show(value any) string {
	text := fmt.Sprintf("%+v", value)
	if _, isText := value.(string); isText {
		text = fmt.Sprintf("%q", value)
	}
	if len(text) > 300 {
		text = fmt.Sprintf("%s… (%d bytes)", text[:300], len(text))
	}
	return text
}
