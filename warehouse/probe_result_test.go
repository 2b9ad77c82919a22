package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestFailureResult(t *testing.T) {
	t.Parallel()
	errBoom := errors.New("boom")
	timeout := &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
	const unknown = "The test failed for a reason that is not known here: the error is in the warehouse's own words."
	const late = "The warehouse did not answer in time: try again, and check the account if it stays so."
	type want struct {
		message   string
		diagnosis warehouse.Diagnosis
	}
	for _, test := range []struct {
		name    string
		failure error
		want    want
	}{
		{"a plain error", errBoom, want{"boom", warehouse.Diagnosis{Code: "unknown", Hint: unknown}}},
		{"a rich one", &warehouse.ProbeError{Step: "s", Code: "user_locked", VendorCode: "390102", Message: "Locked.", Hint: "Wait.", Fix: "ALTER;", Err: errBoom},
			want{"Locked.", warehouse.Diagnosis{Step: "s", Code: "user_locked", VendorCode: "390102", Hint: "Wait.", Fix: "ALTER;"}}},
		{"a rich one inside another", fmt.Errorf("outer: %w", &warehouse.ProbeError{Code: "quota_exceeded", Message: "Spent.", Hint: "Pay."}),
			want{"Spent.", warehouse.Diagnosis{Code: "quota_exceeded", Hint: "Pay."}}},
		{"one with nothing but its cause", &warehouse.ProbeError{Err: errBoom}, want{"boom", warehouse.Diagnosis{Code: "unknown", Hint: unknown}}},
		{"one with nothing at all", &warehouse.ProbeError{}, want{"the test failed: unknown", warehouse.Diagnosis{Code: "unknown", Hint: unknown}}},
		{"one with a code alone", &warehouse.ProbeError{Code: "mfa_required"},
			want{"the test failed: mfa_required", warehouse.Diagnosis{Code: "mfa_required", Hint: "The warehouse wants a second factor from the user: make it a service user, which needs none."}}},
		{"a code that is not in the set", &warehouse.ProbeError{Code: "oops", Message: "m"}, want{"m", warehouse.Diagnosis{Code: "unknown", Hint: unknown}}},
		{"an error without a text", errors.New(" "), want{"The test failed, and the connector did not say why.", warehouse.Diagnosis{Code: "unknown", Hint: unknown}}},
		{"the bare deadline", context.DeadlineExceeded, want{"The warehouse did not answer within 4.5s.", warehouse.Diagnosis{Code: "timeout", Hint: late}}},
		{"the bare deadline in a step", &warehouse.ProbeError{Step: "login", Err: context.DeadlineExceeded},
			want{`The warehouse did not answer within 4.5s, in the step "login".`, warehouse.Diagnosis{Step: "login", Code: "timeout", Hint: late}}},
		{"a deadline with a cause", fmt.Errorf("waiting for db: %w", context.DeadlineExceeded),
			want{"waiting for db: context deadline exceeded", warehouse.Diagnosis{Code: "timeout", Hint: late}}},
		{"a network's deadline", timeout, want{"read tcp: i/o timeout", warehouse.Diagnosis{Code: "timeout", Hint: late}}},
		{"a deadline that has a code", &warehouse.ProbeError{Code: "network_unreachable", Message: "m", Hint: "h", Err: context.DeadlineExceeded},
			want{"m", warehouse.Diagnosis{Code: "network_unreachable", Hint: "h"}}},
		{"what no database takes", errors.New("a\x00b\xffc"), want{"ab\uFFFDc", warehouse.Diagnosis{Code: "unknown", Hint: unknown}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h, c := newProbeFixture(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return nil, test.failure
			}, nil)
			result, err := h.Test(t.Context(), ada, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			wanted := warehouse.TestResult{Error: test.want.message, Diagnosis: test.want.diagnosis}
			if diff := cmp.Diff(wanted, result, cmpopts.IgnoreFields(warehouse.TestResult{}, "TestedAt")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(&result, h.row(c.ID).LastTest, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("what is stored: (-answered +stored):\n%s", diff)
			}
		})
	}
}

func TestCodeHints(t *testing.T) {
	t.Parallel()
	// The constants are read from the source, so that a new one is not forgotten here.
	file, err := parser.ParseFile(token.NewFileSet(), "probe_codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []warehouse.Code
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, warehouse.Code(text))
		}
		return true
	})
	if len(codes) != 21 {
		t.Errorf("there are %d codes, and the contract has 21", len(codes))
	}
	hints := make(map[string]warehouse.Code)
	for _, code := range codes {
		h, c := newProbeFixture(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			return nil, &warehouse.ProbeError{Code: code, Message: "m"}
		}, nil)
		result, err := h.Test(t.Context(), ada, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		hint := result.Diagnosis.Hint
		if result.Diagnosis.Code != code || !strings.HasSuffix(hint, ".") || hints[hint] != "" {
			t.Errorf("%s comes out as %s with the hint %q, which %q has too", code, result.Diagnosis.Code, hint, hints[hint])
		}
		hints[hint] = code
	}
}

