// Running a probe's steps.

package warehouse

import (
	"context"
	"errors"
	"time"
)

// A ProbeStep is one thing that a probe tries: the name that a diagnosis shows, and what to run.
type ProbeStep struct {
	Name string
	Run  func(ctx context.Context) error
}

// RunSteps runs the steps in order until one fails, and reports all of them with the time that each
// took. The error is the failed step's: a [*ProbeError] that names the step, around whatever Run
// returned.
func RunSteps(ctx context.Context, steps ...ProbeStep) (Report, error) {
	report := Report{Steps: make([]Step, len(steps))}
	var first error
	for i, step := range steps {
		report.Steps[i] = Step{Name: step.Name, Status: StepSkipped}
		if first != nil {
			continue
		}
		began := time.Now()
		err := step.Run(ctx)
		report.Steps[i].Duration = time.Since(began)
		report.Steps[i].Status = StepPassed
		if err != nil {
			report.Steps[i].Status = StepFailed
			first = inStep(step.Name, err)
		}
	}
	return report, first
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
