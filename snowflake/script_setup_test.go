package snowflake_test

import (
	"bytes"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
)

var update = flag.Bool("update", false, "update the golden files")

// checkGolden compares text with a file in testdata.
func checkGolden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// goldenKey returns the public key of the golden files, of 4096 bits.
func goldenKey(t *testing.T) string {
	t.Helper()
	key, err := os.ReadFile("testdata/public_key.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(key))
}

func withEgress(o *snowflake.Options) {
	o.EgressAddresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("198.51.100.0/24")}
}

func TestSetupScriptGolden(t *testing.T) {
	t.Parallel()
	c := newAccount(t)
	script, err := c.connector.SetupScript(c.config, goldenKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(script, "-- Flagsmith Analytics\nUSE ROLE SYSADMIN;\n") {
		t.Errorf("the script begins %q", clip(script))
	}
	checkGolden(t, "setup.sql", script)

	odd := newAccount(t, withEgress).withOddNames(t)
	script, err = odd.connector.SetupScript(odd.config, goldenKey(t))
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "setup_odd_names.sql", script)
}

func TestSetupScriptErrors(t *testing.T) {
	t.Parallel()
	c := newAccount(t)
	for _, key := range []string{"", "MIICIjANBgkq...", "x'; DROP DATABASE \"FLAGSMITH\"; --", goldenKey(t) + "\n"} {
		if script, err := c.connector.SetupScript(c.config, key); err == nil {
			t.Errorf("with the key %q there is a script: %s", key, script)
		}
	}
	if _, err := c.connector.SetupScript("config", c.keys.PublicKey); err == nil {
		t.Error("a config that is a string makes a script")
	}
}

// A runner is an administrator with some roles.
type runner struct {
	name  string
	roles []string // nil for ACCOUNTADMIN
}

var runners = []runner{
	{"SYSADMIN and SECURITYADMIN", []string{"SYSADMIN", "SECURITYADMIN"}},
	{"ACCOUNTADMIN", nil},
}

func (w runner) run(t *testing.T, c *account, script string) {
	t.Helper()
	var err error
	if w.roles == nil {
		_, err = c.server.Run(script)
	} else {
		_, err = c.server.RunAs(w.roles, script)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// state returns all objects and grants in an account.
func (c *account) state(t *testing.T) map[string][][]string {
	t.Helper()
	state := make(map[string][][]string)
	for _, result := range c.run(t, `SHOW WAREHOUSES; SHOW DATABASES; SHOW SCHEMAS IN ACCOUNT; SHOW STAGES IN ACCOUNT; SHOW TABLES IN ACCOUNT;
SHOW ROLES; SHOW USERS; SHOW NETWORK POLICIES; SHOW RESOURCE MONITORS`) {
		state[result.Statement] = result.Rows
	}
	for _, role := range state["SHOW ROLES"] {
		name := snowflake.Identifier(`"` + strings.ReplaceAll(role[1], `"`, `""`) + `"`)
		for _, result := range c.run(t, "SHOW GRANTS TO ROLE "+name.SQL()+"; SHOW GRANTS OF ROLE "+name.SQL()) {
			state[result.Statement] = result.Rows
		}
	}
	for _, user := range state["SHOW USERS"] {
		statement := `DESC USER "` + strings.ReplaceAll(user[1], `"`, `""`) + `"`
		state[statement] = c.run(t, statement)[0].Rows
	}
	return state
}

func TestSetupScriptGrants(t *testing.T) {
	t.Parallel()
	for _, who := range runners {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []*account{newAccount(t), newAccount(t).withOddNames(t)} {
				script := c.setup(t)
				who.run(t, c, script)
				c.mustPass(t)
				checkGrants(t, c)
				first := c.state(t)
				who.run(t, c, script)
				if diff := cmp.Diff(first, c.state(t)); diff != "" {
					t.Errorf("a second run changed the account (-first +second):\n%s", diff)
				}
				user := c.run(t, "DESC USER "+c.config.User.SQL())[0]
				for property, want := range map[string]string{
					"TYPE": "SERVICE", "DEFAULT_SECONDARY_ROLES": "[]", "RSA_PUBLIC_KEY": c.keys.PublicKey, "PASSWORD": "null",
				} {
					if got := user.Property(property); got != want {
						t.Errorf("the user's %s is %s, want %s", property, got, want)
					}
				}
				if fingerprint := user.Property("RSA_PUBLIC_KEY_FP"); !strings.Contains(script, "-- "+fingerprint+"\n") {
					t.Errorf("the script does not name the fingerprint %s", fingerprint)
				}
			}
		})
	}
}

