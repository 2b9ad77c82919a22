package snowflake_test

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

// An accountCase is a customer's account before the setup. The script, the tests and their fixes must lead to a
// connection, or stop with a text that names an object and a role.
type accountCase struct {
	name  string
	sql   string // what the account has, run as ACCOUNTADMIN
	setUp func(t *testing.T, c *account)

	stops  string // the beginning of the sentence with which the script stops, if it does
	advice string // what the administrator then does, by the sentence; run as ACCOUNTADMIN
	hint   string // the hint with which the tests stop, if a fix cannot help
	check  func(t *testing.T, c *account)
}

// useOwner continues as a role that the script's roles do not inherit.
const useOwner = `USE ROLE SECURITYADMIN; CREATE ROLE OWNER; GRANT ROLE OWNER TO USER ADMIN; USE ROLE ACCOUNTADMIN;
GRANT CREATE DATABASE, CREATE WAREHOUSE, CREATE ROLE, CREATE USER ON ACCOUNT TO ROLE OWNER; USE ROLE OWNER; `

const person = `USE ROLE USERADMIN; CREATE ROLE ANALYST; CREATE USER FLAGSMITH_SERVICE PASSWORD = 'a password' COMMENT = 'a person';
USE ROLE SECURITYADMIN; GRANT ROLE ANALYST TO USER FLAGSMITH_SERVICE; `

const withoutKeyPair = `CREATE DATABASE SECURITY; CREATE AUTHENTICATION POLICY SECURITY.PUBLIC.SSO AUTHENTICATION_METHODS = ('SAML', 'PASSWORD'); `

