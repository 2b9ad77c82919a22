package snowflaketest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

// wantError asserts a refusal by code, state and part of its text.
func wantError(t *testing.T, err error, code, state, part string) *snowflaketest.Error {
	t.Helper()
	var refused *snowflaketest.Error
	if !errors.As(err, &refused) {
		t.Errorf("error is %v, want %s (%s) … %s", err, code, state, part)
		return &snowflaketest.Error{}
	}
	if refused.Code != code || refused.SQLState != state || !strings.Contains(refused.Message, part) {
		t.Errorf("refused with %v, want %s (%s) … %s", refused, code, state, part)
	}
	return refused
}

func TestSetupScriptRunsAndRunsAgain(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for range 2 {
		if _, err := srv.RunAs([]string{"SYSADMIN", "SECURITYADMIN"}, setup(firstKey())); err != nil {
			t.Fatal(err)
		}
	}
	grants := mustRun(t, srv, "SHOW GRANTS TO ROLE LOADER")[0]
	got := []string{}
	for _, row := range grants.Rows {
		got = append(got, row[1]+" ON "+row[2]+" "+row[3])
	}
	want := []string{
		"USAGE ON DATABASE SHOP", "USAGE ON SCHEMA SHOP.EVENTS", "CREATE TABLE ON SCHEMA SHOP.EVENTS",
		"READ ON STAGE SHOP.EVENTS.FILES", "WRITE ON STAGE SHOP.EVENTS.FILES", "USAGE ON WAREHOUSE LOAD_WH",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	user := mustRun(t, srv, "SHOW GRANTS TO USER LOADER_SERVICE")[0]
	if len(user.Rows) != 1 || user.Rows[0][1] != "LOADER" {
		t.Errorf("the user holds %v, want LOADER", user.Rows)
	}
}

func TestErrorNamesTheStatementAndWhatRanStays(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	results, err := srv.Run("-- title\nUSE ROLE SYSADMIN;\nCREATE DATABASE A;\n\n  CREATE ROLE B -- not by SYSADMIN\n;\nCREATE DATABASE C;")
	refused := wantError(t, err, "003001", "42501", "Insufficient privileges to operate on account 'XY12345'.")
	if refused.Line != 5 || refused.Statement != "CREATE ROLE B" {
		t.Errorf("refused %q on line %d", refused.Statement, refused.Line)
	}
	want := "line 5: 003001 (42501): SQL access control error: Insufficient privileges to operate on account 'XY12345'."
	if refused.Error() != want {
		t.Errorf("error reads %q", refused.Error())
	}
	if len(results) != 2 || results[1].Status() != "Database A successfully created." || results[1].Line != 3 {
		t.Errorf("results are %v", results)
	}
	mustRun(t, srv, "USE DATABASE A")
	_, err = srv.Run("USE DATABASE C")
	wantError(t, err, "002043", "02000", "Object does not exist, or operation cannot be performed.")
}

// world is what the refusals below happen in.
const world = `
USE ROLE SYSADMIN; CREATE WAREHOUSE W; CREATE DATABASE D; CREATE SCHEMA D.S; CREATE STAGE D.S.F; CREATE TABLE D.S.T (A INT);
USE ROLE USERADMIN; CREATE ROLE R; CREATE ROLE EMPTY; CREATE USER U; CREATE USER SVC TYPE = SERVICE;
USE ROLE ACCOUNTADMIN; CREATE USER BOSS; CREATE DATABASE HIDDEN; CREATE SCHEMA HIDDEN.S; CREATE STAGE HIDDEN.S.F; CREATE WAREHOUSE HW;
GRANT USAGE ON DATABASE D TO ROLE R; GRANT ROLE R TO USER ADMIN;
`

func TestRefusals(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 256)
	for name, test := range map[string]struct {
		script            string
		code, state, text string
	}{
		"an unknown statement":              {"SELEKT 1", "001003", "42000", "syntax error line 1 at position 0 unexpected 'SELEKT'."},
		"the place is in lines and columns": {"CREATE ROLE\n  X Y", "001003", "42000", "syntax error line 2 at position 4 unexpected 'Y'."},
		"an unfinished statement":           {"CREATE ROLE", "001003", "42000", "unexpected '<EOF>'"},
		"a name that wants quotes":          {"CREATE ROLE my-role", "001003", "42000", "unexpected '-'"},
		"typographic quotes":                {"SELECT ‘1’", "001003", "42000", "unexpected '‘'"},
		"a no-break space":                  {"SELECT\u00a01", "001003", "42000", "syntax error"},
		"an empty quoted name":              {`CREATE ROLE ""`, "001003", "42000", "syntax error"},
		"a quoted keyword is a name":        {`"USE" ROLE PUBLIC`, "001003", "42000", "syntax error"},
		"too many qualifiers":               {"CREATE SCHEMA A.B.C", "001003", "42000", "unexpected '.'"},
		"a transaction is not known":        {"BEGIN", "001003", "42000", "syntax error"},
		"a name over 255 characters":        {"CREATE ROLE " + long, "002026", "42601", "invalid identifier"},
		"IF NOT EXISTS with OR REPLACE":     {"CREATE OR REPLACE ROLE IF NOT EXISTS X", "002204", "42601", "incompatible"},
		"an unknown property":               {"CREATE WAREHOUSE X AUTO_STOP = 60", "001420", "22023", "invalid property 'AUTO_STOP' for 'WAREHOUSE'"},
		"a property twice":                  {"CREATE ROLE X COMMENT = 'a' COMMENT = 'b'", "001418", "42601", "duplicate property 'COMMENT';"},
		"a text for a number":               {"CREATE WAREHOUSE X AUTO_SUSPEND = '60'", "001008", "22023", "invalid value ['60'] for parameter 'AUTO_SUSPEND'"},
		"a number for a boolean":            {"CREATE WAREHOUSE X AUTO_RESUME = 1", "001008", "22023", "invalid value [1] for parameter 'AUTO_RESUME'"},
		"an unknown size":                   {"CREATE WAREHOUSE X WAREHOUSE_SIZE = TINY", "001419", "22023", "invalid value 'TINY' for property 'WAREHOUSE_SIZE'"},
		"an existing warehouse":             {"CREATE WAREHOUSE w", "002002", "42710", "Object 'W' already exists."},
		"an existing schema":                {"CREATE SCHEMA D.S", "002002", "42710", "Object 'S' already exists."},
		"an existing user":                  {"CREATE USER U", "002002", "42710", "Object 'U' already exists."},
		"a missing database":                {"CREATE SCHEMA NO.S", "002003", "02000", "Database 'NO' does not exist or not authorized."},
		"a missing schema":                  {"CREATE STAGE D.NO.F", "002003", "02000", "Schema 'D.NO' does not exist or not authorized."},
		"a missing stage":                   {`GRANT READ ON STAGE D.S."no" TO ROLE R`, "002003", "02000", `Stage 'D.S."no"' does not exist or not authorized.`},
		"a missing role":                    {"GRANT USAGE ON DATABASE D TO ROLE NOBODY", "002003", "02000", "Role 'NOBODY' does not exist or not authorized."},
		"a missing user":                    {"ALTER USER NOBODY SET COMMENT = ''", "002003", "02000", "User 'NOBODY' does not exist or not authorized."},
		"no current database":               {"CREATE STAGE F", "090105", "22000", "does not have a current database"},
		"SYSADMIN and roles":                {"USE ROLE SYSADMIN; CREATE ROLE X", "003001", "42501", "operate on account"},
		"SYSADMIN and users":                {"USE ROLE SYSADMIN; CREATE USER X", "003001", "42501", "operate on account"},
		"SYSADMIN and existing roles":       {"USE ROLE SYSADMIN; CREATE ROLE IF NOT EXISTS R", "003001", "42501", "operate on account"},
		"SYSADMIN and other people's roles": {"USE ROLE SYSADMIN; GRANT ROLE R TO USER U", "003102", "42501", "Grant not executed: Insufficient privileges."},
		"USERADMIN and warehouses":          {"USE ROLE USERADMIN; CREATE WAREHOUSE X", "003001", "42501", "operate on account"},
		"SECURITYADMIN and databases":       {"USE ROLE SECURITYADMIN; CREATE DATABASE IF NOT EXISTS D", "003001", "42501", "operate on account"},
		"USERADMIN and what it cannot see":  {"USE ROLE USERADMIN; GRANT USAGE ON WAREHOUSE W TO ROLE R", "002003", "02000", "Warehouse 'W' does not exist"},
		"USERADMIN and a user of ACCOUNTADMIN": {
			"USE ROLE USERADMIN; ALTER USER BOSS SET DISABLED = TRUE", "003001", "42501", "Insufficient privileges to operate on user 'BOSS'.",
		},
		"SECURITYADMIN is no heir of ACCOUNTADMIN": {
			"USE ROLE SECURITYADMIN; ALTER USER BOSS SET DISABLED = TRUE", "003001", "42501", "operate on user 'BOSS'",
		},
		"a schema in somebody's database": {"USE ROLE R; CREATE SCHEMA IF NOT EXISTS D.PUBLIC", "003001", "42501", "operate on database 'D'"},
		"a stage in somebody's schema":    {"GRANT USAGE ON SCHEMA D.S TO ROLE R; USE ROLE R; CREATE STAGE D.S.X", "003001", "42501", "operate on schema 'S'"},
		"a grant of what one only uses":   {"USE ROLE R; GRANT USAGE ON DATABASE D TO ROLE EMPTY", "003102", "42501", "Grant not executed"},
		"a revoke of what one only uses":  {"USE ROLE R; REVOKE USAGE ON DATABASE D FROM ROLE R", "003102", "42501", "Insufficient privileges"},
		"SYSADMIN and a hidden database":  {"USE ROLE SYSADMIN; CREATE SCHEMA HIDDEN.X", "002003", "02000", "Database 'HIDDEN' does not exist"},
		"OR REPLACE of somebody's object": {
			"GRANT CREATE DATABASE ON ACCOUNT TO ROLE R; USE ROLE R; CREATE OR REPLACE DATABASE D", "003001", "42501", "operate on database 'D'",
		},
		"WRITE before READ":           {"GRANT WRITE ON STAGE D.S.F TO ROLE R", "003099", "42501", "READ privilege must be granted first"},
		"a privilege of another kind": {"GRANT SELECT ON DATABASE D TO ROLE R", "003008", "42601", "'SELECT'"},
		"OWNERSHIP with grants":       {"GRANT OWNERSHIP ON DATABASE D TO ROLE EMPTY", "003036", "42501", "Dependent grant of privilege 'USAGE'"},
		"a cycle of roles":            {"GRANT ROLE R TO ROLE EMPTY; GRANT ROLE EMPTY TO ROLE R", "003005", "42501", "cycle"},
		"USE of a missing role":       {"USE ROLE NOBODY", "002043", "02000", "Object does not exist"},
		"USE of a role not granted":   {"USE ROLE EMPTY", "003013", "42501", "Requested role 'EMPTY' is not assigned to the executing user."},
		"USE of an unseen warehouse":  {"USE ROLE R; USE WAREHOUSE W", "002043", "02000", "Object does not exist"},
		"USE needs USAGE":             {"GRANT MONITOR ON WAREHOUSE W TO ROLE R; USE ROLE R; USE WAREHOUSE W", "003001", "42501", "operate on warehouse 'W'"},
		"DROP of somebody's object":   {"USE ROLE R; DROP DATABASE D", "003001", "42501", "operate on database 'D'"},
		"DROP of a system role":       {"DROP ROLE SYSADMIN", "003001", "42501", "operate on role 'SYSADMIN'"},
		"DROP of a missing stage":     {"DROP STAGE D.S.NO", "002003", "02000", "Stage 'D.S.NO' does not exist"},
		"a password on a service":     {"ALTER USER SVC SET PASSWORD = 'x'", "511503", "23001", "Cannot set PASSWORD on users with TYPE=SERVICE."},
		"a name on a service":         {"CREATE USER X FIRST_NAME = 'a' TYPE = SERVICE", "511503", "23001", "Cannot set FIRST_NAME"},
		"an unknown type of user":     {"CREATE USER X TYPE = ROBOT", "001419", "22023", "invalid value 'ROBOT' for property 'TYPE'"},
		"a key that is none":          {"ALTER USER U SET RSA_PUBLIC_KEY = 'garbage'", "003554", "22023", "New public key rejected by current policy. Reason: 'Invalid Public key'"},
		"a LOGIN_NAME that is taken":  {"CREATE USER X LOGIN_NAME = 'svc'", "002002", "42710", "Object 'SVC' already exists."},
		"a bad address":               {"CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('everyone')", "001419", "22023", "'everyone'"},
		"a missing network policy":    {"ALTER USER U SET NETWORK_POLICY = P", "002003", "02000", "Network policy 'P' does not exist"},
		"a missing network rule":      {"CREATE NETWORK POLICY P ALLOWED_NETWORK_RULE_LIST = (D.S.X)", "002003", "02000", "Network rule 'D.S.X' does not exist"},
		"a rule without its values":   {"CREATE NETWORK RULE D.S.X TYPE = IPV4 MODE = INGRESS", "002029", "42601", "Missing option(s): [VALUE_LIST]"},
		"SYSADMIN and a monitor":      {"USE ROLE SYSADMIN; CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 1", "003001", "42501", "operate on account"},
		"SYSADMIN sets a monitor": {
			"CREATE RESOURCE MONITOR M; USE ROLE SYSADMIN; ALTER WAREHOUSE W SET RESOURCE_MONITOR = M", "003001", "42501", "operate on resource monitor 'M'",
		},
		"an unknown function":         {"SELECT NOW()", "002140", "42601", "Unknown function NOW"},
		"arguments where none belong": {"SELECT CURRENT_ROLE(1)", "000938", "22023", "expected 0, got 1"},
		"details without MONITOR":     {"USE ROLE SYSADMIN; SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('x')", "003001", "42501", "operate on account"},
		"a table without a warehouse": {"USE ROLE SYSADMIN; SELECT * FROM D.S.T", "000606", "57P03", "No active warehouse"},
		"a table without SELECT":      {"GRANT USAGE ON SCHEMA D.S TO ROLE R; GRANT INSERT ON TABLE D.S.T TO ROLE R; USE ROLE R; SELECT * FROM D.S.T", "003001", "42501", "operate on table 'T'"},
		"a stage without a privilege": {"GRANT USAGE ON SCHEMA D.S TO ROLE R; USE ROLE R; LIST @D.S.F", "002003", "02000", "Stage 'D.S.F' does not exist or not authorized."},
		"a stage without READ": {
			"GRANT USAGE ON SCHEMA D.S TO ROLE R; GRANT USAGE ON STAGE D.S.F TO ROLE R; USE ROLE R; LIST @D.S.F", "003001", "42501",
			"SQL access control error:\nInsufficient privileges to operate on stage 'F'.",
		},
		"a stage in an unseen schema":   {"GRANT READ ON STAGE D.S.F TO ROLE R; USE ROLE R; LIST @D.S.F", "002003", "02000", "Schema 'D.S' does not exist"},
		"a stage in an unseen database": {"USE ROLE R; LIST @HIDDEN.S.F", "002003", "02000", "Database 'HIDDEN' does not exist"},
		"a stage that is none":          {"LIST D.S.F", "001003", "42000", "unexpected 'D'"},
		"a stage name in pieces":        {"LIST @D..F", "001003", "42000", "syntax error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			mustRun(t, srv, world)
			_, err := srv.Run(test.script)
			wantError(t, err, test.code, test.state, test.text)
		})
	}
}

