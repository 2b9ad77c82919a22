package warehouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// resultOf returns the result of a probe. A failure always has a code and a hint.
func (s *Service) resultOf(steps []StepResult, failure error, at time.Time) TestResult {
	result := TestResult{Success: failure == nil, TestedAt: at.UTC().Round(0), Diagnosis: Diagnosis{Steps: slices.Clone(steps)}}
	for i := range result.Diagnosis.Steps {
		step := &result.Diagnosis.Steps[i]
		step.Duration = max(0, step.Duration)
		if step.Status != StepPassed && step.Status != StepFailed {
			step.Status, step.Duration = StepSkipped, 0 // clients know three statuses
		}
	}
	if failure == nil {
		return result
	}
	var known *ProbeError
	switch found := errors.As(failure, &known); {
	case !found:
		known = &ProbeError{Err: failure}
	case known == nil: // a nil pointer in a non-nil error is a failure
		known = &ProbeError{}
		failure = known
	}
	d := &result.Diagnosis
	d.Step, d.Code, d.VendorCode, d.Hint, d.Fix = known.Step, known.Code, known.VendorCode, known.Hint, known.Fix
	result.Error = known.Error()
	if d.Code == "" && isTimeout(failure) {
		d.Code = CodeTimeout
	}
	switch {
	case strings.TrimSpace(result.Error) == "":
		result.Error = "The test failed, and the connector did not say why."
	case result.Error == context.DeadlineExceeded.Error():
		result.Error = fmt.Sprintf("The warehouse did not answer within %s.", s.probeTimeout)
		if d.Step != "" {
			result.Error = fmt.Sprintf("The warehouse did not answer within %s, in the step %q.", s.probeTimeout, d.Step)
		}
	}
	if _, documented := defaultHints[d.Code]; !documented {
		d.Code = CodeUnknown
	}
	if d.Hint == "" {
		d.Hint = defaultHints[d.Code]
	}
	return result
}

// isTimeout reports whether err is a timeout of a context or of a network connection.
func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// redact redacts the texts of a result, which come from a connector.
func (s secrets) redact(result *TestResult) {
	c := s.redactor()
	d := &result.Diagnosis
	for _, text := range []*string{&result.Error, &d.Step, &d.VendorCode, &d.Hint, &d.Fix} {
		*text = c.redact(*text)
	}
	for i := range d.Steps {
		d.Steps[i].Name = c.redact(d.Steps[i].Name)
	}
}
