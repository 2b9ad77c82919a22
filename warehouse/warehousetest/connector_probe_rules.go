// What the suite for connectors checks about probes.

package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/warehousekit/warehousekit/warehouse"
)

// eachProbe checks every probe that the suite ran.
func (c *connectorTest) eachProbe(check func(probeRun) error) error {
	runs, err := c.probes()
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.panic != nil {
			return fmt.Errorf("%s it panics: %v", run.where, run.panic)
		}
		if err := check(run); err != nil {
			return fmt.Errorf("%s %w", run.where, err)
		}
	}
	return nil
}

func checkDeadline(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		if run.stuck {
			return fmt.Errorf("Probe had not returned %s after its deadline", c.patience)
		}
		return nil
	})
}

func checkNothingLeft(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		switch {
		case run.running != "":
			return fmt.Errorf("a goroutine outlives it: %s", run.running)
		case run.open > 0:
			return fmt.Errorf("%d network connections outlive it", run.open)
		}
		return nil
	})
}

func checkFailures(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		if run.served && !run.stuck && run.err == nil {
			return errors.New("it passes")
		}
		return nil
	})
}

func checkSteps(_ context.Context, c *connectorTest) error {
	var names []string
	return c.eachProbe(func(run probeRun) error {
		var own []string
		failed := ""
		for i, step := range run.report {
			switch {
			case step.Name == "":
				return fmt.Errorf("step %d has no name", i+1)
			case slices.Contains(own, step.Name):
				return fmt.Errorf("two steps are called %q", step.Name)
			case step.Duration < 0:
				return fmt.Errorf("the step %q took %s", step.Name, step.Duration)
			case failed == "" && step.Status == warehouse.StepSkipped:
				return fmt.Errorf("the step %q was skipped although none before it failed", step.Name)
			case failed != "" && step.Status != warehouse.StepSkipped:
				return fmt.Errorf("the step %q is %q after %q failed: the first error ends a probe", step.Name, step.Status, failed)
			case step.Status == warehouse.StepSkipped && step.Duration != 0:
				return fmt.Errorf("the step %q was skipped and took %s", step.Name, step.Duration)
			case step.Status == warehouse.StepFailed:
				failed = step.Name
			case step.Status != warehouse.StepPassed && step.Status != warehouse.StepSkipped:
				return fmt.Errorf("the step %q has the status %q, which is none of warehouse's constants", step.Name, step.Status)
			}
			own = append(own, step.Name)
		}
		var known *warehouse.ProbeError
		errors.As(run.err, &known)
		switch {
		case run.err == nil && failed != "":
			return fmt.Errorf("the step %q failed, and Probe returned no error", failed)
		case run.err != nil && len(own) > 0 && failed == "":
			return fmt.Errorf("Probe failed (%s), and no step did", quote(run.err.Error()))
		case known != nil && len(own) > 0 && known.Step != failed:
			return fmt.Errorf("the error names the step %q, and the one that failed is %q", known.Step, failed)
		case len(own) > 0 && names != nil && !slices.Equal(names, own):
			return fmt.Errorf("the steps are %q, and they were %q before", own, names)
		}
		if len(own) > 0 {
			names = own
		}
		return nil
	})
}

func checkCodes(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		var known *warehouse.ProbeError
		if !errors.As(run.err, &known) || known.Code == "" || slices.Contains(codes, known.Code) {
			return nil
		}
		return fmt.Errorf("the code is %q", known.Code)
	})
}

// codes are warehouse's constants.
var codes = []warehouse.Code{
	warehouse.CodeAuthenticationFailed, warehouse.CodeUserDisabled, warehouse.CodeUserLocked,
	warehouse.CodeMFARequired, warehouse.CodeRoleNotGranted, warehouse.CodeAccountNotFound,
	warehouse.CodeAccountSuspended, warehouse.CodeQuotaExceeded, warehouse.CodeNetworkBlocked,
	warehouse.CodeNetworkUnreachable, warehouse.CodeTimeout, warehouse.CodeVendorUnavailable,
	warehouse.CodeUnexpectedResponse, warehouse.CodeWarehouseInaccessible, warehouse.CodeDatabaseInaccessible,
	warehouse.CodeSchemaInaccessible, warehouse.CodeStageInaccessible, warehouse.CodeInsufficientPrivileges,
	warehouse.CodeUnknown,
}

func checkErrorsHoldNoSecret(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		var texts []said
		for _, step := range run.report {
			texts = append(texts, said{"the name of a step", step.Name})
		}
		texts = append(texts, saidBy(run.err)...)
		for _, t := range texts {
			for _, s := range run.secrets {
				if how := s.in(t.text); how != "" {
					return fmt.Errorf("%s holds %s, %s", t.name, s.name, how)
				}
			}
		}
		return nil
	})
}

// A said text is one that somebody may read.
type said struct{ name, text string }

// saidBy returns what an error says, and those inside it.
func saidBy(err error) []said {
	if err == nil {
		return nil
	}
	texts := []said{{"the error", err.Error()}}
	if known, ok := err.(*warehouse.ProbeError); ok {
		texts = append(texts, said{"the error's hint", known.Hint}, said{"the error's fix", known.Fix}, said{"the error's vendor code", known.VendorCode})
	}
	texts = append(texts, said{"the error under %+v", fmt.Sprintf("%+v", err)}, said{"the error under %#v", fmt.Sprintf("%#v", err)})
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		texts = append(texts, saidBy(err.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, inner := range err.Unwrap() {
			texts = append(texts, saidBy(inner)...)
		}
	}
	return texts
}
