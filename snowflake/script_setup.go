// The setup script.

package snowflake

import (
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

// SetupScript returns the script that an administrator of the account runs.
func (c *Connector) SetupScript(config any, publicKey string) (string, error) {
	cfg, err := warehouse.ConfigAs[Config](config)
	if err != nil {
		return "", err
	}
	sum, err := fingerprint(publicKey)
	if err != nil {
		return "", err
	}
	return c.setupScript(cfg, publicKey, sum), nil
}

// setupScript writes the script that an administrator of the account runs. It can be run again from the
// top at any time, since it creates only what is missing. There is no BEGIN or COMMIT: in Snowflake
// each of these statements commits by itself. Names are always whole, since creating a database or a
// schema changes the current ones.
func (c *Connector) setupScript(config *Config, publicKey, fingerprint string) string {
	preface := fmt.Sprintf(`This script lets %[1]s load data into this Snowflake account. It creates what is missing of a warehouse,
a database, a schema, a stage, a role and a user, and gives the role only what loading needs.

Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
%[2]s
It can be run again at any time: it skips what exists, and drops nothing.
It replaces one thing: the first public key (RSA_PUBLIC_KEY) of the user %[3]s. If that user exists
and something else logs in with its key, choose another user for this connection before you run this.`,
		c.product, config.howToRun("setup.sql"), config.User)
	return writeScript(c.names.title, use(sysadmin), preface, append([]section{
		{
			comment: `1. Where the data goes: a warehouse, a database, a schema and a stage.
A new warehouse has the smallest size and stops after a minute without work. Stopped, it costs nothing.
Role: SYSADMIN. If the database or the schema exists already and a statement here is refused, run that
statement with the role that owns them, and then the rest.`,
			block: block{sysadmin, []string{
				config.createWarehouse(), config.createDatabase(), config.createSchema(), config.createStage(),
			}},
		},
		{
			comment: fmt.Sprintf(`2. Who loads the data: a role and a user for %s alone. The user is a service user: it has no
password and needs no second factor. It logs in with the key below.
Role: USERADMIN. If the user exists already and ALTER USER is refused, run that statement with the role
that owns the user, and then the rest.`, c.product),
			block: block{useradmin, append([]string{config.createRole()}, config.userStatements(publicKey)...)},
		},
		{
			comment: `3. What the role may do: use the warehouse, the database and the schema, create tables of its own in
the schema, and read and write the stage.
Role: SECURITYADMIN. It may grant on everything, whoever owns it.`,
			block: block{securityadmin, append([]string{config.grantRole()}, config.grants()...)},
		},
		{
			comment: fmt.Sprintf(`4. Check. In the first result, RSA_PUBLIC_KEY_FP should be
%s
The second result lists all that the role may do.
Role: SECURITYADMIN.`, fingerprint),
			block: block{securityadmin, []string{
				fmt.Sprintf("DESC USER %s;", config.User.SQL()),
				fmt.Sprintf("SHOW GRANTS TO ROLE %s;", config.Role.SQL()),
			}},
		},
	}, c.optionalSections(config)...))
}

// optionalSections are what some accounts want. To use one, an administrator deletes the dashes.
func (c *Connector) optionalSections(config *Config) []section {
	sections := []section{{
		optional: true,
		comment: fmt.Sprintf(`Optional: let SYSADMIN, and whoever has that role, read and manage the tables that %s creates.
Delete the dashes before the statements to use them.
Role: SECURITYADMIN.`, c.product),
		block: block{securityadmin, []string{fmt.Sprintf("GRANT ROLE %s TO ROLE SYSADMIN;", config.Role.SQL())}},
	}, {
		optional: true,
		comment: fmt.Sprintf(`Optional: limit what the warehouse %s may spend, here to 10 credits a month. When they are used up,
the warehouse stops for everyone who uses it.
Role: ACCOUNTADMIN. No other may create a resource monitor.`, config.Warehouse),
		block: block{accountadmin, []string{
			fmt.Sprintf("CREATE RESOURCE MONITOR IF NOT EXISTS %s WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 100 PERCENT DO SUSPEND;", config.derivedName("_MONITOR").SQL()),
			fmt.Sprintf("ALTER WAREHOUSE %s SET RESOURCE_MONITOR = %s;", config.Warehouse.SQL(), config.derivedName("_MONITOR").SQL()),
		}},
	}}
	if len(c.egress) > 0 {
		sections = append(sections, section{
			optional: true,
			comment: fmt.Sprintf(`Optional: let the user %s log in only from the addresses of %s, which are
%s
It is needed where a network policy of the account would refuse them: a policy of the user goes before it.
Role: SECURITYADMIN.`, config.User, c.product, listed(c.egress)),
			block: block{securityadmin, config.allowAddresses(c.egress)},
		})
	}
	return sections
}
