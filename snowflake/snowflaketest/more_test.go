package snowflaketest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

func TestARenamedRoleKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	before := mustRun(t, srv, "SHOW GRANTS TO ROLE LOADER")[0].Rows
	mustRun(t, srv, `GRANT ROLE LOADER TO USER ADMIN; USE ROLE LOADER; CREATE TABLE SHOP.EVENTS.T (A INT);
		USE ROLE SECURITYADMIN; GRANT SELECT ON FUTURE TABLES IN SCHEMA SHOP.EVENTS TO ROLE LOADER;
		USE ROLE USERADMIN; ALTER ROLE LOADER RENAME TO "New"`)
	after := mustRun(t, srv, `USE ROLE "New"; CREATE TABLE SHOP.EVENTS.T2 (A INT); USE ROLE ACCOUNTADMIN; SHOW GRANTS TO ROLE "New"`)[3].Rows
	// What was there, OWNERSHIP of both tables, and SELECT on the second.
	if len(after) != len(before)+3 {
		t.Errorf("%d grants became %d: %v", len(before), len(after), after)
	}
	if rows := mustRun(t, srv, "SHOW GRANTS TO USER LOADER_SERVICE")[0].Rows; len(rows) != 1 || rows[0][1] != "New" {
		t.Errorf("the user holds %v", rows)
	}
	_, err := srv.Run(`ALTER ROLE "New" RENAME TO SYSADMIN`)
	wantError(t, err, "002002", "42710", "Object 'SYSADMIN' already exists.")
}

func TestManagedAccessLeavesGrantsToTheSchemasOwner(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	mustRun(t, srv, `CREATE DATABASE D; CREATE SCHEMA D.M WITH MANAGED ACCESS; CREATE ROLE R; GRANT ROLE R TO USER ADMIN;
		GRANT USAGE ON DATABASE D TO ROLE R; GRANT USAGE, CREATE STAGE ON SCHEMA D.M TO ROLE R; USE ROLE R; CREATE STAGE D.M.F`)
	_, err := srv.Run("USE ROLE R; GRANT READ ON STAGE D.M.F TO ROLE PUBLIC")
	wantError(t, err, "003102", "42501", "Grant not executed: Insufficient privileges.")
	mustRun(t, srv, "USE ROLE SECURITYADMIN; GRANT READ ON STAGE D.M.F TO ROLE PUBLIC")
}

func TestOwnershipChangesHands(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	mustRun(t, srv, "CREATE DATABASE D; CREATE ROLE R; CREATE ROLE OLD; GRANT USAGE ON DATABASE D TO ROLE OLD; GRANT OWNERSHIP ON DATABASE D TO ROLE R REVOKE CURRENT GRANTS")
	rows := mustRun(t, srv, "SHOW GRANTS ON DATABASE D")[0].Rows
	if len(rows) != 1 || rows[0][1] != "OWNERSHIP" || rows[0][5] != "R" {
		t.Errorf("grants are %v", rows)
	}
	_, err := srv.Run("CREATE SCHEMA D.S")
	wantError(t, err, "002003", "02000", "Database 'D' does not exist or not authorized.")
	_, err = srv.Run("REVOKE OWNERSHIP ON DATABASE D FROM ROLE R")
	wantError(t, err, "003008", "42601", "OWNERSHIP")
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.SetAccount("ab1.us-east-1")
	r := mustRun(t, srv, `SELECT 1, -2.5, 'a' AS b, NULL, TRUE x, FALSE "y z", CURRENT_ACCOUNT(), current_user(), CURRENT_ROLE(), CURRENT_SECONDARY_ROLES(),
		CURRENT_AVAILABLE_ROLES(), JSON_EXTRACT_PATH_TEXT('{"a":"b","n":1}', 'a'), JSON_EXTRACT_PATH_TEXT('{"a":"b","n":1}', 'n'),
		JSON_EXTRACT_PATH_TEXT('no', 'n'), JSON_EXTRACT_PATH_TEXT(NULL, 'n'), SYSTEM$GET_LOGIN_FAILURE_DETAILS('unknown'), SYSTEM$GET_LOGIN_FAILURE_DETAILS(NULL)`)[0]
	want := []string{
		"1", "-2.5", "a", "NULL", "true", "false", "AB1", "ADMIN", "ACCOUNTADMIN", `{"roles":"","value":""}`,
		`["ACCOUNTADMIN","PUBLIC","SECURITYADMIN","SYSADMIN","USERADMIN"]`, "b", "1", "NULL", "NULL", "NULL", "NULL",
	}
	if diff := cmp.Diff(want, r.Rows[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1", "-2.5", "B", "NULL", "X", "y z", "CURRENT_ACCOUNT()"}, r.Columns[:7]); diff != "" {
		t.Error(diff)
	}
	if r.Property("no such") != "" || (snowflaketest.Result{}).Status() != "" {
		t.Error("what is not there is not empty")
	}
}

func TestWithoutACurrentSchemaNamesMustBeWhole(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for script, code := range map[string]string{
		"CREATE STAGE F": "090105", "LIST @F": "090105", "LIST @S.F": "090105", "CREATE SCHEMA S": "090105",
		"CREATE DATABASE D; DROP SCHEMA PUBLIC; CREATE STAGE F": "090106",
	} {
		_, err := srv.Run(script)
		wantError(t, err, code, "22000", "Cannot perform")
	}
}

func TestWhereAClientComesFromIsSet(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	mustRun(t, srv, "CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('192.0.2.0/24') BLOCKED_IP_LIST = ('192.0.2.9'); ALTER ACCOUNT SET NETWORK_POLICY = P")
	srv.SetClientIP("nowhere") // ignored
	for address, code := range map[string]string{"192.0.2.7": "", "192.0.2.9": "390422", "2001:db8::1": "390422", "198.51.100.1": "390422"} {
		srv.SetClientIP(address)
		if a := login(t, srv, "", newForger().token()); a.Code != code {
			t.Errorf("from %s: %+v", address, a)
		}
	}
	mustRun(t, srv, "ALTER ACCOUNT UNSET NETWORK_POLICY")
	if a := login(t, srv, "", newForger().token()); !a.Success {
		t.Errorf("without a policy: %+v", a)
	}
}

func TestShowLikeMatches(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	mustRun(t, srv, `CREATE ROLE ABC; CREATE ROLE "a/b*c"; CREATE ROLE "x?y"`)
	for pattern, want := range map[string]int{"ab_": 1, "a%": 3, "a/b*c": 1, "a%c": 2, "x?y": 1, "x_y": 1, "x*y": 0, "%": 8} {
		if rows := mustRun(t, srv, "SHOW ROLES LIKE '"+pattern+"'")[0].Rows; len(rows) != want {
			t.Errorf("%q shows %d roles, want %d: %v", pattern, len(rows), want, rows)
		}
	}
	state := mustRun(t, srv, "CREATE WAREHOUSE W INITIALLY_SUSPENDED = TRUE; SHOW WAREHOUSES; ALTER WAREHOUSE W RESUME; SHOW WAREHOUSES")
	if state[1].Rows[0][6] != "SUSPENDED" || state[3].Rows[0][6] != "STARTED" {
		t.Errorf("the warehouse is %v, then %v", state[1].Rows, state[3].Rows)
	}
}
