package snowflake_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

// Statements of fixes, with the default names.
const (
	useSysadmin      = "USE ROLE SYSADMIN;"
	useUseradmin     = "USE ROLE USERADMIN;"
	useSecurityadmin = "USE ROLE SECURITYADMIN;"

	grantRole      = `GRANT ROLE "FLAGSMITH_LOADER" TO USER "FLAGSMITH_SERVICE";`
	grantWarehouse = `GRANT USAGE ON WAREHOUSE "COMPUTE_WH" TO ROLE "FLAGSMITH_LOADER";`
	grantDatabase  = `GRANT USAGE ON DATABASE "FLAGSMITH" TO ROLE "FLAGSMITH_LOADER";`
	grantSchema    = `GRANT USAGE, CREATE TABLE ON SCHEMA "FLAGSMITH"."ANALYTICS" TO ROLE "FLAGSMITH_LOADER";`
	readStage      = `GRANT READ ON STAGE "FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE" TO ROLE "FLAGSMITH_LOADER";`
	writeStage     = `GRANT WRITE ON STAGE "FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE" TO ROLE "FLAGSMITH_LOADER";`
)

// A refusal is one of Snowflake's errors, and its expected diagnosis.
type refusal struct {
	number, state, message string

	code warehouse.Code
	hint string
	fix  []string
}

const (
	noWarehouse  = "The warehouse COMPUTE_WH does not exist, or the role FLAGSMITH_LOADER may not use it."
	noDatabase   = "The database FLAGSMITH does not exist, or the role FLAGSMITH_LOADER may not use it."
	noSchema     = "The schema FLAGSMITH.ANALYTICS does not exist, or the role FLAGSMITH_LOADER may not use it."
	noStage      = "The stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE does not exist, or the role FLAGSMITH_LOADER has no privilege on it."
	noRole       = "The role FLAGSMITH_LOADER does not exist, or is not granted to the user FLAGSMITH_SERVICE."
	noPlace      = "The database, schema or stage of FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE does not exist, or the role FLAGSMITH_LOADER has no privilege on it."
	noFactor     = "Snowflake requires a second factor for the user FLAGSMITH_SERVICE, because it is not a service user."
	suspended    = "The Snowflake account is suspended, or its trial has ended. Open “Billing” in Snowsight, or contact Snowflake's support."
	noIdea       = "Snowflake's message shows the cause. If it does not help, run the setup script again. Then test again."
	ours         = "This problem is on our side, not in your Snowflake account. Please tell us about it."
	invalidTime  = "Snowflake did not accept the time of our login. Our clock may be wrong. " + ours
	invalidToken = "Snowflake did not accept the form or the signature of our login. " + ours
	sessionEnded = "Snowflake ended the session during the test. An administrator may have done this. Test again."
	otherLogin   = `We log in with the name FLAGSMITH_SERVICE. If DESC USER "FLAGSMITH_SERVICE"; shows another LOGIN_NAME, use another user: the fix does not change it.`
	blocked      = "A network policy of the Snowflake account blocks our address, which is in the message. Allow it for the user FLAGSMITH_SERVICE."
)

