package snowflake

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// This file has every CREATE, ALTER and GRANT statement. The setup script and the fixes
// share them, so they cannot disagree.

// SYSADMIN creates objects, USERADMIN roles and users. SECURITYADMIN can grant on any
// object and creates network policies. Only ACCOUNTADMIN creates resource monitors.
const (
	sysadmin      = "SYSADMIN"
	useradmin     = "USERADMIN"
	securityadmin = "SECURITYADMIN"
	accountadmin  = "ACCOUNTADMIN"
)

// createWarehouse carries on if the warehouse exists and SYSADMIN has no privilege on it,
// as on COMPUTE_WH in a new account, which ACCOUNTADMIN owns. SECURITYADMIN can still
// grant on it. The same is true of the other objects.
func (c *Config) createWarehouse() string {
	return c.create("warehouse", string(c.Warehouse), sysadmin, fmt.Sprintf(
		"CREATE WAREHOUSE IF NOT EXISTS %s WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;", c.Warehouse.SQL()))
}

func (c *Config) createDatabase() string {
	return c.create("database", string(c.Database), sysadmin, fmt.Sprintf("CREATE DATABASE IF NOT EXISTS %s;", c.Database.SQL()))
}

func (c *Config) createRole() string {
	return c.create("role", string(c.Role), useradmin, fmt.Sprintf("CREATE ROLE IF NOT EXISTS %s;", c.Role.SQL()))
}

// createUser sets the type and the secondary roles of a new user only: they would end the
// logins of a person. DEFAULT_SECONDARY_ROLES is ALL unless set.
func (c *Config) createUser() string {
	return c.create("user", string(c.User), useradmin, fmt.Sprintf(
		"CREATE USER IF NOT EXISTS %s TYPE = SERVICE DEFAULT_ROLE = %s DEFAULT_SECONDARY_ROLES = ();", c.User.SQL(), c.Role.SQL()))
}

func (c *Config) create(kind, name, role, statement string) string {
	return carryOn(statement, fmt.Sprintf("The %s %s exists. It belongs to another role, and %s did not change it.", kind, name, role), sqlNoPrivileges)
}

// createSchema and createStage also carry on if SYSADMIN may not use what contains the
// object, since the object can exist. grantSchemaOrStop and grantStageOrStop find out.
func (c *Config) createSchema() string {
	return c.createInside("schema", c.schemaText(), fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %s;", c.schemaSQL()))
}

func (c *Config) createStage() string {
	return c.createInside("stage", c.stageText(), fmt.Sprintf("CREATE STAGE IF NOT EXISTS %s;", c.stageSQL()))
}

func (c *Config) createInside(kind, name, statement string) string {
	sentence := fmt.Sprintf("%s may not create the %s %s. If it exists, the grants below work.", sysadmin, kind, name)
	return carryOn(statement, sentence, sqlNotAuthorized, sqlCannotOperate, sqlInsufficient, sqlNoPrivileges)
}

// alterUser sets one property of the user. The key is one quoted literal on one line,
// since base64 can contain //, which some tools take for a comment.
func (c *Config) alterUser(property string) string {
	return orStop([]string{fmt.Sprintf("ALTER USER %s SET %s;", c.User.SQL(), property)},
		fmt.Sprintf("%s may not change the user %s, which belongs to another role. Run this ALTER USER statement with the role that owns the user. SHOW USERS names it.", securityadmin, c.User),
		sqlNotAuthorized, sqlInsufficient)
}

func (c *Config) setKey(publicKey string) string {
	return c.alterUser("RSA_PUBLIC_KEY = " + literal(publicKey))
}

func (c *Config) grantRole() string {
	return fmt.Sprintf("GRANT ROLE %s TO USER %s;", c.Role.SQL(), c.User.SQL())
}

func (c *Config) grant(privileges, kind, name string) string {
	return fmt.Sprintf("GRANT %s ON %s %s TO ROLE %s;", privileges, kind, name, c.Role.SQL())
}

func (c *Config) grantWarehouse() string { return c.grant("USAGE", "WAREHOUSE", c.Warehouse.SQL()) }

func (c *Config) grantDatabase() string { return c.grant("USAGE", "DATABASE", c.Database.SQL()) }

// grantSchema lets the role create tables, which it then owns. It needs no privilege on
// other tables. extra are the host's Options.SchemaPrivileges.
func (c *Config) grantSchema(extra []string) string {
	return c.grant(strings.Join(slices.Concat([]string{"USAGE", "CREATE TABLE"}, extra), ", "), "SCHEMA", c.schemaSQL())
}

// grantReadStage comes before grantWriteStage: Snowflake refuses WRITE without READ.
func (c *Config) grantReadStage() string  { return c.grant("READ", "STAGE", c.stageSQL()) }
func (c *Config) grantWriteStage() string { return c.grant("WRITE", "STAGE", c.stageSQL()) }

// grantSchemaOrStop and grantStageOrStop stop with a statement that helps, if the object
// does not exist because SYSADMIN could not create it.
func (c *Config) grantSchemaOrStop(extra []string) string {
	return orStop([]string{c.grantSchema(extra)},
		fmt.Sprintf("%[1]s may not create the schema %[2]s, because the database %[3]s belongs to another role. Run this as %[4]s: GRANT USAGE, CREATE SCHEMA ON DATABASE %[5]s TO ROLE %[1]s; Then run all of this again.",
			sysadmin, c.schemaText(), c.Database, securityadmin, c.Database.SQL()),
		sqlNotAuthorized, sqlCannotOperate)
}

func (c *Config) grantStageOrStop() string {
	return orStop([]string{c.grantReadStage(), c.grantWriteStage()},
		fmt.Sprintf("%[1]s may not create the stage %[2]s, because the schema %[3]s belongs to another role. Run this as %[4]s: GRANT USAGE ON DATABASE %[5]s TO ROLE %[1]s; GRANT USAGE, CREATE STAGE ON SCHEMA %[6]s TO ROLE %[1]s; Then run all of this again.",
			sysadmin, c.stageText(), c.schemaText(), securityadmin, c.Database.SQL(), c.schemaSQL()),
		sqlNotAuthorized, sqlCannotOperate)
}

// grants returns all grants that loading needs, if the objects exist.
func (c *Config) grants(extra []string) []string {
	return []string{c.grantWarehouse(), c.grantDatabase(), c.grantSchema(extra), c.grantReadStage(), c.grantWriteStage()}
}

// allowAddresses returns statements that allow logins of the user only from addresses. A
// user's network policy takes precedence over the account's. CREATE does not change an
// existing policy, so ALTER follows.
func (c *Config) allowAddresses(addresses []netip.Prefix) []string {
	policy := c.derivedName("_POLICY")
	list := make([]string, len(addresses))
	for i, a := range addresses {
		list[i] = literal(a.String())
	}
	allowed := "ALLOWED_IP_LIST = (" + strings.Join(list, ", ") + ")"
	return []string{
		fmt.Sprintf("CREATE NETWORK POLICY IF NOT EXISTS %s %s;", policy.SQL(), allowed),
		fmt.Sprintf("ALTER NETWORK POLICY %s SET %s;", policy.SQL(), allowed),
		fmt.Sprintf("ALTER USER %s SET NETWORK_POLICY = %s;", c.User.SQL(), policy.SQL()),
	}
}

// literal returns text as a string literal.
func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + "'"
}
