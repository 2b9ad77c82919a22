package snowflake_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/warehouse"
)

// eachValidation runs a test with a server that validates names at login, and with one that sets wrong names
// to NULL.
func eachValidation(t *testing.T, run func(t *testing.T, ignoreDefaults bool)) {
	for _, ignore := range []bool{false, true} {
		t.Run(fmt.Sprintf("defaults ignored %v", ignore), func(t *testing.T) {
			t.Parallel()
			run(t, ignore)
		})
	}
}

func TestWrongNames(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wrong func(*snowflake.Config)
		code  warehouse.Code
	}{
		"role":                   {func(c *snowflake.Config) { c.Role = "NOBODY" }, warehouse.CodeRoleNotGranted},
		"warehouse":              {func(c *snowflake.Config) { c.Warehouse = "NOWHERE" }, warehouse.CodeWarehouseInaccessible},
		"database":               {func(c *snowflake.Config) { c.Database = "NOTHING" }, warehouse.CodeDatabaseInaccessible},
		"schema":                 {func(c *snowflake.Config) { c.Schema = "NONE" }, warehouse.CodeSchemaInaccessible},
		"stage":                  {func(c *snowflake.Config) { c.Stage = "NO_STAGE" }, warehouse.CodeStageInaccessible},
		"user":                   {func(c *snowflake.Config) { c.User = "NO_ONE" }, warehouse.CodeAuthenticationFailed},
		"warehouse, by its case": {func(c *snowflake.Config) { c.Warehouse = `"compute_wh"` }, warehouse.CodeWarehouseInaccessible},
		"schema, by its case":    {func(c *snowflake.Config) { c.Schema = `"Analytics"` }, warehouse.CodeSchemaInaccessible},
		"stage, by its case":     {func(c *snowflake.Config) { c.Stage = `"flagsmith_stage"` }, warehouse.CodeStageInaccessible},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachValidation(t, func(t *testing.T, ignore bool) {
				c := newSetUpAccount(t)
				c.server.SetValidateDefaults(!ignore)
				tt.wrong(c.config)
				_, failure := c.probe(t, longDeadline)
				if failure == nil {
					t.Fatal("the probe passed")
				}
				if failure.Code != tt.code {
					t.Errorf("Probe error: %s: %s", failure.Code, failure.Message)
				}
				checkText(t, failure.Message)
				checkNoLeaks(t, c.server)
			})
		})
	}
}

func TestSessionWithoutObject(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ breaking, want string }{
		"no warehouse":   {`DROP WAREHOUSE "COMPUTE_WH"`, "Snowflake opened the session without the warehouse COMPUTE_WH."},
		"no database":    {`DROP DATABASE "FLAGSMITH"`, "Snowflake opened the session without the database FLAGSMITH."},
		"no schema":      {`DROP SCHEMA "FLAGSMITH"."ANALYTICS"`, "Snowflake opened the session without the schema ANALYTICS."},
		"another schema": {`DROP SCHEMA "FLAGSMITH"."ANALYTICS"; GRANT USAGE ON SCHEMA "FLAGSMITH"."PUBLIC" TO ROLE "FLAGSMITH_LOADER"`, "Snowflake opened the session without the schema ANALYTICS."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newSetUpAccount(t)
			c.server.SetValidateDefaults(false)
			c.run(t, tt.breaking)
			_, failure := c.probe(t, longDeadline)
			if failure == nil {
				t.Fatal("the probe passed")
			}
			if failure.Step != "query" || failure.VendorCode != "" || failure.Message != tt.want {
				t.Errorf("at %s, the probe error is %q, want %q", failure.Step, failure.Message, tt.want)
			}
		})
	}
}

func TestOtherRoleDoesNotCount(t *testing.T) {
	t.Parallel()
	eachValidation(t, func(t *testing.T, ignore bool) {
		c := newSetUpAccount(t)
		c.server.SetValidateDefaults(!ignore)
		c.run(t, `REVOKE USAGE ON WAREHOUSE "COMPUTE_WH" FROM ROLE "FLAGSMITH_LOADER";
CREATE ROLE OTHER; GRANT USAGE ON WAREHOUSE "COMPUTE_WH" TO ROLE OTHER; GRANT ROLE OTHER TO USER "FLAGSMITH_SERVICE";`)
		_, failure := c.probe(t, longDeadline)
		if failure == nil || failure.Code != warehouse.CodeWarehouseInaccessible {
			t.Errorf("Probe error: %+v", failure)
		}
	})
}

func TestFullStage(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	for i := range 2000 {
		if err := c.server.PutFile(`"FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE"`, fmt.Sprintf("%04d.csv", i), 1); err != nil {
			t.Fatal(err)
		}
	}
	c.mustPass(t)
	sent := c.server.Statements()
	if list := sent[len(sent)-1].SQL; !regexp.MustCompile(`^LIST '@.*/connection-test-[a-z2-7]{26}'$`).MatchString(list) {
		t.Errorf("the stage is listed whole: %s", list)
	}
}

func TestQuotedNames(t *testing.T) {
	t.Parallel()
	eachValidation(t, func(t *testing.T, ignore bool) {
		c := newAccount(t).withOddNames(t)
		c.server.SetValidateDefaults(!ignore)
		c.run(t, c.setup(t))
		c.mustPass(t)
	})
}