var refusals = []refusal{
	{
		"390100", "08004", "Incorrect username or password was specified.",
		warehouse.CodeAuthenticationFailed, "The user FLAGSMITH_SERVICE does not exist, or has no public key.",
		[]string{useUseradmin, createRole, createUser, useSecurityadmin, grantRole, setKey("KEY")},
	},
	{
		"390202", "08004", "Authentication attempt rejected by the current authentication policy.",
		warehouse.CodeAuthenticationPolicy,
		"An authentication policy of the account or of the user FLAGSMITH_SERVICE does not allow key pairs. The fix sets a policy for this user, who can then log in with a key only." +
			` If the user has a policy already, first run ALTER USER "FLAGSMITH_SERVICE" UNSET AUTHENTICATION POLICY;`,
		[]string{
			useSecurityadmin,
			`GRANT USAGE ON DATABASE "FLAGSMITH" TO ROLE SECURITYADMIN;`,
			`GRANT USAGE, CREATE AUTHENTICATION POLICY ON SCHEMA "FLAGSMITH"."ANALYTICS" TO ROLE SECURITYADMIN;`,
			`CREATE AUTHENTICATION POLICY IF NOT EXISTS "FLAGSMITH"."ANALYTICS"."FLAGSMITH_AUTHENTICATION" AUTHENTICATION_METHODS = ('KEYPAIR');`,
			`ALTER AUTHENTICATION POLICY "FLAGSMITH"."ANALYTICS"."FLAGSMITH_AUTHENTICATION" SET AUTHENTICATION_METHODS = ('KEYPAIR');`,
			`ALTER USER "FLAGSMITH_SERVICE" SET AUTHENTICATION POLICY "FLAGSMITH"."ANALYTICS"."FLAGSMITH_AUTHENTICATION";`,
		},
	},
	{
		"394300", "08004", "JWT_TOKEN_INVALID_USER_IN_ISSUER", warehouse.CodeAuthenticationFailed,
		"No user has the login name FLAGSMITH_SERVICE. The user does not exist, has another LOGIN_NAME, or is in another account. The fix creates the user and sets our key. " + otherLogin,
		[]string{useUseradmin, createRole, createUser, useSecurityadmin, grantRole, setKey("KEY")},
	},
	{
		"394304", "08004", "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH", warehouse.CodeAuthenticationFailed,
		"The user FLAGSMITH_SERVICE has another key. The fix sets ours." +
			` To check the key first, run DESC USER "FLAGSMITH_SERVICE"; and compare RSA_PUBLIC_KEY_FP with ours: FINGERPRINT.` +
			" If another connection uses the same user, use a different user for each. They replace each other's key.",
		[]string{useUseradmin, createRole, createUser, useSecurityadmin, grantRole, setKey("KEY")},
	},
	{"394301", "08004", "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME", warehouse.CodeServerError, invalidToken, nil},
	{"394302", "08004", "JWT_TOKEN_INVALID_ISSUE_TIME", warehouse.CodeServerError, invalidTime, nil},
	{"394303", "08004", "JWT_TOKEN_INVALID_EXPIRATION_TIME", warehouse.CodeServerError, invalidTime, nil},
	{"394305", "08004", "JWT_TOKEN_INVALID_ALGORITHM", warehouse.CodeServerError, invalidToken, nil},
	{"394306", "08004", "JWT_TOKEN_INVALID_SIGNATURE", warehouse.CodeServerError, invalidToken, nil},
	{
		"394307", "08004", "JWT_TOKEN_ACCOUNT_MISMATCH", warehouse.CodeAuthenticationFailed,
		"The login is for another account than the one that answered. Check the account identifier. Snowsight shows it in the account menu under “View account details”.", nil,
	},
	{
		"390101", "08004", "User access disabled. Contact your local system administrator.",
		warehouse.CodeUserDisabled, "The user FLAGSMITH_SERVICE is disabled.",
		[]string{useSecurityadmin, alterUser("DISABLED = FALSE")},
	},
	{
		"390102", "08004", "User temporarily locked. Try again later, or contact your local system administrator.",
		warehouse.CodeUserLocked, "The user FLAGSMITH_SERVICE is locked after several failed logins. Snowflake unlocks it after 15 minutes. The fix unlocks it now.",
		[]string{useSecurityadmin, alterUser("MINS_TO_UNLOCK = 0")},
	},
	{
		"390186", "08004", "Role 'FLAGSMITH_LOADER' specified in the connect string is not granted to this user. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.",
		warehouse.CodeRoleNotGranted, noRole, []string{useUseradmin, createRole, useSecurityadmin, grantRole},
	},
	{
		"390189", "08004", "Role 'FLAGSMITH_LOADER' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.",
		warehouse.CodeRoleNotGranted, noRole, []string{useUseradmin, createRole, useSecurityadmin, grantRole},
	},
	{
		"390201", "08004", "The requested warehouse does not exist or not authorized.",
		warehouse.CodeWarehouseInaccessible, noWarehouse, []string{useSysadmin, createWarehouse, useSecurityadmin, grantWarehouse},
	},
	{
		"390201", "08004", "The requested database does not exist or not authorized.",
		warehouse.CodeDatabaseInaccessible, noDatabase, []string{useSysadmin, createDatabase, useSecurityadmin, grantDatabase},
	},
	{
		"390201", "08004", "The requested schema does not exist or not authorized.",
		warehouse.CodeSchemaInaccessible, noSchema, []string{useSysadmin, createSchema, useSecurityadmin, grantSchemaOrStop},
	},
	{"390420", "08004", "Incoming request with IP/Token 192.0.2.7 is not allowed to access Snowflake.", warehouse.CodeNetworkBlocked, blocked, nil},
	{"390422", "08004", "Incoming request with IP/Token 192.0.2.7 is not allowed to access Snowflake.", warehouse.CodeNetworkBlocked, blocked, nil},
	{"390913", "08004", "Your free trial has ended and all of your virtual warehouses have been suspended.", warehouse.CodeAccountSuspended, suspended, nil},
	{"000666", "57014", "Your account is suspended due to lack of payment method.", warehouse.CodeAccountSuspended, suspended, nil},
	{
		"394507", "08004", "Multi-factor authentication is required for this account.",
		warehouse.CodeMFARequired, noFactor, []string{useSecurityadmin, typeWarning, alterUser("TYPE = SERVICE")},
	},
	{
		"394508", "08004", "Multi-factor authentication is required for this account.",
		warehouse.CodeMFARequired, noFactor, []string{useSecurityadmin, typeWarning, alterUser("TYPE = SERVICE")},
	},
	{
		"394633", "08004", "Multi-factor authentication is required for this account.",
		warehouse.CodeMFARequired, noFactor, []string{useSecurityadmin, typeWarning, alterUser("TYPE = SERVICE")},
	},
	{
		"002043", "02000", "SQL compilation error:\nObject does not exist, or operation cannot be performed.",
		warehouse.CodeStageInaccessible, noPlace,
		[]string{
			useSysadmin, createDatabase, useSecurityadmin, grantDatabase,
			useSysadmin, createSchema, useSecurityadmin, grantSchemaOrStop,
			useSysadmin, createStage, useSecurityadmin, grantStageOrStop,
		},
	},
	{
		"002003", "02000", "SQL compilation error:\nStage 'FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE' does not exist or not authorized.",
		warehouse.CodeStageInaccessible, noStage, []string{useSysadmin, createStage, useSecurityadmin, grantStageOrStop},
	},
	{
		"002003", "02000", "SQL compilation error:\nDatabase 'FLAGSMITH' does not exist or not authorized.",
		warehouse.CodeDatabaseInaccessible, noDatabase, []string{useSysadmin, createDatabase, useSecurityadmin, grantDatabase},
	},
	{
		"002003", "02000", "SQL compilation error:\nSchema 'FLAGSMITH.ANALYTICS' does not exist or not authorized.",
		warehouse.CodeSchemaInaccessible, noSchema, []string{useSysadmin, createSchema, useSecurityadmin, grantSchemaOrStop},
	},
	{
		"003001", "42501", "SQL access control error:\nInsufficient privileges to operate on stage 'FLAGSMITH_STAGE'.",
		warehouse.CodeInsufficientPrivileges, "The role FLAGSMITH_LOADER may not read the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE.",
		[]string{useSecurityadmin, readStage},
	},
	{
		"003001", "42501", "SQL access control error: Insufficient privileges to operate on warehouse 'COMPUTE_WH'",
		warehouse.CodeInsufficientPrivileges, "The role FLAGSMITH_LOADER may not use the warehouse COMPUTE_WH.", []string{useSecurityadmin, grantWarehouse},
	},
	{
		"003001", "42501", "SQL access control error:\nInsufficient privileges to operate on database 'FLAGSMITH'.",
		warehouse.CodeInsufficientPrivileges, "The role FLAGSMITH_LOADER may not use the database FLAGSMITH.", []string{useSecurityadmin, grantDatabase},
	},
	{
		"003001", "42501", "SQL access control error:\nInsufficient privileges to operate on schema 'ANALYTICS'.",
		warehouse.CodeInsufficientPrivileges, "The role FLAGSMITH_LOADER may not use the schema FLAGSMITH.ANALYTICS.", []string{useSecurityadmin, grantSchema},
	},
	{
		"003001", "42501", "SQL access control error:\nInsufficient privileges to operate on account 'XY12345'.",
		warehouse.CodeInsufficientPrivileges, "The role FLAGSMITH_LOADER lacks a privilege. The fix grants all that it needs.",
		[]string{useSecurityadmin, grantWarehouse, grantDatabase, grantSchema, readStage, writeStage},
	},
	{
		"003102", "42501", "Grant not executed: Insufficient privileges.",
		warehouse.CodeInsufficientPrivileges, "The role FLAGSMITH_LOADER lacks a privilege. The fix grants all that it needs.",
		[]string{useSecurityadmin, grantWarehouse, grantDatabase, grantSchema, readStage, writeStage},
	},
	{
		"090073", "22000", "Warehouse 'COMPUTE_WH' cannot be resumed because resource monitor 'M' has exceeded its quota.",
		warehouse.CodeQuotaExceeded, "A resource monitor has stopped the warehouse COMPUTE_WH, because its credits are used up. Raise the monitor's quota, or wait for its next period.", nil,
	},
	{
		"000606", "57P03", "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
		warehouse.CodeWarehouseInaccessible, noWarehouse, []string{useSysadmin, createWarehouse, useSecurityadmin, grantWarehouse},
	},
	{
		"090105", "22000", "Cannot perform SELECT. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.",
		warehouse.CodeDatabaseInaccessible, noDatabase, []string{useSysadmin, createDatabase, useSecurityadmin, grantDatabase},
	},
	{
		"090106", "22000", "Cannot perform SELECT. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.",
		warehouse.CodeSchemaInaccessible, noSchema, []string{useSysadmin, createSchema, useSecurityadmin, grantSchemaOrStop},
	},
	{
		"000630", "57014", "Statement reached its statement or warehouse timeout of 4 second(s) and was canceled.", warehouse.CodeTimeout,
		"Snowflake accepted the login, but did not finish a statement in the time that this test has. Try again in a few minutes. status.snowflake.com shows whether Snowflake has a problem.", nil,
	},
	{"390104", "08001", "Session token is invalid.", warehouse.CodeVendorUnavailable, sessionEnded, nil},
	{"390111", "08001", "Session no longer exists.  New login required to access the service.", warehouse.CodeVendorUnavailable, sessionEnded, nil},
	{"390112", "08001", "Your session has expired. Please login again.", warehouse.CodeVendorUnavailable, sessionEnded, nil},
	{"604", "57014", "SQL execution canceled", warehouse.CodeUnknown, noIdea, nil},
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	fingerprint := c.run(t, `DESC USER "FLAGSMITH_SERVICE"`)[0].Property("RSA_PUBLIC_KEY_FP")
	for _, r := range refusals {
		t.Run(r.number+" "+clip(r.message), func(t *testing.T) {
			point := snowflaketest.AtList
			if r.state == "08004" {
				point = snowflaketest.AtLogin
			}
			c.server.Inject(point, snowflaketest.Refusal(r.number, r.state, r.message))
			defer c.server.Clear()
			_, failure := c.probe(t, longDeadline)
			if failure == nil {
				t.Fatal("the probe passed")
			}
			want := warehouse.ProbeError{
				Step: "list_stage", Code: r.code, VendorCode: r.number, Message: r.message, Hint: strings.ReplaceAll(r.hint, "FINGERPRINT", fingerprint),
				Fix: strings.ReplaceAll(strings.Join(r.fix, "\n"), "'KEY'", "'"+c.keys.PublicKey+"'"),
			}
			if point == snowflaketest.AtLogin {
				want.Step = "authenticate"
			}
			if r.number == "604" {
				want.VendorCode = "000604"
			}
			c.checkServerError(t, failure)
			got := *failure
			got.Err = nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("probe error (-want +got):\n%s", diff)
			}
		})
	}
}