// checkGrants checks that the role has only the privileges that loading needs, and the user only the role.
func checkGrants(t *testing.T, c *account) {
	t.Helper()
	schema := string(c.config.Database) + "." + string(c.config.Schema)
	stage := schema + "." + string(c.config.Stage)
	want := []string{
		"CREATE TABLE SCHEMA " + schema,
		"READ STAGE " + stage,
		"USAGE DATABASE " + string(c.config.Database),
		"USAGE SCHEMA " + schema,
		"USAGE WAREHOUSE " + string(c.config.Warehouse),
		"WRITE STAGE " + stage,
	}
	var got []string
	for _, row := range c.run(t, "SHOW GRANTS TO ROLE "+c.config.Role.SQL())[0].Rows {
		// created_on, privilege, granted_on, name, granted_to, grantee_name, grant_option, granted_by
		grant := row[1] + " " + row[2] + " " + row[3]
		if got = append(got, grant); row[6] != "false" {
			t.Errorf("the role may pass on %s", grant)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("privileges of the role (-want +got):\n%s", diff)
	}
	var roles []string
	for _, row := range c.run(t, "SHOW GRANTS TO USER "+c.config.User.SQL())[0].Rows {
		roles = append(roles, row[1])
	}
	if diff := cmp.Diff([]string{c.config.Role.Name()}, roles); diff != "" {
		t.Errorf("the user's roles (-want +got):\n%s", diff)
	}
	for _, row := range c.run(t, "SHOW GRANTS OF ROLE "+c.config.Role.SQL())[0].Rows {
		if row[2] == "ROLE" {
			t.Errorf("the role is granted to the role %s", row[3])
		}
	}
}

func TestSetupScriptKeepsExistingObjects(t *testing.T) {
	t.Parallel()
	for _, who := range runners {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			c := newAccount(t)
			// Owned by roles that SYSADMIN and USERADMIN inherit.
			c.run(t, `USE ROLE USERADMIN; CREATE ROLE DATA_TEAM; CREATE ROLE PEOPLE_TEAM;
USE ROLE SECURITYADMIN; GRANT ROLE DATA_TEAM TO ROLE SYSADMIN; GRANT ROLE PEOPLE_TEAM TO ROLE USERADMIN;
USE ROLE ACCOUNTADMIN; GRANT CREATE DATABASE, CREATE WAREHOUSE ON ACCOUNT TO ROLE DATA_TEAM; GRANT CREATE USER, CREATE ROLE ON ACCOUNT TO ROLE PEOPLE_TEAM;
GRANT ROLE DATA_TEAM TO USER ADMIN; GRANT ROLE PEOPLE_TEAM TO USER ADMIN;
USE ROLE DATA_TEAM; CREATE WAREHOUSE COMPUTE_WH WAREHOUSE_SIZE = LARGE AUTO_SUSPEND = 600;
CREATE DATABASE FLAGSMITH; CREATE SCHEMA FLAGSMITH.ANALYTICS; CREATE STAGE FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE COMMENT = 'ours';
CREATE TABLE FLAGSMITH.ANALYTICS.EVENTS (ID NUMBER);
USE ROLE PEOPLE_TEAM; CREATE ROLE FLAGSMITH_LOADER; CREATE USER FLAGSMITH_SERVICE RSA_PUBLIC_KEY_2 = '`+otherKeys().PublicKey+`' COMMENT = 'ours';`)
			if err := c.server.PutFile("FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE", "kept.csv", 1); err != nil {
				t.Fatal(err)
			}
			before := c.state(t)
			second := c.run(t, "DESC USER FLAGSMITH_SERVICE")[0].Property("RSA_PUBLIC_KEY_2_FP")

			who.run(t, c, c.setup(t))
			c.mustPass(t)
			after := c.state(t)
			for _, kind := range []string{"SHOW WAREHOUSES", "SHOW DATABASES", "SHOW SCHEMAS IN ACCOUNT", "SHOW STAGES IN ACCOUNT", "SHOW TABLES IN ACCOUNT", "SHOW ROLES", "SHOW USERS"} {
				if diff := cmp.Diff(before[kind], after[kind]); diff != "" {
					t.Errorf("%s (-before +after):\n%s", kind, diff)
				}
			}
			if files := c.run(t, "LIST @FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE")[0].Rows; len(files) != 1 {
				t.Errorf("files in the stage: %v", files)
			}
			if got := c.run(t, "DESC USER FLAGSMITH_SERVICE")[0].Property("RSA_PUBLIC_KEY_2_FP"); got != second || got == "null" {
				t.Errorf("the user's second key was %s and is %s", second, got)
			}
		})
	}
}

