// The statements of the setup script that mend one failure.

package snowflake

import (
	"net/netip"
	"strings"
)

// Fixes are the statements of the setup script that mend one failure. Where Snowflake does not say whether
// a thing is missing or out of reach, a fix makes sure of both.

func (c *Config) fixUser(publicKey string) []block {
	return []block{
		{useradmin, append([]string{c.createRole()}, c.userStatements(publicKey)...)},
		{securityadmin, []string{c.grantRole()}},
	}
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
	return []block{{sysadmin, []string{c.createStage()}}, {securityadmin, []string{c.readStage(), c.writeStage()}}}
}

func (c *Config) fixNetwork(addresses []netip.Prefix) []block {
	return []block{{securityadmin, c.allowAddresses(addresses)}}
}

// fixOf writes blocks as one statement a line, or nothing where there is nothing to do.
func fixOf(blocks []block) string {
	var lines []string
	for _, b := range blocks {
		lines = append(append(lines, use(b.role)), b.statements...)
	}
	return strings.Join(lines, "\n")
}