func clip(s string) string { return s[:min(len(s), 60)] }

func TestMessageIsUnchanged(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	for _, message := range []string{
		"%s %d %!", "a\tb\r\nc ", " “quoted” 'and' \"more\" ", "https://x.test/?requestId=1", "\u2028ü\x00", strings.Repeat("long ", 20_000),
	} {
		for _, m := range probeSteps {
			c.server.Inject(m.point, snowflaketest.Refusal("390144", "08004", message))
			_, failure := c.probe(t, longDeadline)
			c.server.Clear()
			if failure == nil || failure.Message != message {
				t.Errorf("at %s, message %q became %v", m.point, clip(message), failure)
			}
		}
	}
}

func TestKeyHint(t *testing.T) {
	t.Parallel()
	c := newAccount(t) // the user does not exist
	_, failure := c.probe(t, longDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	login := c.server.Logins()[0]
	uuid := strings.TrimSuffix(strings.TrimPrefix(login.Message, "JWT token is invalid. ["), "]")
	details := c.run(t, "SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('"+uuid+"');")
	if !strings.Contains(details[0].Status(), login.Reason) {
		t.Errorf("the UUID of the hint identifies %q, want %s", details[0].Status(), login.Reason)
	}
	c.run(t, c.setup(t))
	fingerprint := c.run(t, `DESC USER "FLAGSMITH_SERVICE"`)[0].Property("RSA_PUBLIC_KEY_FP")

	want := "Snowflake did not accept our key for the user FLAGSMITH_SERVICE. The user does not exist, has another key or another LOGIN_NAME, or is in another account." +
		" The fix creates the user and sets our key." +
		` To check the key first, run DESC USER "FLAGSMITH_SERVICE"; and compare RSA_PUBLIC_KEY_FP with ours: ` + fingerprint + ". " + otherLogin +
		" To see the reason that Snowflake recorded, run SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('" + uuid + "'); as ACCOUNTADMIN." +
		" If another connection uses the same user, use a different user for each. They replace each other's key."
	if diff := cmp.Diff(want, failure.Hint); diff != "" {
		t.Errorf("the hint (-want +got):\n%s", diff)
	}
	fix := strings.Join([]string{
		useUseradmin, createRole, createUser, useSecurityadmin, grantRole, setKey(c.keys.PublicKey),
	}, "\n")
	if diff := cmp.Diff(fix, failure.Fix); diff != "" {
		t.Errorf("the fix (-want +got):\n%s", diff)
	}
}

func TestKeyHintClockSkew(t *testing.T) {
	t.Parallel()
	const rest = " Snowflake's. This alone makes logins fail, and we have to correct it. Please tell us about it."
	for offset, want := range map[time.Duration]string{
		5 * time.Minute:      "Our clock is about 5 minutes behind" + rest,
		-3 * time.Minute:     "Our clock is about 3 minutes ahead of" + rest,
		-30 * time.Second:    "Snowflake did not accept our key",
		24 * 365 * time.Hour: "Our clock is about 8760 hours behind" + rest,
	} {
		t.Run(offset.String(), func(t *testing.T) {
			t.Parallel()
			c := newSetUpAccount(t)
			c.server.SetClock(func() time.Time { return time.Now().Add(offset) })
			c.server.Inject(snowflaketest.AtLogin, snowflaketest.Refusal("390144", "08004", "JWT token is invalid."))
			_, failure := c.probe(t, longDeadline)
			if failure == nil {
				t.Fatal("the probe passed")
			}
			if !strings.HasPrefix(failure.Hint, want) {
				t.Errorf("the hint is %q, want it to begin %q", failure.Hint, want)
			}
			code := warehouse.CodeServerError
			if offset == -30*time.Second {
				code = warehouse.CodeAuthenticationFailed
			}
			if failure.Code != code {
				t.Errorf("the code is %s, want %s", failure.Code, code)
			}
			c.checkServerError(t, failure)
		})
	}
}

func TestKindIn(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"SQL compilation error:\nStage 'DB.\"role\".\"it's a warehouse\"' does not exist or not authorized.":                                                                 "stage",
		"SQL access control error:\nInsufficient privileges to operate on schema 'WAREHOUSE'. Your primary role STAGE must have USAGE granted on SCHEMA DATABASE.WAREHOUSE.": "schema",
		"The requested database does not exist or not authorized.":                                                                                                           "database",
		"Insufficient privileges to operate on account 'ROLE'.":                                                                                                              "",
		"Object does not exist, or operation cannot be performed.":                                                                                                           "",
		"":                       "",
		"'":                      "",
		"Warehouses are of use.": "",
	} {
		if got := snowflake.KindIn(message); got != want {
			t.Errorf("%q is about %q, want %q", message, got, want)
		}
	}
}