var accountCases = []accountCase{
	{name: "fresh account", setUp: func(t *testing.T, c *account) {
		if err := c.server.SetUpTrial(); err != nil {
			t.Fatal(err)
		}
	}},
	{name: "COMPUTE_WH of ACCOUNTADMIN", sql: "USE ROLE ACCOUNTADMIN; CREATE WAREHOUSE COMPUTE_WH WAREHOUSE_SIZE = LARGE", check: checkLarge("ACCOUNTADMIN")},
	{name: "COMPUTE_WH of a foreign role", sql: useOwner + "CREATE WAREHOUSE COMPUTE_WH WAREHOUSE_SIZE = LARGE", check: checkLarge("OWNER")},
	{name: "no COMPUTE_WH"},
	{
		name: "all objects of a foreign role",
		sql: useOwner + `CREATE WAREHOUSE COMPUTE_WH; CREATE DATABASE FLAGSMITH; CREATE SCHEMA FLAGSMITH.ANALYTICS;
CREATE STAGE FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE; CREATE ROLE FLAGSMITH_LOADER`,
	},
	{
		name: "all objects and the user of a foreign role",
		sql: useOwner + `CREATE WAREHOUSE COMPUTE_WH; CREATE DATABASE FLAGSMITH; CREATE SCHEMA FLAGSMITH.ANALYTICS;
CREATE STAGE FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE; CREATE ROLE FLAGSMITH_LOADER; CREATE USER FLAGSMITH_SERVICE`,
		stops:  "SECURITYADMIN may not change the user FLAGSMITH_SERVICE, which belongs to another role.",
		advice: "USE ROLE OWNER; ALTER USER FLAGSMITH_SERVICE SET RSA_PUBLIC_KEY = '$KEY';",
	},
	{
		name:   "the user of ACCOUNTADMIN",
		sql:    "USE ROLE ACCOUNTADMIN; CREATE USER FLAGSMITH_SERVICE TYPE = SERVICE",
		stops:  "SECURITYADMIN may not change the user FLAGSMITH_SERVICE, which belongs to another role.",
		advice: "ALTER USER FLAGSMITH_SERVICE SET RSA_PUBLIC_KEY = '$KEY';",
	},
	{
		name:   "the database of ACCOUNTADMIN",
		sql:    "USE ROLE ACCOUNTADMIN; CREATE DATABASE FLAGSMITH",
		stops:  "SYSADMIN may not create the schema FLAGSMITH.ANALYTICS, because the database FLAGSMITH belongs to another role.",
		advice: "$SENTENCE",
	},
	{
		name:   "the schema of ACCOUNTADMIN",
		sql:    "USE ROLE ACCOUNTADMIN; CREATE DATABASE FLAGSMITH; CREATE SCHEMA FLAGSMITH.ANALYTICS",
		stops:  "SYSADMIN may not create the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE, because the schema FLAGSMITH.ANALYTICS belongs to another role.",
		advice: "$SENTENCE",
	},
	{
		name:   "the schema of ACCOUNTADMIN in a database of SYSADMIN",
		sql:    "USE ROLE SYSADMIN; CREATE DATABASE FLAGSMITH; GRANT CREATE SCHEMA ON DATABASE FLAGSMITH TO ROLE ACCOUNTADMIN; USE ROLE ACCOUNTADMIN; CREATE SCHEMA FLAGSMITH.ANALYTICS",
		stops:  "SYSADMIN may not create the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE, because the schema FLAGSMITH.ANALYTICS belongs to another role.",
		advice: "$SENTENCE",
	},
	{name: "the stage of ACCOUNTADMIN", sql: `USE ROLE SYSADMIN; CREATE DATABASE FLAGSMITH; CREATE SCHEMA FLAGSMITH.ANALYTICS; USE ROLE ACCOUNTADMIN; CREATE STAGE FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE`},
	{name: "the role of ACCOUNTADMIN", sql: "USE ROLE ACCOUNTADMIN; CREATE ROLE FLAGSMITH_LOADER"},
	{name: "the user is a person", sql: person, check: checkPerson},
	{
		name: "the user is a service user with another key",
		sql:  "USE ROLE USERADMIN; CREATE USER FLAGSMITH_SERVICE TYPE = SERVICE RSA_PUBLIC_KEY = '$OTHERKEY' RSA_PUBLIC_KEY_2 = '$OTHERKEY'",
	},
	{
		name: "the user has another LOGIN_NAME",
		sql:  "USE ROLE USERADMIN; CREATE USER FLAGSMITH_SERVICE TYPE = SERVICE LOGIN_NAME = 'someone@example.com'",
		hint: `If DESC USER "FLAGSMITH_SERVICE"; shows another LOGIN_NAME, use another user`,
	},
	{name: "the account's authentication policy has no KEYPAIR", sql: withoutKeyPair + "ALTER ACCOUNT SET AUTHENTICATION POLICY SECURITY.PUBLIC.SSO"},
	{
		name: "the account folds quoted names", sql: "ALTER ACCOUNT SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE",
		setUp: func(t *testing.T, c *account) { c.withOddNames(t) },
	},
	{name: "the account folds quoted names, with default names", sql: "ALTER ACCOUNT SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE"},
	{
		name:  "the account blocks our address",
		sql:   "CREATE NETWORK POLICY OFFICE ALLOWED_IP_LIST = ('203.0.113.1'); ALTER ACCOUNT SET NETWORK_POLICY = OFFICE",
		setUp: func(_ *testing.T, c *account) { c.server.SetClientIP(netip.MustParseAddr("192.0.2.7")) },
	},
}