func TestRunSteps(t *testing.T) {
	t.Parallel()
	errBoom := errors.New("boom")
	known := &warehouse.ProbeError{Code: warehouse.CodeTimeout, Message: "late", Hint: "wait"}
	var ran []string
	step := func(name string, err error) warehouse.Step {
		return warehouse.Step{Name: name, Run: func(context.Context) error {
			ran = append(ran, name)
			return err
		}}
	}
	ignore := cmpopts.IgnoreFields(warehouse.StepResult{}, "Duration")

	report, err := warehouse.RunSteps(t.Context(), step("a", nil), step("b", nil))
	if diff := cmp.Diff([]warehouse.StepResult{{Name: "a", Status: "passed"}, {Name: "b", Status: "passed"}}, report, ignore); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	ran = nil
	report, err = warehouse.RunSteps(t.Context(), step("a", nil), step("b", errBoom), step("c", nil))
	if diff := cmp.Diff([]warehouse.StepResult{{Name: "a", Status: "passed"}, {Name: "b", Status: "failed"}, {Name: "c", Status: "skipped"}}, report, ignore); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, ran); diff != "" {
		t.Errorf("what ran: (-want +got):\n%s", diff)
	}
	if report[2].Duration != 0 {
		t.Errorf("the skipped step took %v", report[2].Duration)
	}
	var failed *warehouse.ProbeError
	if !errors.As(err, &failed) || failed.Step != "b" || !errors.Is(err, errBoom) || err.Error() != "boom" {
		t.Errorf("the error is %#v", err)
	}

	_, err = warehouse.RunSteps(t.Context(), step("a", fmt.Errorf("outer %w: %w", errBoom, known)))
	if !errors.As(err, &failed) || failed.Step != "a" || failed.Code != warehouse.CodeTimeout || failed.Error() != "late" || failed.Hint != "wait" {
		t.Errorf("the error is %#v", err)
	}
	if !errors.Is(err, errBoom) || known.Step != "" {
		t.Errorf("what the step returned is not inside any more, or was changed: %#v", known)
	}
	named := &warehouse.ProbeError{Step: "mine", Message: "m"}
	if _, err = warehouse.RunSteps(t.Context(), step("a", named)); err != named {
		t.Errorf("an error that names its step became %#v", err)
	}
	if report, err := warehouse.RunSteps(t.Context()); err != nil || len(report) != 0 {
		t.Errorf("no steps: %v, %v", report, err)
	}
}

func TestStepResultsCopied(t *testing.T) {
	t.Parallel()
	steps := []warehouse.StepResult{{Name: "a", Status: warehouse.StepPassed, Duration: time.Second}}
	h, c := newProbeFixture(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		return steps, nil
	}, nil)
	result, err := h.Test(t.Context(), ada, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	steps[0].Name = "changed"
	if result.Diagnosis.Steps[0].Name != "a" {
		t.Error("a connector that uses its report again changes a result")
	}
}

// testWith returns the result of a test with the probe, of a connection with a password.
func testWith(t *testing.T, probe func(context.Context, warehouse.Target) ([]warehouse.StepResult, error)) warehouse.TestResult {
	t.Helper()
	service := warehousetest.NewService(t, &warehousetest.Connector{ProbeFunc: probe}, nil)
	c, err := service.Create(t.Context(), ada, fields(t, `{"type":"fake","account":"a","password":"correct horse battery"}`))
	if err != nil {
		t.Fatal(err)
	}
	result, err := service.Test(t.Context(), ada, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestStepStatuses(t *testing.T) {
	t.Parallel()
	result := testWith(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		return []warehouse.StepResult{
			{Name: "one", Status: warehouse.StepFailed, Duration: -time.Second},
			{Name: "two", Status: "correct horse battery", Duration: time.Second},
		}, errors.New(strings.Repeat("é", 1<<20))
	})
	want := []warehouse.StepResult{{Name: "one", Status: warehouse.StepFailed}, {Name: "two", Status: warehouse.StepSkipped}}
	if diff := cmp.Diff(want, result.Diagnosis.Steps); diff != "" {
		t.Errorf("the steps (-want +got):\n%s", diff)
	}
	if n := len(result.Error); n > 70<<10 || !strings.HasSuffix(result.Error, "é…") {
		t.Errorf("the error has %d bytes", n)
	}
}

func TestNilProbeError(t *testing.T) {
	t.Parallel()
	result := testWith(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		var none *warehouse.ProbeError
		return nil, none
	})
	if result.Success || result.Error == "" || result.Diagnosis.Code != warehouse.CodeUnknown {
		t.Errorf("the result is %+v", result)
	}
}
