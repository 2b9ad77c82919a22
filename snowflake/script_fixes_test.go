package snowflake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A breakage breaks a connection. want lists the codes of the tests after it, if an administrator runs the
// fix of each.
type breakage struct {
	name string
	sql  string // with $WAREHOUSE, $DATABASE, $SCHEMA, $STAGE, $ROLE, $USER and $OTHERKEY
	want []warehouse.Code

	standIn bool // not possible with a statement in a real account
}

var breakages = []breakage{
	{name: "role not granted", sql: "REVOKE ROLE $ROLE FROM USER $USER", want: []warehouse.Code{warehouse.CodeRoleNotGranted}},
	{name: "role dropped", sql: "DROP ROLE $ROLE", want: []warehouse.Code{
		warehouse.CodeRoleNotGranted, warehouse.CodeWarehouseInaccessible, warehouse.CodeDatabaseInaccessible,
		warehouse.CodeSchemaInaccessible, warehouse.CodeStageInaccessible,
	}},
	{name: "no USAGE on the warehouse", sql: "REVOKE USAGE ON WAREHOUSE $WAREHOUSE FROM ROLE $ROLE", want: []warehouse.Code{warehouse.CodeWarehouseInaccessible}},
	{name: "no USAGE on the database", sql: "REVOKE USAGE ON DATABASE $DATABASE FROM ROLE $ROLE", want: []warehouse.Code{warehouse.CodeDatabaseInaccessible}},
	{name: "no USAGE on the schema", sql: "REVOKE USAGE ON SCHEMA $SCHEMA FROM ROLE $ROLE", want: []warehouse.Code{warehouse.CodeSchemaInaccessible}},
	{name: "nothing on the schema", sql: "REVOKE ALL ON SCHEMA $SCHEMA FROM ROLE $ROLE", want: []warehouse.Code{warehouse.CodeSchemaInaccessible}},
	{name: "no READ on the stage", sql: "REVOKE READ, WRITE ON STAGE $STAGE FROM ROLE $ROLE", want: []warehouse.Code{warehouse.CodeStageInaccessible}},
	{name: "nothing on the stage", sql: "REVOKE ALL ON STAGE $STAGE FROM ROLE $ROLE", want: []warehouse.Code{warehouse.CodeStageInaccessible}},
	{name: "key not registered", sql: "ALTER USER $USER UNSET RSA_PUBLIC_KEY", want: []warehouse.Code{warehouse.CodeAuthenticationFailed}},
	{name: "key replaced", sql: "ALTER USER $USER SET RSA_PUBLIC_KEY = '$OTHERKEY'", want: []warehouse.Code{warehouse.CodeAuthenticationFailed}},
	{name: "user disabled", sql: "ALTER USER $USER SET DISABLED = TRUE", want: []warehouse.Code{warehouse.CodeUserDisabled}},
	{name: "user locked", sql: "ALTER USER $USER SET MINS_TO_UNLOCK = 15", want: []warehouse.Code{warehouse.CodeUserLocked}, standIn: true},
	{name: "user dropped", sql: "DROP USER $USER", want: []warehouse.Code{warehouse.CodeAuthenticationFailed}},
	{name: "warehouse dropped", sql: "DROP WAREHOUSE $WAREHOUSE", want: []warehouse.Code{warehouse.CodeWarehouseInaccessible}},
	{name: "database dropped", sql: "DROP DATABASE $DATABASE", want: []warehouse.Code{
		warehouse.CodeDatabaseInaccessible, warehouse.CodeSchemaInaccessible, warehouse.CodeStageInaccessible,
	}},
	{name: "schema dropped", sql: "DROP SCHEMA $SCHEMA", want: []warehouse.Code{warehouse.CodeSchemaInaccessible, warehouse.CodeStageInaccessible}},
	{name: "stage dropped", sql: "DROP STAGE $STAGE", want: []warehouse.Code{warehouse.CodeStageInaccessible}},
	{name: "much at once", sql: "ALTER USER $USER SET DISABLED = TRUE; REVOKE ROLE $ROLE FROM USER $USER; DROP WAREHOUSE $WAREHOUSE; REVOKE ALL ON STAGE $STAGE FROM ROLE $ROLE", want: []warehouse.Code{
		warehouse.CodeUserDisabled, warehouse.CodeRoleNotGranted, warehouse.CodeWarehouseInaccessible, warehouse.CodeStageInaccessible,
	}},
	{name: "all gone", sql: "DROP USER $USER; DROP ROLE $ROLE; DROP DATABASE $DATABASE; DROP WAREHOUSE $WAREHOUSE", want: []warehouse.Code{
		warehouse.CodeAuthenticationFailed, warehouse.CodeWarehouseInaccessible, warehouse.CodeDatabaseInaccessible,
		warehouse.CodeSchemaInaccessible, warehouse.CodeStageInaccessible,
	}},
}

// statements returns the statements of b for an account.
func (b breakage) statements(c *account) string {
	schema := c.config.Database.SQL() + "." + c.config.Schema.SQL()
	return strings.NewReplacer(
		"$WAREHOUSE", c.config.Warehouse.SQL(), "$DATABASE", c.config.Database.SQL(), "$SCHEMA", schema,
		"$STAGE", schema+"."+c.config.Stage.SQL(), "$ROLE", c.config.Role.SQL(), "$USER", c.config.User.SQL(),
		"$OTHERKEY", otherKeys().PublicKey,
	).Replace(b.sql)
}

