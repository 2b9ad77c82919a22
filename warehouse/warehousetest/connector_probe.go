package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/warehousekit/warehousekit/warehouse"
)

// eachProbe checks every probe of the suite.
func (c *connectorTest) eachProbe(check func(probeRun) error) error {
	runs, err := c.probes()
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.panic != nil {
			return fmt.Errorf("%s, Probe panicked: %v", run.scenario, run.panic)
		}
		if err := check(run); err != nil {
			return fmt.Errorf("%s, %w", run.scenario, err)
		}
	}
	return nil
}

func checkDeadline(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		if run.stuck {
			return fmt.Errorf("Probe had not returned %s after its deadline", c.grace)
		}
		return nil
	})
}

func checkNothingLeft(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		switch {
		case run.running != "":
			return fmt.Errorf("a goroutine outlived Probe: %s", run.running)
		case run.open > 0:
			return fmt.Errorf("%d network connections outlived Probe", run.open)
		}
		return nil
	})
}

func checkFailures(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		if run.served && !run.stuck && run.err == nil {
			return errors.New("Probe passed")
		}
		return nil
	})
}

func checkSteps(_ context.Context, c *connectorTest) error {
	var names []string
	return c.eachProbe(func(run probeRun) error {
		var current []string
		failed := ""
		for i, step := range run.steps {
			switch {
			case step.Name == "":
				return fmt.Errorf("step %d has no name", i+1)
			case slices.Contains(current, step.Name):
				return fmt.Errorf("two steps have the name %q", step.Name)
			case step.Duration < 0:
				return fmt.Errorf("the step %q took %s", step.Name, step.Duration)
			case failed == "" && step.Status == warehouse.StepSkipped:
				return fmt.Errorf("the step %q was skipped although none before it failed", step.Name)
			case failed != "" && step.Status != warehouse.StepSkipped:
				return fmt.Errorf("the step %q is %q although %q failed", step.Name, step.Status, failed)
			case step.Status == warehouse.StepSkipped && step.Duration != 0:
				return fmt.Errorf("the step %q was skipped and took %s", step.Name, step.Duration)
			case step.Status == warehouse.StepFailed:
				failed = step.Name
			case step.Status != warehouse.StepPassed && step.Status != warehouse.StepSkipped:
				return fmt.Errorf("the step %q has the status %q, which is not a constant of package warehouse", step.Name, step.Status)
			}
			current = append(current, step.Name)
		}
		var probeErr *warehouse.ProbeError
		errors.As(run.err, &probeErr)
		switch {
		case run.err == nil && failed != "":
			return fmt.Errorf("the step %q failed, but Probe returned no error", failed)
		case run.err != nil && len(current) > 0 && failed == "":
			return fmt.Errorf("Probe failed with %s, but no step did", quote(run.err.Error()))
		case probeErr != nil && len(current) > 0 && probeErr.Step != failed:
			return fmt.Errorf("the error names the step %q, but %q failed", probeErr.Step, failed)
		case len(current) > 0 && names != nil && !slices.Equal(names, current):
			return fmt.Errorf("the steps are %q, but were %q before", current, names)
		}
		if len(current) > 0 {
			names = current
		}
		return nil
	})
}

func checkCodes(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		var probeErr *warehouse.ProbeError
		if !errors.As(run.err, &probeErr) || probeErr.Code == "" || slices.Contains(codes, probeErr.Code) {
			return nil
		}
		return fmt.Errorf("the code is %q", probeErr.Code)
	})
}

// codes are the constants of package warehouse.
var codes = []warehouse.Code{
	warehouse.CodeAuthenticationFailed, warehouse.CodeAuthenticationPolicy, warehouse.CodeUserDisabled, warehouse.CodeUserLocked,
	warehouse.CodeMFARequired, warehouse.CodeRoleNotGranted, warehouse.CodeAccountNotFound,
	warehouse.CodeAccountSuspended, warehouse.CodeQuotaExceeded, warehouse.CodeNetworkBlocked,
	warehouse.CodeNetworkUnreachable, warehouse.CodeServerError, warehouse.CodeTimeout, warehouse.CodeVendorUnavailable,
	warehouse.CodeUnexpectedResponse, warehouse.CodeWarehouseInaccessible, warehouse.CodeDatabaseInaccessible,
	warehouse.CodeSchemaInaccessible, warehouse.CodeStageInaccessible, warehouse.CodeInsufficientPrivileges,
	warehouse.CodeUnknown,
}

func checkErrorsHoldNoSecret(_ context.Context, c *connectorTest) error {
	return c.eachProbe(func(run probeRun) error {
		texts := textsOf(run.err)
		for _, step := range run.steps {
			texts = append(texts, text{"the name of a step", step.Name})
		}
		for _, t := range texts {
			for _, s := range run.secrets {
				if how := s.in(t.text); how != "" {
					return fmt.Errorf("%s contains %s, %s", t.name, s.name, how)
				}
			}
		}
		return nil
	})
}

// A text is one that is stored, shown or logged.
type text struct{ name, text string }

// textsOf returns the texts of an error and of the errors that it wraps.
func textsOf(err error) []text {
	if err == nil {
		return nil
	}
	texts := []text{{"the error", err.Error()}}
	if p, ok := err.(*warehouse.ProbeError); ok {
		texts = append(texts, text{"the error's hint", p.Hint}, text{"the error's fix", p.Fix}, text{"the error's vendor code", p.VendorCode})
	}
	texts = append(texts, text{"the error under %+v", fmt.Sprintf("%+v", err)}, text{"the error under %#v", fmt.Sprintf("%#v", err)})
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		texts = append(texts, textsOf(err.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, inner := range err.Unwrap() {
			texts = append(texts, textsOf(inner)...)
		}
	}
	return texts
}
