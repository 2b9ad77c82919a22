package httpapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

const (
	diagnosisOfAFailure = `{
  "step": "list_stage",
  "code": "insufficient_privileges",
  "vendor_code": "003001",
  "hint": "The role FLAGSMITH_LOADER may not read the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE.",
  "fix": "USE ROLE SECURITYADMIN;\nGRANT READ ON STAGE \"FLAGSMITH\".\"ANALYTICS\".\"FLAGSMITH_STAGE\" TO ROLE \"FLAGSMITH_LOADER\";",
  "steps": [
    {"name": "authenticate", "status": "passed", "duration_ms": 412},
    {"name": "query", "status": "passed", "duration_ms": 96},
    {"name": "list_stage", "status": "failed", "duration_ms": 88}
  ]
}`
	diagnosisOfASuccess = `{
  "step": null, "code": null, "vendor_code": null, "hint": null, "fix": null,
  "steps": [
    {"name": "authenticate", "status": "passed", "duration_ms": 412},
    {"name": "query", "status": "passed", "duration_ms": 96},
    {"name": "list_stage", "status": "passed", "duration_ms": 88}
  ]
}`
	diagnosisOfAPlainError = `{
  "step": "authenticate", "code": "unknown", "vendor_code": null,
  "hint": "The test failed for a reason that is not known here: the error is in the warehouse's own words.", "fix": null,
  "steps": [
    {"name": "authenticate", "status": "failed", "duration_ms": 412},
    {"name": "query", "status": "skipped", "duration_ms": 0},
    {"name": "list_stage", "status": "skipped", "duration_ms": 0}
  ]
}`
	diagnosisWithoutSteps = `{
  "step": null, "code": "unknown", "vendor_code": null,
  "hint": "The test failed for a reason that is not known here: the error is in the warehouse's own words.", "fix": null,
  "steps": []
}`
	diagnosisOfATimeout = `{
  "step": "query", "code": "timeout", "vendor_code": null,
  "hint": "The warehouse did not answer in time: try again, and check the account if it stays so.", "fix": null,
  "steps": [
    {"name": "authenticate", "status": "passed", "duration_ms": 412},
    {"name": "query", "status": "failed", "duration_ms": 4088},
    {"name": "list_stage", "status": "skipped", "duration_ms": 0}
  ]
}`
)

// timed returns a probe with three steps of fixed durations that return the results of the given functions.
func timed(authenticate, query, list func(ctx context.Context) error) func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
	step := func(name string, took time.Duration, end func(context.Context) error) warehouse.Step {
		return warehouse.Step{Name: name, Run: func(ctx context.Context) error {
			if end == nil {
				time.Sleep(took)
				return nil
			}
			if err := end(ctx); err != nil {
				if ctx.Err() == nil {
					time.Sleep(took)
				}
				return err
			}
			return nil
		}}
	}
	return func(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
		return warehouse.RunSteps(ctx, step("authenticate", 412*time.Millisecond, authenticate),
			step("query", 96*time.Millisecond+400*time.Microsecond, query), step("list_stage", 88*time.Millisecond-time.Microsecond, list))
	}
}

