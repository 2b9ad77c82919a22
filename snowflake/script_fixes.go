package snowflake

import (
	"fmt"
	"net/netip"
)

// A fix is the part of the setup script that fixes one failure. If Snowflake does not
// reveal whether an object is missing or not authorized, the fix creates and grants it.

func (c *Config) fixUser(publicKey string) []block {
	return []block{
		{useradmin, append([]string{c.createRole()}, c.createUser(publicKey)...)},
		{securityadmin, []string{c.grantRole()}},
	}
}

// alterUser returns a fix that sets one property of the user.
func (c *Config) alterUser(property string) []block {
	return []block{{useradmin, []string{fmt.Sprintf("ALTER USER %s SET %s;", c.User.SQL(), property)}}}
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

func (c *Config) fixSchema() []block {
	return []block{{sysadmin, []string{c.createSchema()}}, {securityadmin, []string{c.grantSchema()}}}
}

func (c *Config) fixStage() []block {
	return []block{{sysadmin, []string{c.createStage()}}, {securityadmin, []string{c.grantReadStage(), c.grantWriteStage()}}}
}

func (c *Config) fixNetwork(addresses []netip.Prefix) []block {
	return []block{{securityadmin, c.allowAddresses(addresses)}}
}