func TestNetworkBlockedFix(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t, func(o *snowflake.Options) {
		o.EgressAddresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("198.51.100.0/24")}
	})
	c.server.SetClientIP(netip.MustParseAddr("198.51.100.9"))
	c.run(t, "CREATE NETWORK POLICY OFFICE ALLOWED_IP_LIST = ('203.0.113.1'); ALTER ACCOUNT SET NETWORK_POLICY = OFFICE;")
	// A policy with our name, from an earlier fix with another address.
	c.run(t, "USE ROLE SECURITYADMIN; CREATE NETWORK POLICY FLAGSMITH_POLICY ALLOWED_IP_LIST = ('203.0.113.2');")
	_, failure := c.probe(t, longDeadline)
	if failure == nil {
		t.Fatal("the probe passed")
	}
	want := "A network policy of the Snowflake account blocks our address. Allow 192.0.2.7, 198.51.100.0/24 for the user FLAGSMITH_SERVICE. The fix does this with a policy for this user only."
	if failure.Code != warehouse.CodeNetworkBlocked || failure.Hint != want {
		t.Errorf("Probe error: %s: %s", failure.Code, failure.Hint)
	}
	if _, err := c.server.RunAs([]string{"SECURITYADMIN"}, failure.Fix); err != nil {
		t.Fatal(err)
	}
	c.mustPass(t)
}
