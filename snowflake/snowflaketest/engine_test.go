package snowflaketest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
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

func TestSetupScriptTwice(t *testing.T) {
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

func TestRunStopsAtError(t *testing.T) {
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
	mustRun(t, srv, "CREATE DATABASE IF NOT EXISTS A")
	_, err = srv.Run("DROP DATABASE C")
	wantError(t, err, "002003", "02000", "Database 'C' does not exist or not authorized.")
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
		"an unknown property":               {"CREATE WAREHOUSE X AUTO_STOP = 60", "001420", "22023", "invalid property 'AUTO_STOP' for 'WAREHOUSE'"},
		"a property twice":                  {"CREATE ROLE X COMMENT = 'a' COMMENT = 'b'", "001418", "42601", "duplicate property 'COMMENT';"},
		"a text for a number":               {"CREATE WAREHOUSE X AUTO_SUSPEND = '60'", "001008", "22023", "invalid value ['60'] for parameter 'AUTO_SUSPEND'"},
		"a number for a boolean":            {"CREATE WAREHOUSE X AUTO_RESUME = 1", "001008", "22023", "invalid value [1] for parameter 'AUTO_RESUME'"},
		"an unknown size":                   {"CREATE WAREHOUSE X WAREHOUSE_SIZE = TINY", "001419", "22023", "invalid value 'TINY' for property 'WAREHOUSE_SIZE'"},
		"an existing warehouse":             {"CREATE WAREHOUSE w", "002002", "42710", "Object 'W' already exists."},
		"an existing schema":                {"CREATE SCHEMA D.S", "002002", "42710", "Object 'S' already exists."},
		"an existing user":                  {"CREATE USER U", "002002", "42710", "Object 'U' already exists."},
		"IF NOT EXISTS and a hidden one":    {"USE ROLE SYSADMIN; CREATE WAREHOUSE IF NOT EXISTS HW", "003041", "42710", "Warehouse 'HW' already exists, but current role has no privileges on it."},
		"IF NOT EXISTS and a hidden user":   {"USE ROLE USERADMIN; CREATE USER IF NOT EXISTS BOSS", "003041", "42710", "User 'BOSS' already exists, but"},
		"IF NOT EXISTS and a hidden stage":  {"GRANT USAGE, CREATE STAGE ON SCHEMA D.S TO ROLE R; USE ROLE R; CREATE STAGE IF NOT EXISTS D.S.F", "003041", "42710", "Stage 'F' already exists, but"},
		"a missing database":                {"CREATE SCHEMA NO.S", "002003", "02000", "Database 'NO' does not exist or not authorized."},
		"a missing schema":                  {"CREATE STAGE D.NO.F", "002003", "02000", "Schema 'D.NO' does not exist or not authorized."},
		"a missing stage":                   {`GRANT READ ON STAGE D.S."no" TO ROLE R`, "002003", "02000", `Stage 'D.S."no"' does not exist or not authorized.`},
		"a missing role":                    {"GRANT USAGE ON DATABASE D TO ROLE NOBODY", "002003", "02000", "Role 'NOBODY' does not exist or not authorized."},
		"a missing user":                    {"ALTER USER NOBODY SET COMMENT = ''", "002003", "02000", "User 'NOBODY' does not exist or not authorized."},
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
		"a stage in somebody's schema":    {"GRANT USAGE ON SCHEMA D.S TO ROLE R; USE ROLE R; CREATE STAGE D.S.X", "003001", "42501", "operate on schema 'S'. Your primary role R must have CREATE STAGE granted on SCHEMA D.S."},
		"a grant of what one only uses":   {"USE ROLE R; GRANT USAGE ON DATABASE D TO ROLE EMPTY", "003102", "42501", "Grant not executed"},
		"a revoke of what one only uses":  {"USE ROLE R; REVOKE USAGE ON DATABASE D FROM ROLE R", "003102", "42501", "Insufficient privileges"},
		"SYSADMIN and a hidden database":  {"USE ROLE SYSADMIN; CREATE SCHEMA HIDDEN.X", "002003", "02000", "Database 'HIDDEN' does not exist"},
		"WRITE before READ":               {"GRANT WRITE ON STAGE D.S.F TO ROLE R", "003511", "23001", "READ should be granted before/simultaneously with WRITE."},
		"READ before WRITE":               {"GRANT READ, WRITE ON STAGE D.S.F TO ROLE R; REVOKE READ ON STAGE D.S.F FROM ROLE R", "003512", "23001", "WRITE should be revoked before/simultaneously with READ."},
		"USAGE on an internal stage":      {"GRANT USAGE ON STAGE D.S.F TO ROLE R", "003008", "42601", "'USAGE'"},
		"READ on an external stage":       {"CREATE STAGE D.S.X URL = 's3://bucket/'; GRANT READ ON STAGE D.S.X TO ROLE R", "003008", "42601", "'READ'"},
		"a privilege of another kind":     {"GRANT SELECT ON DATABASE D TO ROLE R", "003008", "42601", "'SELECT'"},
		"a cycle of roles":                {"GRANT ROLE R TO ROLE EMPTY; GRANT ROLE EMPTY TO ROLE R", "003005", "42501", "cycle"},
		"USE of a missing role":           {"USE ROLE NOBODY", "002043", "02000", "Object does not exist"},
		"USE of a role not granted":       {"USE ROLE EMPTY", "003013", "42501", "Requested role 'EMPTY' is not assigned to the executing user."},
		"DROP of somebody's object":       {"USE ROLE R; DROP DATABASE D", "003001", "42501", "operate on database 'D'"},
		"DROP of a system role":           {"DROP ROLE SYSADMIN", "003001", "42501", "operate on role 'SYSADMIN'"},
		"DROP of a missing stage":         {"DROP STAGE D.S.NO", "002003", "02000", "Stage 'D.S.NO' does not exist"},
		"an unknown type of user":         {"CREATE USER X TYPE = ROBOT", "001419", "22023", "invalid value 'ROBOT' for property 'TYPE'"},
		"a key that is none":              {"ALTER USER U SET RSA_PUBLIC_KEY = 'garbage'", "003554", "22023", "New public key rejected by current policy. Reason: 'Invalid Public key'"},
		"a LOGIN_NAME that is taken":      {"CREATE USER X LOGIN_NAME = 'svc'", "002002", "42710", "Object 'SVC' already exists."},
		"a bad address":                   {"CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('everyone')", "001419", "22023", "'everyone'"},
		"a missing network policy":        {"ALTER USER U SET NETWORK_POLICY = P", "002003", "02000", "Network policy 'P' does not exist"},
		"an empty network policy":         {"CREATE NETWORK POLICY P ALLOWED_IP_LIST = (); ALTER USER U SET NETWORK_POLICY = P", "098519", "22023", "'P'"},
		"an account's empty policy":       {"CREATE NETWORK POLICY P; ALTER ACCOUNT SET NETWORK_POLICY = P", "098519", "22023", "'P'"},
		"an unknown login method":         {"CREATE AUTHENTICATION POLICY D.S.P AUTHENTICATION_METHODS = ('KEY')", "001419", "22023", "'KEY'"},
		"SYSADMIN applies a policy":       {"CREATE AUTHENTICATION POLICY D.S.P; USE ROLE SYSADMIN; ALTER USER U SET AUTHENTICATION POLICY D.S.P", "002003", "02000", "Authentication policy 'D.S.P'"},
		"a second authentication policy":  {"CREATE AUTHENTICATION POLICY D.S.P; ALTER USER U SET AUTHENTICATION POLICY D.S.P; ALTER USER U SET AUTHENTICATION POLICY D.S.P", "003730", "42710", "unset it"},
		"a service user's password":       {"CREATE USER X TYPE = SERVICE PASSWORD = 'secret'", "003708", "22023", "TYPE=SERVICE"},
		"SYSADMIN and a monitor":          {"USE ROLE SYSADMIN; CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 1", "003001", "42501", "operate on account"},
		"SYSADMIN sets a monitor": {
			"CREATE RESOURCE MONITOR M; USE ROLE SYSADMIN; ALTER WAREHOUSE W SET RESOURCE_MONITOR = M", "003001", "42501", "operate on resource monitor 'M'",
		},
		"an unknown function":           {"SELECT NOW()", "002140", "42601", "Unknown function NOW"},
		"arguments where none belong":   {"SELECT CURRENT_ROLE(1)", "000938", "22023", "expected 0, got 1"},
		"details without MONITOR":       {"USE ROLE SYSADMIN; SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('x')", "003001", "42501", "operate on account"},
		"a stage without a privilege":   {"GRANT USAGE ON SCHEMA D.S TO ROLE R; USE ROLE R; LIST @D.S.F", "002003", "02000", "Stage 'D.S.F' does not exist or not authorized."},
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

func TestStatements(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"IF NOT EXISTS on what exists":      "CREATE WAREHOUSE IF NOT EXISTS W WAREHOUSE_SIZE = LARGE; CREATE USER IF NOT EXISTS U TYPE = SERVICE",
		"IF EXISTS on what does not":        "DROP STAGE IF EXISTS NO.S.F; DROP ROLE IF EXISTS NOBODY",
		"quoted names":                      `CREATE DATABASE "my ""db"""; CREATE SCHEMA "my ""db""".s; CREATE STAGE "my ""db""".S."my stage"; LIST '@"my ""db""".s."my stage"/x y'`,
		"255 characters":                    "CREATE ROLE " + strings.Repeat("A", 255),
		"READ and WRITE at once":            "GRANT WRITE, READ ON STAGE D.S.F TO ROLE R; REVOKE READ, WRITE ON STAGE D.S.F FROM ROLE R; GRANT ALL ON STAGE D.S.F TO ROLE R",
		"WRITE, then READ":                  "GRANT READ ON STAGE D.S.F TO ROLE R; GRANT WRITE ON STAGE D.S.F TO ROLE R; REVOKE WRITE ON STAGE D.S.F FROM ROLE R; REVOKE READ ON STAGE D.S.F FROM ROLE R",
		"an external stage":                 "CREATE STAGE D.S.X URL = 's3://bucket/'; GRANT USAGE ON SCHEMA D.S TO ROLE R; GRANT USAGE ON STAGE D.S.X TO ROLE R; GRANT ALL ON STAGE D.S.X TO ROLE R; USE ROLE R; LIST @D.S.X",
		"MANAGE GRANTS reaches hidden ones": "USE ROLE SECURITYADMIN; GRANT READ ON STAGE HIDDEN.S.F TO ROLE R; GRANT USAGE ON WAREHOUSE HW TO ROLE R",
		"the role graph":                    "GRANT ROLE EMPTY TO ROLE R; USE ROLE EMPTY; USE ROLE SECURITYADMIN; REVOKE ROLE EMPTY FROM ROLE R",
		"a network policy":                  "USE ROLE SECURITYADMIN; CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('192.0.2.7', '198.51.100.0/24'); ALTER NETWORK POLICY P SET ALLOWED_IP_LIST = (); ALTER NETWORK POLICY P SET ALLOWED_IP_LIST = ('192.0.2.7'); ALTER USER U SET NETWORK_POLICY = P",
		"a resource monitor":                "CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 100 PERCENT DO SUSPEND; ALTER WAREHOUSE W SET RESOURCE_MONITOR = M",
		"session parameters":                "ALTER SESSION SET QUERY_TAG = 'x' STATEMENT_TIMEOUT_IN_SECONDS = 5",
		"showing":                           "SHOW WAREHOUSES; SHOW DATABASES; SHOW SCHEMAS IN ACCOUNT; SHOW STAGES IN ACCOUNT; SHOW TABLES IN ACCOUNT; SHOW ROLES; SHOW USERS; SHOW NETWORK POLICIES; SHOW RESOURCE MONITORS; SHOW GRANTS TO ROLE R; SHOW GRANTS TO USER U; SHOW GRANTS OF ROLE R",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			mustRun(t, srv, world)
			mustRun(t, srv, script)
		})
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	if err := srv.PutFile("SHOP.EVENTS.FILES", "a.csv", 1); err != nil {
		t.Fatal(err)
	}
	mustRun(t, srv, "USE ROLE SYSADMIN; DROP DATABASE SHOP; CREATE DATABASE SHOP; CREATE SCHEMA SHOP.EVENTS")
	_, err := srv.Run("LIST @SHOP.EVENTS.FILES")
	wantError(t, err, "002003", "02000", "Stage 'SHOP.EVENTS.FILES' does not exist")

	if rows := mustRun(t, srv, "CREATE STAGE SHOP.EVENTS.FILES; LIST @SHOP.EVENTS.FILES")[1].Rows; len(rows) != 0 {
		t.Errorf("files outlived their database: %v", rows)
	}
	for _, row := range mustRun(t, srv, "SHOW GRANTS TO ROLE LOADER")[0].Rows {
		if row[2] == "STAGE" || row[2] == "SCHEMA" {
			t.Errorf("a grant outlived its object: %v", row)
		}
	}

	mustRun(t, srv, `GRANT USAGE ON DATABASE SHOP TO ROLE LOADER;
		GRANT USAGE, CREATE TABLE ON SCHEMA SHOP.EVENTS TO ROLE LOADER;
		GRANT ROLE LOADER TO USER ADMIN;
		USE ROLE LOADER; CREATE TABLE SHOP.EVENTS.OWN (A INT)`)
	mustRun(t, srv, "USE ROLE USERADMIN; DROP ROLE LOADER; CREATE ROLE LOADER")
	if rows := mustRun(t, srv, "SHOW GRANTS TO ROLE LOADER")[0].Rows; len(rows) != 0 {
		t.Errorf("a new role of an old name has grants: %v", rows)
	}
	if rows := mustRun(t, srv, "SHOW GRANTS OF ROLE LOADER")[0].Rows; len(rows) != 0 {
		t.Errorf("a new role of an old name is held by %v", rows)
	}
	owner := mustRun(t, srv, "SHOW TABLES IN ACCOUNT")[0].Rows[0][4]
	if owner != "USERADMIN" {
		t.Errorf("what a dropped role owned went to %s, want the role that dropped it", owner)
	}
}

