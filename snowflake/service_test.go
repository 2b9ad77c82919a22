package snowflake_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestServiceConnects(t *testing.T) {
	t.Parallel()
	c := newAccount(t)
	service := warehousetest.NewService(t, c.connector, nil)
	caller := warehouse.Caller{Organisation: "8"}
	created, err := service.Create(t.Context(), caller, warehouse.Fields{"type": []byte(`"fake"`), "account_identifier": []byte(`"xy12345.us-east-1"`)})
	if err != nil {
		t.Fatal(err)
	}
	// test tests the connection and returns the stored connection.
	test := func(want warehouse.Status) warehouse.Connection {
		t.Helper()
		result, err := service.Test(t.Context(), caller, created.ID)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := service.Get(t.Context(), caller, created.ID)
		if err != nil {
			t.Fatal(err)
		}
		if shown.Status() != want {
			t.Fatalf("the connection is %s: %s", shown.Status(), result.Error)
		}
		if diff := cmp.Diff(&result, shown.LastTest); diff != "" {
			t.Errorf("stored result (-returned +stored):\n%s", diff)
		}
		return shown
	}
	if d := test(warehouse.StatusError).LastTest.Diagnosis; d.VendorCode != "390144" {
		t.Errorf("without a setup the diagnosis is %+v", d)
	}
	c.run(t, created.SetupScript)
	test(warehouse.StatusConnected)

	c.server.Inject(snowflaketest.AtList, snowflaketest.Refusal("003001", "42501", "SQL access control error:\nInsufficient privileges to operate on stage 'FLAGSMITH_STAGE'."))
	kept := test(warehouse.StatusError).LastTest
	if want := "SQL access control error:\nInsufficient privileges to operate on stage 'FLAGSMITH_STAGE'."; kept.Error != want {
		t.Errorf("the error is %q, want %q", kept.Error, want)
	}
	d := kept.Diagnosis
	for i := range d.Steps {
		d.Steps[i].Duration = 0
	}
	want := warehouse.Diagnosis{
		Step: "list_stage", Code: warehouse.CodeInsufficientPrivileges, VendorCode: "003001",
		Hint: "The role FLAGSMITH_LOADER may not read the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE.",
		Fix:  "USE ROLE SECURITYADMIN;\nGRANT READ ON STAGE \"FLAGSMITH\".\"ANALYTICS\".\"FLAGSMITH_STAGE\" TO ROLE \"FLAGSMITH_LOADER\";",
		Steps: []warehouse.StepResult{
			{Name: "authenticate", Status: warehouse.StepPassed}, {Name: "query", Status: warehouse.StepPassed}, {Name: "list_stage", Status: warehouse.StepFailed},
		},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("the diagnosis (-want +got):\n%s", diff)
	}
	c.server.Clear()
	c.run(t, d.Fix)
	test(warehouse.StatusConnected)
}
