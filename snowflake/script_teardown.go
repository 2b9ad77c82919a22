package snowflake

import (
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

var _ warehouse.TeardownConnector = (*Connector)(nil)

// TeardownScript returns the script that an administrator of the account runs after the
// connection was deleted. It drops the user and the role. Statements that drop the stage,
// the schema, the database and the warehouse are commented out, since these can contain
// data or serve others.
func (c *Connector) TeardownScript(config any) (string, error) {
	cfg, err := warehouse.ConfigAs[Config](config)
	if err != nil {
		return "", err
	}
	preface := fmt.Sprintf(`This script ends the access of %[1]s to this Snowflake account. It drops the user and the role that
the setup script created. It keeps your data. To drop the stage, the schema, the database or the
warehouse too, delete the dashes before the statements at the end.

Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
%[2]s
You can run it again at any time. It skips what does not exist.`, c.product, cfg.instructions("teardown.sql"))
	optional := func(comment, role string, statements ...string) section {
		return section{comment, block{role, statements}, true}
	}
	sections := []section{
		{
			comment: fmt.Sprintf(`1. User and role. If other users have the role %s, delete the line that drops it.
If something else logs in as %s, delete the line that drops it.
The tables that %s created stay. Their new owner is the role that drops the old one, SECURITYADMIN.
Role: SECURITYADMIN. If a statement is refused, run it with the role that owns the user or the role.`, cfg.Role, cfg.User, c.product),
			block: block{securityadmin, []string{
				fmt.Sprintf("DROP USER IF EXISTS %s;", cfg.User.SQL()),
				fmt.Sprintf("DROP ROLE IF EXISTS %s;", cfg.Role.SQL()),
			}},
		},
		optional(`Optional: data. Each statement deletes everything in the object, including tables and files of others.
Role: SYSADMIN, or the role that owns it.`, sysadmin,
			fmt.Sprintf("DROP STAGE IF EXISTS %s;", cfg.stageSQL()),
			fmt.Sprintf("DROP SCHEMA IF EXISTS %s;", cfg.schemaSQL()),
			fmt.Sprintf("DROP DATABASE IF EXISTS %s;", cfg.Database.SQL())),
		optional(`Optional: the warehouse. It contains no data, but others may be using it.
Role: SYSADMIN, or the role that owns it.`, sysadmin,
			fmt.Sprintf("DROP WAREHOUSE IF EXISTS %s;", cfg.Warehouse.SQL())),
		optional(`Optional: the resource monitor, if you used that part of the setup script.
Role: ACCOUNTADMIN.`, accountadmin,
			fmt.Sprintf("DROP RESOURCE MONITOR IF EXISTS %s;", cfg.derivedName("_MONITOR").SQL())),
	}
	if len(c.egress) > 0 {
		sections = append(sections, optional(`Optional: the network policy, if you used that part of the setup script.
Role: SECURITYADMIN.`, securityadmin,
			fmt.Sprintf("DROP NETWORK POLICY IF EXISTS %s;", cfg.derivedName("_POLICY").SQL())))
	}
	return formatScript(c.names.title+": teardown", securityadmin, preface, sections), nil
}