func TestStatusMessages(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, test := range [][2]string{
		{"CREATE DATABASE D", "Database D successfully created."},
		{"CREATE STAGE D.PUBLIC.F", "Stage area F successfully created."},
		{"CREATE DATABASE IF NOT EXISTS d", "D already exists, statement succeeded."},
		{`CREATE ROLE "r"`, `Role "r" successfully created.`},
		{"USE ROLE SYSADMIN", "Statement executed successfully."},
		{"DROP STAGE D.PUBLIC.F", "F successfully dropped."},
		{"DROP STAGE IF EXISTS D.PUBLIC.F", "Drop statement executed successfully (F already dropped)."},
	} {
		if got := mustRun(t, srv, test[0])[0].Status(); got != test[1] {
			t.Errorf("%s answers %q, want %q", test[0], got, test[1])
		}
	}
}

func TestRSAPublicKey(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	one, two := publicText(firstKey()), publicText(secondKey())
	mustRun(t, srv, "CREATE USER U TYPE = SERVICE RSA_PUBLIC_KEY = '"+one+"'")
	mustRun(t, srv, "ALTER USER U SET RSA_PUBLIC_KEY_2 = '"+two+"'")
	user := mustRun(t, srv, "DESC USER U")[0]
	for property, want := range map[string]string{
		"NAME": "U", "TYPE": "SERVICE", "LOGIN_NAME": "U", "RSA_PUBLIC_KEY": one, "RSA_PUBLIC_KEY_FP": fingerprint(one),
		"RSA_PUBLIC_KEY_2_FP": fingerprint(two), "DEFAULT_SECONDARY_ROLES": `["ALL"]`, "PASSWORD": "null",
	} {
		if got := user.Property(property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	mustRun(t, srv, "ALTER USER U UNSET RSA_PUBLIC_KEY")
	user = mustRun(t, srv, "DESC USER U")[0]
	if user.Property("RSA_PUBLIC_KEY_FP") != "null" || user.Property("RSA_PUBLIC_KEY_2_FP") != fingerprint(two) {
		t.Error("UNSET of the first slot left it, or took the second")
	}

	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(curve.Public())
	if err != nil {
		t.Fatal(err)
	}
	for text, reason := range map[string]string{
		"ssh-rsa AAAAB3": "'Invalid Public key'",
		one[1:]:          "'Invalid Public key'",
		// A small key in an SPKI, made by hand since crypto/rsa makes none.
		smallKey:                               "'Key length 1024 is smaller than minimal requirement of 2048.'",
		base64.StdEncoding.EncodeToString(der): "'Invalid Public key'",
	} {
		_, err := srv.Run("ALTER USER U SET COMMENT = 'changed' RSA_PUBLIC_KEY = '" + text + "'")
		wantError(t, err, "003554", "22023", reason)
	}
	if got := mustRun(t, srv, "DESC USER U")[0].Property("COMMENT"); got != "null" {
		t.Errorf("a refused ALTER changed COMMENT to %q", got)
	}
}

// smallKey is the public half of a 1024-bit RSA key.
var smallKey = func() string {
	modulus := append([]byte{0x00}, []byte(strings.Repeat("\xc5", 128))...)
	integer := append([]byte{0x02, 0x81, byte(len(modulus))}, modulus...)
	exponent := []byte{0x02, 0x03, 0x01, 0x00, 0x01}
	key := append(integer, exponent...)
	sequence := append([]byte{0x30, 0x81, byte(len(key))}, key...)
	bits := append([]byte{0x03, 0x81, byte(len(sequence) + 1), 0x00}, sequence...)
	algorithm := []byte{0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00}
	body := append(algorithm, bits...)
	return base64.StdEncoding.EncodeToString(append([]byte{0x30, 0x81, byte(len(body))}, body...))
}()

func fingerprint(publicText string) string {
	der, err := base64.StdEncoding.DecodeString(publicText)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.StdEncoding.EncodeToString(sum[:])
}

func TestRunAs(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	if _, err := srv.RunAs([]string{"sysadmin", "SECURITYADMIN"}, "CREATE DATABASE D; USE ROLE USERADMIN; CREATE ROLE R; USE ROLE SECURITYADMIN"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		roles []string
		role  string
	}{{[]string{"SYSADMIN"}, "SECURITYADMIN"}, {[]string{"USERADMIN"}, "SECURITYADMIN"}, {[]string{"SYSADMIN", "SECURITYADMIN"}, "ACCOUNTADMIN"}, {nil, "SYSADMIN"}} {
		_, err := srv.RunAs(test.roles, "USE ROLE PUBLIC; USE ROLE "+test.role)
		wantError(t, err, "003013", "42501", fmt.Sprintf("Requested role '%s' is not assigned", test.role))
	}
}

func TestPutFile(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	for _, stage := range []string{"SHOP.EVENTS.NO", "NO.S.F", "@SHOP.EVENTS.FILES", "SHOP.EVENTS.FILES/x", ""} {
		if err := srv.PutFile(stage, "a", 1); err == nil {
			t.Errorf("a file was put into %q", stage)
		}
	}
	for _, name := range []string{"a/1", "a/2", "b/1"} {
		if err := srv.PutFile("SHOP.EVENTS.FILES", name, 1); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string]int{"": 3, "/a": 2, "/a/": 2, "/b/1": 1, "/c": 0} {
		if rows := mustRun(t, srv, "LIST @SHOP.EVENTS.FILES"+prefix)[0].Rows; len(rows) != want {
			t.Errorf("LIST under %q shows %d files, want %d", prefix, len(rows), want)
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	r := mustRun(t, newServer(t), `SELECT 1, 25, 'a', current_role(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA(),
		SYSTEM$GET_LOGIN_FAILURE_DETAILS('unknown')`)[0]
	want := []string{"1", "25", "a", "ACCOUNTADMIN", "NULL", "NULL", "NULL", "NULL"}
	if diff := cmp.Diff(want, r.Rows[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1", "25", "'A'", "CURRENT_ROLE()"}, r.Columns[:4]); diff != "" {
		t.Error(diff)
	}
	if r.Property("no such") != "" || (snowflaketest.Result{}).Status() != "" {
		t.Error("what is not there is not empty")
	}
}

func TestSetClientIP(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	mustRun(t, srv, "CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('192.0.2.0/24'); ALTER ACCOUNT SET NETWORK_POLICY = P")
	for address, code := range map[string]string{"192.0.2.7": "", "2001:db8::1": "390422", "198.51.100.1": "390422"} {
		srv.SetClientIP(netip.MustParseAddr(address))
		if a := login(t, srv, "", newForger().token()); a.Code != code {
			t.Errorf("from %s: %+v", address, a)
		}
	}
	mustRun(t, srv, "ALTER ACCOUNT UNSET NETWORK_POLICY")
	if a := login(t, srv, "", newForger().token()); !a.Success {
		t.Errorf("without a policy: %+v", a)
	}
}

func TestRefusesUnsupported(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	mustRun(t, srv, world)
	for script, named := range map[string]string{
		"BEGIN":                                      "BEGIN",
		"USE WAREHOUSE W":                            "USE WAREHOUSE",
		"CREATE OR REPLACE DATABASE D":               "CREATE OR",
		"CREATE STAGE F":                             "CREATE STAGE F",
		"CREATE AUTHENTICATION POLICY P":             "CREATE AUTHENTICATION POLICY P",
		"CREATE PASSWORD POLICY P":                   "CREATE PASSWORD",
		"ALTER ROLE R RENAME TO Q":                   "ALTER ROLE R RENAME",
		"ALTER WAREHOUSE W SUSPEND":                  "ALTER WAREHOUSE W SUSPEND",
		"DROP DATABASE D CASCADE":                    "DROP DATABASE D CASCADE",
		"GRANT OWNERSHIP ON DATABASE D TO ROLE R":    "OWNERSHIP",
		"GRANT READ ON FUTURE STAGES IN SCHEMA D.S":  "GRANT READ ON FUTURE",
		"GRANT USAGE ON DATABASE D TO R":             "GRANT USAGE ON DATABASE D TO R",
		"SHOW ROLES LIKE 'a'":                        "SHOW ROLES LIKE",
		"SHOW SCHEMAS":                               "SHOW SCHEMAS",
		"DESC TABLE D.S.T":                           "DESC TABLE",
		"SELECT * FROM D.S.T":                        "SELECT *",
		"SELECT 1 FROM D.S.T":                        "SELECT 1 FROM",
		"LS @D.S.F":                                  "LS",
		"LIST @F":                                    "LIST @F",
		"CREATE USER X FIRST_NAME = 'x'":             "invalid property 'FIRST_NAME'",
		"ALTER SESSION SET TIMEZONE = 'UTC'":         "invalid property 'TIMEZONE'",
		"EXECUTE IMMEDIATE $$BEGIN RETURN 1; END;$$": "BEGIN RETURN",
	} {
		_, err := srv.Run(script)
		if err == nil || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: %v", script, err)
		}
	}
}
