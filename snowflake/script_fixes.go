package snowflake

import (
	"fmt"
	"net/netip"
)

// A fix is the part of the setup script that fixes one failure. If Snowflake does not
// reveal whether an object is missing or not authorized, the fix creates and grants it.

func (c *Config) fixUser(publicKey string) []block {
	return []block{
		{useradmin, []string{c.createRole(), c.createUser()}},
		{securityadmin, []string{c.grantRole(), c.setKey(publicKey)}},
	}
}

// fixUserProperty returns a fix that sets one property of the user.
func (c *Config) fixUserProperty(property string) []block {
	return []block{{securityadmin, []string{c.alterUser(property)}}}
}

// fixUserType makes the user a service user. It first says what that does to a person,
// whose name an administrator can have typed as the connection's user.
func (c *Config) fixUserType() []block {
	return []block{{securityadmin, []string{
		"-- TYPE = SERVICE ends logins with a password or single sign-on. If a person uses " + string(c.User) + ", do not run this:",
		"-- choose another user for the connection instead.",
		c.alterUser("TYPE = SERVICE"),
	}}}
}

func (c *Config) fixRole() []block {
	return []block{{useradmin, []string{c.createRole()}}, {securityadmin, []string{c.grantRole()}}}
}

func (c *Config) fixWarehouse() []block {
	return []block{{sysadmin, []string{c.createWarehouse()}}, {securityadmin, []string{c.grantWarehouse()}}}
}

func (c *Config) fixDatabase() []block {
	return []block{{sysadmin, []string{c.createDatabase()}}, {securityadmin, []string{c.grantDatabase()}}}
}

func (c *Config) fixSchema(extra []string) []block {
	return []block{{sysadmin, []string{c.createSchema()}}, {securityadmin, []string{c.grantSchemaOrStop(extra)}}}
}

func (c *Config) fixStage() []block {
	return []block{{sysadmin, []string{c.createStage()}}, {securityadmin, []string{c.grantStageOrStop()}}}
}

func (c *Config) fixNetwork(addresses []netip.Prefix) []block {
	return []block{{securityadmin, []string{orStop(c.allowAddresses(addresses), fmt.Sprintf(
		"%s may not change the user %s or the network policy %s, which belongs to another role. Run the statements of this block with the role that owns it.",
		securityadmin, c.User, c.derivedName("_POLICY")), sqlNotAuthorized, sqlInsufficient, sqlNoPrivileges)}}}
}
