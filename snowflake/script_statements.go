// The statements that set a connection up.

package snowflake

import (
	"fmt"
	"net/netip"
	"strings"
)

// The statements that set a connection up. The setup script is made of all of them; a diagnosis' fix
// is made of those that mend what is wrong, so that the two cannot disagree.

// A block is what one role does.
type block struct {
	role       string
	statements []string
}

// Who may do what: SYSADMIN creates objects, USERADMIN roles and users, and SECURITYADMIN grants on
// anything, whoever owns it, and makes network policies. Resource monitors are ACCOUNTADMIN's alone.
const (
	sysadmin      = "SYSADMIN"
	useradmin     = "USERADMIN"
	securityadmin = "SECURITYADMIN"
	accountadmin  = "ACCOUNTADMIN"
)

func use(role string) string { return "USE ROLE " + role + ";" }

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

// userStatements make the user and give it the key. CREATE changes nothing on a user that is there
// already, hence the ALTER; a new user's secondary roles would be ALL, which is more than its own role.
func (c *Config) userStatements(publicKey string) []string {
	return []string{
		fmt.Sprintf("CREATE USER IF NOT EXISTS %s TYPE = SERVICE DEFAULT_ROLE = %s DEFAULT_SECONDARY_ROLES = ();", c.User.SQL(), c.Role.SQL()),
		// Base64 can hold //, which careless tools take for a comment: one quoted literal on one
		// line keeps it whole.
		fmt.Sprintf("ALTER USER %s SET TYPE = SERVICE DEFAULT_SECONDARY_ROLES = () RSA_PUBLIC_KEY = %s;", c.User.SQL(), literal(publicKey)),
	}
}

func (c *Config) grantRole() string {
	return fmt.Sprintf("GRANT ROLE %s TO USER %s;", c.Role.SQL(), c.User.SQL())
}

func (c *Config) grant(privileges, kind, name string) string {
	return fmt.Sprintf("GRANT %s ON %s %s TO ROLE %s;", privileges, kind, name, c.Role.SQL())
}

func (c *Config) grantWarehouse() string {
	return c.grant("USAGE", "WAREHOUSE", c.Warehouse.SQL())
}

func (c *Config) grantDatabase() string {
	return c.grant("USAGE", "DATABASE", c.Database.SQL())
}

// grantSchema lets the role create tables, which it then owns; it needs no right on any other.
func (c *Config) grantSchema() string {
	return c.grant("USAGE, CREATE TABLE", "SCHEMA", c.schemaSQL())
}

// readStage comes before writeStage: Snowflake refuses WRITE to a role that lacks READ.
func (c *Config) readStage() string  { return c.grant("READ", "STAGE", c.stageSQL()) }
func (c *Config) writeStage() string { return c.grant("WRITE", "STAGE", c.stageSQL()) }

// grants are all that the role needs for loading.
func (c *Config) grants() []string {
	return []string{c.grantWarehouse(), c.grantDatabase(), c.grantSchema(), c.readStage(), c.writeStage()}
}

// allowAddresses lets the user log in from the addresses, and from no others. A policy of the user's own
// goes before the account's. CREATE changes nothing on a policy that is there already, hence the ALTER.
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

// listed writes addresses for people, a single one without its /32.
func listed(addresses []netip.Prefix) string {
	shown := make([]string, len(addresses))
	for i, a := range addresses {
		if shown[i] = a.String(); a.IsSingleIP() {
			shown[i] = a.Addr().String()
		}
	}
	return strings.Join(shown, ", ")
}
