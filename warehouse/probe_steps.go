package warehouse

import (
	"context"
	"errors"
	"time"
)

// A Step is one check of a probe.
type Step struct {
	Name string // shown in the diagnosis
	Run  func(ctx context.Context) error
}

// RunSteps runs the steps in order until one fails. It returns a result for every step, including those
// not reached, and the error of the step that failed: a [*ProbeError] that names the step and wraps the
// error of Run.
func RunSteps(ctx context.Context, steps ...Step) ([]StepResult, error) {
	results := make([]StepResult, len(steps))
	var first error
	for i, step := range steps {
		results[i] = StepResult{Name: step.Name, Status: StepSkipped}
		if first != nil {
			continue
		}
		began := time.Now()
		err := step.Run(ctx)
		results[i].Duration = time.Since(began)
		results[i].Status = StepPassed
		if err != nil {
			results[i].Status = StepFailed
			first = inStep(step.Name, err)
		}
	}
	return results, first
}

// inStep returns err as a ProbeError that names the step, unless it names one already.
func inStep(step string, err error) error {
	var known *ProbeError
	if !errors.As(err, &known) {
		return &ProbeError{Step: step, Err: err}
	}
	if known.Step != "" {
		return err
	}
	named := *known
	named.Step, named.Message, named.Err = step, known.Error(), err
	return &named
}