func TestEveryAccountConnects(t *testing.T) {
	t.Parallel()
	for _, tt := range accountCases {
		for _, who := range runners {
			t.Run(tt.name+", "+who.name, func(t *testing.T) {
				t.Parallel()
				c := newAccount(t, withEgress)
				keys := strings.NewReplacer("$KEY", c.keys.PublicKey, "$OTHERKEY", otherKeys().PublicKey)
				if tt.setUp != nil {
					tt.setUp(t, c)
				}
				c.run(t, keys.Replace(tt.sql))
				stop := who.tryRun(t, c, c.setup(t))
				if !strings.HasPrefix(stop, tt.stops) || (stop == "") != (tt.stops == "") {
					t.Fatalf("the script stopped with %q, want %q", stop, tt.stops)
				}
				if tt.advice == "$SENTENCE" {
					_, advice, _ := strings.Cut(stop, "Run this as SECURITYADMIN: ")
					advice, again, found := strings.Cut(advice, " Then run all of this again.")
					if !found || again != "" {
						t.Fatalf("the sentence has no advice: %s", stop)
					}
					c.run(t, "USE ROLE SECURITYADMIN; "+advice)
					if stop := who.tryRun(t, c, c.setup(t)); stop != "" {
						t.Fatalf("after the advice, the script stopped with %q", stop)
					}
				} else {
					c.run(t, keys.Replace(tt.advice))
				}
				if tt.hint != "" {
					if hint := stopsAt(t, c, who); !strings.Contains(hint, tt.hint) {
						t.Fatalf("the tests stopped at %q, want %q", hint, tt.hint)
					}
					return
				}
				connects(t, c, who)
				checkNoLeaks(t, c.server)
				if tt.check != nil {
					tt.check(t, c)
				}
			})
		}
	}
}

// connects tests the connection and runs the fix of each failure until a test passes.
func connects(t *testing.T, c *account, who runner) {
	t.Helper()
	for range 6 {
		_, failure := c.probe(t, longDeadline)
		if failure == nil {
			return
		}
		if failure.Fix == "" {
			t.Fatalf("%s has no fix: %s", failure.Code, failure.Message)
		}
		if stop := who.tryRun(t, c, failure.Fix); stop != "" {
			t.Fatalf("the fix of %s stopped with %q", failure.Code, stop)
		}
	}
	t.Fatal("the tests and their fixes loop")
}

// stopsAt tests the connection and runs fixes until a fix does not help. It returns the hint of that failure.
func stopsAt(t *testing.T, c *account, who runner) string {
	t.Helper()
	last := ""
	for range 6 {
		_, failure := c.probe(t, longDeadline)
		if failure == nil {
			t.Fatal("the account connects")
		}
		if failure.VendorCode == last {
			return failure.Hint
		}
		last = failure.VendorCode
		if stop := who.tryRun(t, c, failure.Fix); stop != "" {
			t.Fatalf("the fix of %s stopped with %q", failure.Code, stop)
		}
	}
	t.Fatal("the tests and their fixes loop")
	return ""
}

// tryRun runs a script. If it stops at one of its own exceptions, tryRun returns the sentence. It fails t for any
// other error.
func (w runner) tryRun(t *testing.T, c *account, script string) string {
	t.Helper()
	run := c.server.Run
	if w.roles != nil {
		run = func(script string) ([]snowflaketest.Result, error) { return c.server.RunAs(w.roles, script) }
	}
	_, err := run(script)
	if err == nil {
		return ""
	}
	var refused *snowflaketest.Error
	if !errors.As(err, &refused) || refused.Code != "-20001" {
		t.Fatal(err)
	}
	_, sentence, _ := strings.Cut(refused.Message, " : ")
	return sentence
}

// checkLarge checks that the one warehouse is unchanged.
func checkLarge(owner string) func(t *testing.T, c *account) {
	return func(t *testing.T, c *account) {
		t.Helper()
		rows := c.run(t, "USE ROLE "+owner+"; SHOW WAREHOUSES")[1].Rows
		if len(rows) != 1 || rows[0][4] != owner || rows[0][6] != "LARGE" {
			t.Errorf("the warehouses are %v, want COMPUTE_WH unchanged", rows)
		}
	}
}