func TestStatementsThatPass(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"IF NOT EXISTS on what exists":       "CREATE WAREHOUSE IF NOT EXISTS W WAREHOUSE_SIZE = LARGE; CREATE USER IF NOT EXISTS U TYPE = SERVICE FIRST_NAME = 'a'",
		"IF EXISTS on what does not":         "DROP STAGE IF EXISTS NO.S.F; DROP ROLE IF EXISTS NOBODY; ALTER USER IF EXISTS NOBODY SET COMMENT = ''",
		"quoted names":                       `CREATE DATABASE "my ""db"""; CREATE SCHEMA "my ""db""".s; CREATE STAGE "my ""db""".S."my stage"; LIST '@"my ""db""".s."my stage"/x y'`,
		"255 characters":                     "CREATE ROLE " + strings.Repeat("A", 255),
		"READ and WRITE at once":             "GRANT WRITE, READ ON STAGE D.S.F TO ROLE R; REVOKE READ, WRITE ON STAGE D.S.F FROM ROLE R; GRANT ALL ON STAGE D.S.F TO ROLE R",
		"a grant to a role without ROLE":     "GRANT USAGE ON WAREHOUSE W TO R; REVOKE USAGE ON WAREHOUSE W FROM R",
		"MANAGE GRANTS reaches hidden ones":  "USE ROLE SECURITYADMIN; GRANT READ ON STAGE HIDDEN.S.F TO ROLE R; GRANT USAGE ON WAREHOUSE HW TO ROLE R",
		"OWNERSHIP copying grants":           "GRANT OWNERSHIP ON DATABASE D TO ROLE EMPTY COPY CURRENT GRANTS; USE ROLE R; USE DATABASE D",
		"the role graph":                     "GRANT ROLE EMPTY TO ROLE R; USE ROLE EMPTY; USE ROLE SECURITYADMIN; REVOKE ROLE EMPTY FROM ROLE R",
		"a network policy":                   "CREATE NETWORK RULE D.S.X TYPE = IPV4 VALUE_LIST = ('192.0.2.0/24') MODE = INGRESS COMMENT = 'x'; USE ROLE SECURITYADMIN; CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('192.0.2.7', '198.51.100.0/24') BLOCKED_IP_LIST = (); ALTER NETWORK POLICY P SET ALLOWED_IP_LIST = ('192.0.2.8')",
		"a resource monitor":                 "CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 90 PERCENT DO NOTIFY ON 100 PERCENT DO SUSPEND; ALTER WAREHOUSE W SET RESOURCE_MONITOR = M",
		"warehouse states":                   "ALTER WAREHOUSE W SUSPEND; ALTER WAREHOUSE W RESUME IF SUSPENDED; ALTER WAREHOUSE W SET AUTO_SUSPEND = NULL; ALTER WAREHOUSE W RENAME TO W2; USE WAREHOUSE W2",
		"a table, its owner and a warehouse": "USE ROLE SYSADMIN; USE WAREHOUSE W; SELECT COUNT(*) FROM D.S.T; SELECT * FROM D.S.T LIMIT 1; DESC TABLE D.S.T",
		"secondary roles add":                "USE ROLE R; USE SECONDARY ROLES ALL; USE WAREHOUSE W; LIST @D.S.F",
		"future grants":                      "GRANT READ ON FUTURE STAGES IN SCHEMA D.S TO ROLE R; GRANT USAGE ON SCHEMA D.S TO ROLE R; USE ROLE SYSADMIN; CREATE STAGE D.S.LATER; USE ROLE R; LIST @D.S.LATER",
		"grants on all":                      "GRANT ALL PRIVILEGES ON ALL STAGES IN DATABASE D TO ROLE R; GRANT USAGE ON ALL SCHEMAS IN DATABASE D TO ROLE R; USE ROLE R; LIST @D.S.F",
		"the grant option":                   "GRANT USAGE ON WAREHOUSE W TO ROLE R WITH GRANT OPTION; USE ROLE R; GRANT USAGE ON WAREHOUSE W TO ROLE EMPTY",
		"managed access":                     "CREATE SCHEMA D.M WITH MANAGED ACCESS; CREATE STAGE D.M.F DIRECTORY = (ENABLE = TRUE) ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE') COMMENT = 'x'",
		"MANAGE GRANTS on a role's future":   "GRANT OWNERSHIP ON FUTURE TABLES IN SCHEMA D.S TO ROLE R; CREATE TABLE D.S.LATER (A NUMBER(38, 0) NOT NULL, B VARCHAR(10) COMMENT 'x', C BOOLEAN)",
		"a bare USE":                         "USE D; USE D.S",
		"session parameters":                 "ALTER SESSION SET QUERY_TAG = 'x', STATEMENT_TIMEOUT_IN_SECONDS = 5; ALTER SESSION UNSET QUERY_TAG",
		"showing":                            "SHOW WAREHOUSES; SHOW DATABASES LIKE 'd%'; SHOW SCHEMAS IN DATABASE D; SHOW STAGES IN D.S; SHOW ROLES; SHOW USERS; SHOW TABLES IN ACCOUNT; SHOW NETWORK POLICIES; SHOW GRANTS; SHOW GRANTS ON STAGE D.S.F; SHOW GRANTS OF ROLE R; SHOW GRANTS ON ACCOUNT; DESC STAGE D.S.F; DESC WAREHOUSE W",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			mustRun(t, srv, world)
			mustRun(t, srv, script)
		})
	}
}
