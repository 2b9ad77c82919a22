package snowflake

import (
	"fmt"
	"net/netip"
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

func (c *Config) createWarehouse() string {
	return fmt.Sprintf("CREATE WAREHOUSE IF NOT EXISTS %s WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;", c.Warehouse.SQL())
}

func (c *Config) createDatabase() string {
	return fmt.Sprintf("CREATE DATABASE IF NOT EXISTS %s;", c.Database.SQL())
}

func (c *Config) createSchema() string {
	return fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %s;", c.schemaSQL())
}

func (c *Config) createStage() string {
	return fmt.Sprintf("CREATE STAGE IF NOT EXISTS %s;", c.stageSQL())
}

func (c *Config) createRole() string {
	return fmt.Sprintf("CREATE ROLE IF NOT EXISTS %s;", c.Role.SQL())
}

// createUser returns statements that create the user and set its key. CREATE does not
// change an existing user, so ALTER follows. DEFAULT_SECONDARY_ROLES is ALL unless set.
// The key is one quoted literal on one line, since base64 can contain //, which some
// tools take for a comment.
func (c *Config) createUser(publicKey string) []string {
	return []string{
		fmt.Sprintf("CREATE USER IF NOT EXISTS %s TYPE = SERVICE DEFAULT_ROLE = %s DEFAULT_SECONDARY_ROLES = ();", c.User.SQL(), c.Role.SQL()),
		fmt.Sprintf("ALTER USER %s SET TYPE = SERVICE DEFAULT_SECONDARY_ROLES = () RSA_PUBLIC_KEY = %s;", c.User.SQL(), literal(publicKey)),
	}
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
// other tables.
func (c *Config) grantSchema() string { return c.grant("USAGE, CREATE TABLE", "SCHEMA", c.schemaSQL()) }

// grantReadStage comes before grantWriteStage: Snowflake refuses WRITE without READ.
func (c *Config) grantReadStage() string  { return c.grant("READ", "STAGE", c.stageSQL()) }
func (c *Config) grantWriteStage() string { return c.grant("WRITE", "STAGE", c.stageSQL()) }

// grants returns all grants that loading needs.
func (c *Config) grants() []string {
	return []string{c.grantWarehouse(), c.grantDatabase(), c.grantSchema(), c.grantReadStage(), c.grantWriteStage()}
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