// uncommented returns the optional statements of a script: comments that end in a semicolon.
func uncommented(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		if statement, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(statement, ";\n") {
			b.WriteString(statement)
		}
	}
	return b.String()
}

func TestSetupScriptOptionalParts(t *testing.T) {
	t.Parallel()
	for _, c := range []*account{newSetUpAccount(t, withEgress), newAccount(t, withEgress).withOddNames(t)} {
		c.run(t, c.setup(t))
		c.server.SetClientIP(netip.MustParseAddr("192.0.2.7"))
		c.run(t, "USE ROLE SECURITYADMIN; CREATE NETWORK POLICY OFFICE ALLOWED_IP_LIST = ('203.0.113.1'); USE ROLE ACCOUNTADMIN; ALTER ACCOUNT SET NETWORK_POLICY = OFFICE;")
		if _, failure := c.probe(t, longDeadline); failure == nil {
			t.Error("the account's policy lets the probe in")
		}
		optional := uncommented(c.setup(t))
		c.run(t, optional)
		c.run(t, optional) // again
		c.mustPass(t)
		c.run(t, "USE ROLE SYSADMIN; LIST "+`'@`+strings.ReplaceAll(c.config.Database.SQL()+"."+c.config.Schema.SQL()+"."+c.config.Stage.SQL(), "'", "''")+`'`)
	}
}

func TestSchemaPrivileges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		privileges []string
		grant      string
		comment    string
	}{
		{nil, "GRANT USAGE, CREATE TABLE ON SCHEMA ", "create its own tables in the\n"},
		{[]string{"CREATE STAGE"}, "GRANT USAGE, CREATE TABLE, CREATE STAGE ON SCHEMA ", "create its own tables and stages in the\n"},
		{
			[]string{"CREATE VIEW", "CREATE STAGE", "CREATE FILE FORMAT", "CREATE PIPE", "CREATE VIEW"},
			"GRANT USAGE, CREATE TABLE, CREATE FILE FORMAT, CREATE PIPE, CREATE STAGE, CREATE VIEW ON SCHEMA ",
			"create its own tables, file formats, pipes, stages and views in the\n",
		},
	} {
		c := newAccount(t, func(o *snowflake.Options) { o.SchemaPrivileges = tt.privileges })
		script := c.setup(t)
		if !strings.Contains(script, tt.grant) || !strings.Contains(script, tt.comment) {
			t.Errorf("with %q, the script has no %q or no %q", tt.privileges, tt.grant, tt.comment)
		}
		runners[0].run(t, c, script)
		c.mustPass(t)
		c.run(t, "REVOKE ALL ON SCHEMA FLAGSMITH.ANALYTICS FROM ROLE FLAGSMITH_LOADER")
		_, failure := c.probe(t, longDeadline)
		if failure == nil || !strings.Contains(failure.Fix, tt.grant) {
			t.Errorf("with %q, the fix is %v", tt.privileges, failure)
		}
	}
}

// The role owns the tables that it creates, so it may insert, copy and merge into them, and may do nothing with others.
func TestRoleOwnsItsTables(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	c.run(t, `USE ROLE SYSADMIN; CREATE TABLE FLAGSMITH.ANALYTICS.OTHERS (ID NUMBER);
USE ROLE SECURITYADMIN; GRANT ROLE FLAGSMITH_LOADER TO USER ADMIN; USE ROLE FLAGSMITH_LOADER; CREATE TABLE FLAGSMITH.ANALYTICS.EVENTS (ID NUMBER); LIST @FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE`)
	var tables []string
	for _, row := range c.run(t, "SHOW GRANTS TO ROLE FLAGSMITH_LOADER")[0].Rows {
		if row[2] == "TABLE" {
			tables = append(tables, row[1]+" "+row[3])
		}
	}
	if diff := cmp.Diff([]string{"OWNERSHIP FLAGSMITH.ANALYTICS.EVENTS"}, tables); diff != "" {
		t.Errorf("the role's tables (-want +got):\n%s", diff)
	}
	for _, statement := range []string{
		"CREATE STAGE FLAGSMITH.ANALYTICS.X", "CREATE SCHEMA FLAGSMITH.X", "CREATE WAREHOUSE X", "CREATE DATABASE X", "CREATE USER X", "DROP TABLE FLAGSMITH.ANALYTICS.OTHERS",
	} {
		if _, err := c.server.RunAs([]string{"FLAGSMITH_LOADER"}, statement); err == nil {
			t.Errorf("the role may %s", statement)
		}
	}
}
