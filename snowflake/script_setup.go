package snowflake

import (
	"fmt"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// SetupScript returns the script that an administrator of the account runs. It creates
// only what is missing, so it can be run again from the top at any time. It has no BEGIN
// and COMMIT, since each of its statements commits. Its names are fully qualified, since
// CREATE DATABASE and CREATE SCHEMA change the current ones.
func (c *Connector) SetupScript(config any, publicKey string) (string, error) {
	cfg, err := warehouse.ConfigAs[Config](config)
	if err != nil {
		return "", err
	}
	sum, err := fingerprint(publicKey)
	if err != nil {
		return "", err
	}
	preface := fmt.Sprintf(`This script lets %[1]s load data into this Snowflake account. It creates a warehouse, a database, a schema,
a stage, a role and a user if they do not exist. It grants the role only what loading needs.

Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
%[2]s

You can run it again at any time. It drops nothing, and objects that exist keep their settings.
It replaces one thing: the first public key (RSA_PUBLIC_KEY) of the user %[3]s. If that user exists,
it keeps its type, password and roles, and also gets the role %[4]s. If something else logs in with
its first key, choose another user for this connection before you run the script.`,
		c.product, cfg.instructions("setup.sql"), cfg.User, cfg.Role)
	sections := []section{{
		comment: `1. Objects: a warehouse, a database, a schema and a stage.
A new warehouse has the smallest size and stops after a minute without work. It costs nothing while stopped.
Each block goes on if its object belongs to another role. Any other error stops the script.
Role: SYSADMIN.`,
		block: block{sysadmin, []string{cfg.createWarehouse(), cfg.createDatabase(), cfg.createSchema(), cfg.createStage()}},
	}, {
		comment: fmt.Sprintf(`2. Role and user, for %s only. A new user is a service user: it has no password and needs no
second factor.
Role: USERADMIN.`, c.product),
		block: block{useradmin, []string{cfg.createRole(), cfg.createUser()}},
	}, {
		comment: fmt.Sprintf(`3. Grants. The role may use the warehouse, the database and the schema, create its own %s in the
schema, and read and write the stage.
Role: SECURITYADMIN. It can grant on every object.`, creates(c.schemaPrivileges)),
		block: block{securityadmin, []string{
			cfg.grantRole(), cfg.grantWarehouse(), cfg.grantDatabase(), cfg.grantSchemaOrStop(c.schemaPrivileges), cfg.grantStageOrStop(),
		}},
	}, {
		comment: `4. Key. The user logs in with this public key.
Role: SECURITYADMIN, or the role that owns the user.`,
		block: block{securityadmin, []string{cfg.setKey(publicKey)}},
	}, {
		comment: fmt.Sprintf(`5. Check. In the first result, RSA_PUBLIC_KEY_FP should be
%s
The second result lists all privileges of the role.
Role: SECURITYADMIN.`, sum),
		block: block{securityadmin, []string{
			fmt.Sprintf("DESC USER %s;", cfg.User.SQL()),
			fmt.Sprintf("SHOW GRANTS TO ROLE %s;", cfg.Role.SQL()),
		}},
	}}
	return formatScript(c.names.title, sysadmin, preface, append(sections, c.optionalSections(cfg)...)), nil
}

// creates returns what the role may create in the schema: tables, and stages and views
// for CREATE STAGE and CREATE VIEW.
func creates(privileges []string) string {
	kinds := []string{"tables"}
	for _, p := range privileges {
		kinds = append(kinds, strings.ToLower(strings.TrimPrefix(p, "CREATE "))+"s")
	}
	last := len(kinds) - 1
	if last == 0 {
		return kinds[0]
	}
	return strings.Join(kinds[:last], ", ") + " and " + kinds[last]
}

// optionalSections returns the sections that an administrator enables by deleting dashes.
func (c *Connector) optionalSections(cfg *Config) []section {
	monitor := cfg.derivedName("_MONITOR").SQL()
	sections := []section{{
		optional: true,
		comment: fmt.Sprintf(`Optional: let SYSADMIN, and users with that role, read and manage the tables that %[1]s creates.
Without this part, only the role %[2]s can read them. Analysts, and even ACCOUNTADMIN, cannot, until
SECURITYADMIN grants them access to each table.
To use this part, delete the dashes before the statements.
Role: SECURITYADMIN.`, c.product, cfg.Role),
		block: block{securityadmin, []string{fmt.Sprintf("GRANT ROLE %s TO ROLE SYSADMIN;", cfg.Role.SQL())}},
	}, {
		optional: true,
		comment: fmt.Sprintf(`Optional: limit the warehouse %s to 10 credits a month. After that, it stops for everyone who
uses it. This replaces the resource monitor of the warehouse, if it has one.
Role: ACCOUNTADMIN. No other role can create a resource monitor.`, cfg.Warehouse),
		block: block{accountadmin, []string{
			fmt.Sprintf("CREATE RESOURCE MONITOR IF NOT EXISTS %s WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 100 PERCENT DO SUSPEND;", monitor),
			fmt.Sprintf("ALTER WAREHOUSE %s SET RESOURCE_MONITOR = %s;", cfg.Warehouse.SQL(), monitor),
		}},
	}}
	if len(c.egress) > 0 {
		sections = append(sections, section{
			optional: true,
			comment: fmt.Sprintf(`Optional: let the user %s log in only from the addresses of %s:
%s
You need this part if a network policy of the account blocks them. A user's policy takes precedence.
This replaces the network policy of the user, if it has one.
Role: SECURITYADMIN.`, cfg.User, c.product, formatAddresses(c.egress)),
			block: block{securityadmin, cfg.allowAddresses(c.egress)},
		})
	}
	return sections
}
