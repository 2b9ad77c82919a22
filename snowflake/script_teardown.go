// The teardown script.

package snowflake

import (
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

var _ warehouse.TeardownConnector = (*Connector)(nil)

// TeardownScript returns what an administrator of the account runs after the connection was deleted. It
// drops the user and the role. What may hold data, or serve others, it drops only where the
// administrator uncomments it: the stage, the schema, the database and the warehouse.
func (c *Connector) TeardownScript(config any) (string, error) {
	cfg, err := warehouse.ConfigAs[Config](config)
	if err != nil {
		return "", err
	}
	preface := fmt.Sprintf(`This script ends the access of %[1]s to this Snowflake account: it drops the user and the role that
the setup script made. It keeps your data: the stage, the schema, the database and the warehouse stay
unless you delete the dashes before the statements at the end.

Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
%[2]s
It can be run again at any time: it skips what is gone.`, c.product, cfg.howToRun("teardown.sql"))
	sections := []section{
		{
			comment: fmt.Sprintf(`1. The user and the role. What the role was granted goes with it. If other users have the role
%s, or something else logs in as %s, delete its line.
The tables that %s created stay: they go to the role that drops their owner, here SECURITYADMIN.
Role: SECURITYADMIN. If a statement is refused, run it with the role that owns the user or the role.`, cfg.Role, cfg.User, c.product),
			block: block{securityadmin, []string{
				fmt.Sprintf("DROP USER IF EXISTS %s;", cfg.User.SQL()),
				fmt.Sprintf("DROP ROLE IF EXISTS %s;", cfg.Role.SQL()),
			}},
		},
		{
			optional: true,
			comment: `Optional: what holds data. Each line deletes all that is in it, tables and files of others included.
Role: SYSADMIN, or the role that owns it.`,
			block: block{sysadmin, []string{
				fmt.Sprintf("DROP STAGE IF EXISTS %s;", cfg.stageSQL()),
				fmt.Sprintf("DROP SCHEMA IF EXISTS %s;", cfg.schemaSQL()),
				fmt.Sprintf("DROP DATABASE IF EXISTS %s;", cfg.Database.SQL()),
			}},
		},
		{
			optional: true,
			comment: `Optional: the warehouse. It holds no data, but others may be using it.
Role: SYSADMIN, or the role that owns it.`,
			block: block{sysadmin, []string{fmt.Sprintf("DROP WAREHOUSE IF EXISTS %s;", cfg.Warehouse.SQL())}},
		},
		{
			optional: true,
			comment: `Optional: the resource monitor, if you used that part of the setup script.
Role: ACCOUNTADMIN.`,
			block: block{accountadmin, []string{fmt.Sprintf("DROP RESOURCE MONITOR IF EXISTS %s;", cfg.derivedName("_MONITOR").SQL())}},
		},
	}
	if len(c.egress) > 0 {
		sections = append(sections, section{
			optional: true,
			comment: `Optional: the network policy, if you used that part of the setup script.
Role: SECURITYADMIN.`,
			block: block{securityadmin, []string{fmt.Sprintf("DROP NETWORK POLICY IF EXISTS %s;", cfg.derivedName("_POLICY").SQL())}},
		})
	}
	return writeScript(c.names.title+": teardown", use(securityadmin), preface, sections), nil
}