func TestDiagnosis(t *testing.T) {
	t.Parallel()
	document(t) // load it outside the synctest bubble
	with := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	for _, test := range []struct {
		name    string
		probe   func(context.Context, warehouse.Target) ([]warehouse.StepResult, error)
		failure string // the error as JSON; empty if the test passes
		want    string
	}{
		{"success", timed(nil, nil, nil), "", diagnosisOfASuccess},
		{"failure", timed(nil, nil, with(&warehouse.ProbeError{
			Code: warehouse.CodeInsufficientPrivileges, VendorCode: "003001", Message: "SQL access control error",
			Hint: "The role FLAGSMITH_LOADER may not read the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE.",
			Fix: "USE ROLE SECURITYADMIN;\n" +
				`GRANT READ ON STAGE "FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE" TO ROLE "FLAGSMITH_LOADER";`,
		})), `"SQL access control error"`, diagnosisOfAFailure},
		{"a plain error", timed(with(errors.New("no such user")), nil, nil), `"no such user"`, diagnosisOfAPlainError},
		{"a plain error without steps", func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			return nil, errors.New("no such user")
		}, `"no such user"`, diagnosisWithoutSteps},
		{"a timeout", timed(nil, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, nil),
			`"The warehouse did not answer within 4.5s, in the step \"query\"."`, diagnosisOfATimeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				connector := newConnector()
				connector.ProbeFunc = test.probe
				s := newServer(t, options{connector: connector})
				s.insert()
				sleepUntilExampleTest()

				before := s.send("GET", "/wc_abc123/?include=diagnosis", "")
				bare := s.send("GET", "/wc_abc123/", "")
				equal(t, "the detail before any test", withLast(bare.body, `"diagnosis":null`), before.body)

				got := s.send("POST", "/wc_abc123/test/?include=diagnosis", "")
				testedAt := time.Now().UTC().Format(time.RFC3339)
				result := `{"success":true,"tested_at":"` + testedAt + `"}`
				if test.failure != "" {
					result = `{"success":false,"tested_at":"` + testedAt + `","error":` + test.failure + `}`
				}
				diagnosis := `"diagnosis":` + compact(t, test.want)
				equal(t, "the test", withLast(result, diagnosis), got.body)

				bare = s.send("GET", "/wc_abc123/", "")
				equal(t, "the detail", withLast(bare.body, diagnosis), s.send("GET", "/wc_abc123/?include=diagnosis", "").body)

				s.send("PATCH", "/wc_abc123/", `{"warehouse":"OTHER"}`)
				bare = s.send("GET", "/wc_abc123/", "")
				equal(t, "the detail after a change", withLast(bare.body, `"diagnosis":null`), s.send("GET", "/wc_abc123/?include=diagnosis", "").body)
			})
		})
	}
}

// withLast adds a last member to an object.
func withLast(object, member string) string { return object[:len(object)-1] + "," + member + "}" }

func TestProbeIgnoresDeadline(t *testing.T) {
	t.Parallel()
	document(t)
	synctest.Test(t, func(t *testing.T) {
		connector := newConnector()
		connector.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			time.Sleep(time.Minute)
			return nil, nil
		}
		s := newServer(t, options{connector: connector})
		s.insert()
		began := time.Now()
		got := s.send("POST", "/wc_abc123/test/?include=diagnosis", "")
		if took := time.Since(began); took >= 5*time.Second || got.status != 200 {
			t.Errorf("after %s the answer is %d %s", took, got.status, got.body)
		}
		equal(t, "the answer without the time", compact(t, `{"success":false,"tested_at":"`+time.Now().UTC().Format(time.RFC3339)+`",
			"error":"The warehouse did not answer within 4.5s.","diagnosis":{"step":null,"code":"timeout","vendor_code":null,
			"hint":"The warehouse did not answer in time: try again, and check the account if it stays so.","fix":null,"steps":[]}}`), got.body)
	})
}

func TestDiagnosisCodes(t *testing.T) {
	t.Parallel()
	connector := newConnector()
	var code warehouse.Code
	connector.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		return nil, &warehouse.ProbeError{Code: code, Message: "failed"}
	}
	s := newServer(t, options{connector: connector})
	s.insert()
	documented := document(t).Components.Schemas["Diagnosis"].Value.Properties["code"].Value.Enum
	for _, value := range documented {
		name, ok := value.(string)
		if !ok {
			continue // null
		}
		code = warehouse.Code(name)
		if got := s.send("POST", "/wc_abc123/test/?include=diagnosis", ""); got.status != 200 || !strings.Contains(got.body, `"code":"`+name+`"`) {
			t.Errorf("the code %s got %d %s", name, got.status, got.body)
		}
	}
	equal(t, "how many codes there are", 21+1, len(documented)) // and null
}
