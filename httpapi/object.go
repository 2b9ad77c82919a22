// The JSON objects of responses. The order of members, their names and nulls are part of the contract.

package httpapi

import (
	"encoding/json"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

type object struct {
	ID           string           `json:"id"`
	Type         string           `json:"type"`
	Status       warehouse.Status `json:"status"`
	Config       json.RawMessage  `json:"config"`
	PublicKey    *string          `json:"public_key"`
	SetupScript  string           `json:"setup_script"`
	CreatedAt    string           `json:"created_at"`
	LastTestedAt *string          `json:"last_tested_at"`
	LastError    *string          `json:"last_error"`
}

type diagnosedObject struct {
	object
	Diagnosis *diagnosis `json:"diagnosis"`
}

type testResult struct {
	Success  bool    `json:"success"`
	TestedAt string  `json:"tested_at"`
	Error    *string `json:"error,omitempty"`
}

type diagnosedResult struct {
	testResult
	Diagnosis *diagnosis `json:"diagnosis"`
}

type diagnosis struct {
	Step       *string         `json:"step"`
	Code       *warehouse.Code `json:"code"`
	VendorCode *string         `json:"vendor_code"`
	Hint       *string         `json:"hint"`
	Fix        *string         `json:"fix"`
	Steps      []step          `json:"steps"`
}

type step struct {
	Name       string               `json:"name"`
	Status     warehouse.StepStatus `json:"status"`
	DurationMS int64                `json:"duration_ms"`
}

func listOf(connections []warehouse.Connection) []object {
	list := make([]object, 0, len(connections)) // encodes as [] rather than null
	for _, c := range connections {
		list = append(list, objectOf(c))
	}
	return list
}

func objectOf(c warehouse.Connection) object {
	o := object{
		ID:          c.ID,
		Type:        c.Type,
		Status:      c.Status(),
		Config:      c.Config,
		PublicKey:   orNull(c.PublicKey),
		SetupScript: c.SetupScript,
		CreatedAt:   formatTime(c.CreatedAt),
	}
	if t := c.LastTest; t != nil {
		o.LastTestedAt = new(formatTime(t.TestedAt))
		if !t.Success {
			o.LastError = &t.Error
		}
	}
	return o
}

func diagnosedObjectOf(c warehouse.Connection) diagnosedObject {
	o := diagnosedObject{object: objectOf(c)}
	if c.LastTest != nil {
		o.Diagnosis = diagnosisOf(c.LastTest.Diagnosis)
	}
	return o
}

func resultOf(t warehouse.TestResult) testResult {
	r := testResult{Success: t.Success, TestedAt: formatTime(t.TestedAt)}
	if !t.Success {
		r.Error = &t.Error
	}
	return r
}

func diagnosedResultOf(t warehouse.TestResult) diagnosedResult {
	return diagnosedResult{testResult: resultOf(t), Diagnosis: diagnosisOf(t.Diagnosis)}
}

func diagnosisOf(d warehouse.Diagnosis) *diagnosis {
	out := &diagnosis{
		Step:       orNull(d.Step),
		Code:       orNull(d.Code),
		VendorCode: orNull(d.VendorCode),
		Hint:       orNull(d.Hint),
		Fix:        orNull(d.Fix),
		Steps:      make([]step, 0, len(d.Steps)),
	}
	for _, s := range d.Steps {
		out.Steps = append(out.Steps, step{Name: s.Name, Status: s.Status, DurationMS: s.Duration.Round(time.Millisecond).Milliseconds()})
	}
	return out
}

// formatTime returns t in RFC 3339, in UTC, without fractions of a second.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func orNull[S ~string](s S) *S {
	if s == "" {
		return nil
	}
	return &s
}