func TestFixes(t *testing.T) {
	t.Parallel()
	for _, b := range breakages {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for names, make := range map[string]func(t *testing.T) *account{
				"plain names": func(t *testing.T) *account { return newAccount(t) },
				"odd names":   func(t *testing.T) *account { return newAccount(t).withOddNames(t) },
			} {
				t.Run(names, func(t *testing.T) {
					t.Parallel()
					eachValidation(t, func(t *testing.T, ignore bool) {
						c := make(t)
						c.server.SetValidateDefaults(!ignore)
						c.run(t, c.setup(t))
						c.mustPass(t)
						c.run(t, b.statements(c))
						var codes []warehouse.Code
						for range len(b.want) + 1 {
							_, failure := c.probe(t, longDeadline)
							if failure == nil {
								break
							}
							codes = append(codes, failure.Code)
							checkFixForm(t, failure.Fix)
							if _, err := c.server.RunAs([]string{"SYSADMIN", "SECURITYADMIN"}, failure.Fix); err != nil {
								t.Fatalf("the fix of %s: %v\n%s", failure.Code, err, failure.Fix)
							}
						}
						if diff := cmp.Diff(b.want, codes); diff != "" {
							t.Errorf("codes (-want +got):\n%s", diff)
						}
						c.mustPass(t)
						checkGrants(t, c)
						checkNoLeaks(t, c.server)
					})
				})
			}
		})
	}
}

// checkFixForm checks that a fix selects a role first, and that each of its statements is whole.
func checkFixForm(t *testing.T, fix string) {
	t.Helper()
	first, _, _ := strings.Cut(strings.TrimPrefix(fix, "ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;\n"), "\n")
	if !strings.HasPrefix(first, "USE ROLE ") {
		t.Errorf("the fix does not begin with a role: %s", fix)
	}
	if _, whole := lexemes(fix); !whole || !strings.HasSuffix(fix, ";") {
		t.Errorf("the fix ends inside a statement: %s", fix)
	}
}

// block returns EXECUTE IMMEDIATE of statements, with the action for some values of SQLCODE.
func block(declare, statements, condition, action string) string {
	return "EXECUTE IMMEDIATE $$\n" + declare + "BEGIN\n  " + statements + "\nEXCEPTION\n  WHEN STATEMENT_ERROR THEN\n    IF (SQLCODE " +
		condition + ") THEN\n      " + action + ";\n    END IF;\n    RAISE;\nEND;\n$$;"
}

func create(statement, object, role string) string {
	return block("", statement, "= 3041", "RETURN 'The "+object+" exists. It belongs to another role, and "+role+" did not change it.'")
}

func createInside(statement, object string) string {
	return block("", statement, "IN (2003, 2043, 3001, 3041)", "RETURN 'SYSADMIN may not create the "+object+". If it exists, the grants below work.'")
}

func orStop(statements, sentence, condition string) string {
	return block("DECLARE\n  refused EXCEPTION (-20001, '"+sentence+"');\n", statements, condition, "RAISE refused")
}

func alterUser(property string) string {
	return orStop(`ALTER USER "FLAGSMITH_SERVICE" SET `+property+";",
		"SECURITYADMIN may not change the user FLAGSMITH_SERVICE, which belongs to another role. Run this ALTER USER statement with the role that owns the user. SHOW USERS names it.",
		"IN (2003, 3001)")
}

func setKey(publicKey string) string { return alterUser("RSA_PUBLIC_KEY = '" + publicKey + "'") }

var (
	createWarehouse = create(`CREATE WAREHOUSE IF NOT EXISTS "COMPUTE_WH" WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;`, "warehouse COMPUTE_WH", "SYSADMIN")
	createDatabase  = create(`CREATE DATABASE IF NOT EXISTS "FLAGSMITH";`, "database FLAGSMITH", "SYSADMIN")
	createSchema    = createInside(`CREATE SCHEMA IF NOT EXISTS "FLAGSMITH"."ANALYTICS";`, "schema FLAGSMITH.ANALYTICS")
	createStage     = createInside(`CREATE STAGE IF NOT EXISTS "FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE";`, "stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE")
	createRole      = create(`CREATE ROLE IF NOT EXISTS "FLAGSMITH_LOADER";`, "role FLAGSMITH_LOADER", "USERADMIN")
	createUser      = create(`CREATE USER IF NOT EXISTS "FLAGSMITH_SERVICE" TYPE = SERVICE DEFAULT_ROLE = "FLAGSMITH_LOADER" DEFAULT_SECONDARY_ROLES = ();`, "user FLAGSMITH_SERVICE", "USERADMIN")

	grantSchemaOrStop = orStop(grantSchema, `SYSADMIN may not create the schema FLAGSMITH.ANALYTICS, because the database FLAGSMITH belongs to another role.`+
		` Run this as SECURITYADMIN: GRANT USAGE, CREATE SCHEMA ON DATABASE "FLAGSMITH" TO ROLE SYSADMIN; Then run all of this again.`, "IN (2003, 2043)")
	grantStageOrStop = orStop(readStage+"\n  "+writeStage, `SYSADMIN may not create the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE, because the schema FLAGSMITH.ANALYTICS belongs to another role.`+
		` Run this as SECURITYADMIN: GRANT USAGE ON DATABASE "FLAGSMITH" TO ROLE SYSADMIN; GRANT USAGE, CREATE STAGE ON SCHEMA "FLAGSMITH"."ANALYTICS" TO ROLE SYSADMIN; Then run all of this again.`, "IN (2003, 2043)")
)

const typeWarning = `-- TYPE = SERVICE ends logins with a password or single sign-on. If a person uses FLAGSMITH_SERVICE, do not run this:
-- choose another user for the connection instead.`