// checkPerson checks that the person of the user still logs in as before, also after every fix for the user.
func checkPerson(t *testing.T, c *account) {
	t.Helper()
	user := c.run(t, "DESC USER FLAGSMITH_SERVICE")[0]
	for property, want := range map[string]string{"TYPE": "PERSON", "DEFAULT_SECONDARY_ROLES": `["ALL"]`, "COMMENT": "a person", "DEFAULT_ROLE": "null"} {
		if got := user.Property(property); got != want {
			t.Errorf("the person's %s is %s, want %s", property, got, want)
		}
	}
	var roles []string
	for _, row := range c.run(t, "SHOW GRANTS TO USER FLAGSMITH_SERVICE")[0].Rows {
		roles = append(roles, row[1])
	}
	slices.Sort(roles)
	if diff := cmp.Diff([]string{"ANALYST", "FLAGSMITH_LOADER"}, roles); diff != "" {
		t.Errorf("the person's roles (-want +got):\n%s", diff)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	off := "false"
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account: "xy12345", User: "FLAGSMITH_SERVICE", Password: "a password", Role: "ANALYST", Protocol: "http",
		Host: "127.0.0.1", Port: int(netip.MustParseAddrPort(c.server.Addr).Port()), MaxRetryCount: -1,
		Params: map[string]*string{"CLIENT_TELEMETRY_ENABLED": &off},
	}))
	if err := db.PingContext(ctx); err != nil {
		t.Errorf("the person cannot log in: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestFixesKeepPerson(t *testing.T) {
	t.Parallel()
	for name, breakage := range map[string]string{
		"no key":           "ALTER USER FLAGSMITH_SERVICE UNSET RSA_PUBLIC_KEY",
		"another key":      "ALTER USER FLAGSMITH_SERVICE SET RSA_PUBLIC_KEY = '" + otherKeys().PublicKey + "'",
		"disabled":         "ALTER USER FLAGSMITH_SERVICE SET DISABLED = TRUE",
		"locked":           "ALTER USER FLAGSMITH_SERVICE SET MINS_TO_UNLOCK = 15",
		"role not granted": "REVOKE ROLE FLAGSMITH_LOADER FROM USER FLAGSMITH_SERVICE",
		"role dropped":     "DROP ROLE FLAGSMITH_LOADER",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newAccount(t)
			c.run(t, person)
			c.run(t, c.setup(t))
			c.run(t, breakage)
			connects(t, c, runners[0])
			checkPerson(t, c)
		})
	}
}

// Fixes stop with a sentence too.
func TestFixesStopAtForeignObjects(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ sql, stops string }{
		"user": {
			"DROP USER FLAGSMITH_SERVICE; USE ROLE ACCOUNTADMIN; CREATE USER FLAGSMITH_SERVICE",
			"SECURITYADMIN may not change the user FLAGSMITH_SERVICE, which belongs to another role.",
		},
		"disabled user": {
			"DROP USER FLAGSMITH_SERVICE; USE ROLE ACCOUNTADMIN; CREATE USER FLAGSMITH_SERVICE RSA_PUBLIC_KEY = '$KEY' DISABLED = TRUE",
			"SECURITYADMIN may not change the user FLAGSMITH_SERVICE, which belongs to another role.",
		},
		"database": {
			"DROP DATABASE FLAGSMITH; USE ROLE ACCOUNTADMIN; CREATE DATABASE FLAGSMITH; GRANT USAGE ON DATABASE FLAGSMITH TO ROLE FLAGSMITH_LOADER",
			"SYSADMIN may not create the schema FLAGSMITH.ANALYTICS, because the database FLAGSMITH belongs to another role.",
		},
		"schema": {
			`DROP SCHEMA FLAGSMITH.ANALYTICS; GRANT CREATE SCHEMA ON DATABASE FLAGSMITH TO ROLE ACCOUNTADMIN; USE ROLE ACCOUNTADMIN; CREATE SCHEMA FLAGSMITH.ANALYTICS;
GRANT USAGE ON SCHEMA FLAGSMITH.ANALYTICS TO ROLE FLAGSMITH_LOADER`,
			"SYSADMIN may not create the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE, because the schema FLAGSMITH.ANALYTICS belongs to another role.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newSetUpAccount(t)
			c.run(t, strings.ReplaceAll(tt.sql, "$KEY", c.keys.PublicKey))
			_, failure := c.probe(t, longDeadline)
			if failure == nil {
				t.Fatal("the probe passed")
			}
			if stop := runners[0].tryRun(t, c, failure.Fix); !strings.HasPrefix(stop, tt.stops) {
				t.Errorf("the fix stopped with %q, want %q", stop, tt.stops)
			}
		})
	}
}
