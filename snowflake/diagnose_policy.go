package snowflake

import (
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

// policyRefused is the diagnosis if an authentication policy does not allow key pairs.
func (p *probe) policyRefused() diagnosis {
	c := p.config
	return diagnosis{
		code: warehouse.CodeAuthenticationPolicy,
		hint: fmt.Sprintf("An authentication policy of the account or of the user %s does not allow key pairs."+
			" The fix sets a policy for this user, who can then log in with a key only."+
			" If the user has a policy already, first run ALTER USER %s UNSET AUTHENTICATION POLICY;", c.User, c.User.SQL()),
		fix: c.fixAuthenticationPolicy(),
	}
}

// fixAuthenticationPolicy allows key pairs for the user. A user's policy takes precedence
// over the account's. A policy is in a schema, which SECURITYADMIN may not use unless it
// grants that to itself. CREATE does not change an existing policy, so ALTER follows.
func (c *Config) fixAuthenticationPolicy() []block {
	policy := c.schemaSQL() + "." + c.derivedName("_AUTHENTICATION").SQL()
	const methods = "AUTHENTICATION_METHODS = ('KEYPAIR')"
	return []block{{securityadmin, []string{
		fmt.Sprintf("GRANT USAGE ON DATABASE %s TO ROLE %s;", c.Database.SQL(), securityadmin),
		fmt.Sprintf("GRANT USAGE, CREATE AUTHENTICATION POLICY ON SCHEMA %s TO ROLE %s;", c.schemaSQL(), securityadmin),
		fmt.Sprintf("CREATE AUTHENTICATION POLICY IF NOT EXISTS %s %s;", policy, methods),
		fmt.Sprintf("ALTER AUTHENTICATION POLICY %s SET %s;", policy, methods),
		fmt.Sprintf("ALTER USER %s SET AUTHENTICATION POLICY %s;", c.User.SQL(), policy),
	}}}
}
