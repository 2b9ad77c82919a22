// What each of Snowflake's errors means for a connection, and what mends it.

package snowflake

import (
	"fmt"
	"slices"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A verdict is what one of Snowflake's errors means for a connection.
type verdict struct {
	code warehouse.Code
	hint string // empty for the core's general one
	fix  []block
}

// diagnose says what one of Snowflake's errors means here. The package's documentation has the same
// catalogue as a table.
func (p *probe) diagnose(number int, message string) verdict {
	c := p.config
	switch number {
	case 390144:
		return verdict{warehouse.CodeAuthenticationFailed, p.hintRefusedKey(message), c.fixUser(p.keys.PublicKey)}
	case 390100:
		return verdict{
			warehouse.CodeAuthenticationFailed,
			fmt.Sprintf("The user %s does not exist, or has no public key.", c.User),
			c.fixUser(p.keys.PublicKey),
		}
	case 390101:
		return verdict{
			warehouse.CodeUserDisabled,
			fmt.Sprintf("The user %s is disabled.", c.User),
			[]block{{useradmin, []string{fmt.Sprintf("ALTER USER %s SET DISABLED = FALSE;", c.User.SQL())}}},
		}
	case 390102:
		return verdict{
			warehouse.CodeUserLocked,
			fmt.Sprintf("The user %s is locked after several failed logins. Snowflake unlocks it after 15 minutes; the fix unlocks it now.", c.User),
			[]block{{useradmin, []string{fmt.Sprintf("ALTER USER %s SET MINS_TO_UNLOCK = 0;", c.User.SQL())}}},
		}
	case 394507, 394508, 394633:
		return verdict{
			warehouse.CodeMFARequired,
			fmt.Sprintf("Snowflake asks the user %s for a second factor, because it is not a service user.", c.User),
			[]block{{useradmin, []string{fmt.Sprintf("ALTER USER %s SET TYPE = SERVICE;", c.User.SQL())}}},
		}
	case 390186, 390189:
		return p.absent("role")
	case 390420, 390422:
		return p.blocked()
	case 390913, 666:
		return verdict{
			code: warehouse.CodeAccountSuspended,
			hint: "The Snowflake account is suspended, or its trial has ended. Its owner can settle this in Snowsight under “Billing”, or with Snowflake's support.",
		}
	case 90073:
		return verdict{
			code: warehouse.CodeQuotaExceeded,
			hint: fmt.Sprintf("A resource monitor has stopped the warehouse %s, because its credits are used up. An administrator can raise the monitor's quota, or wait until it starts anew.", c.Warehouse),
		}
	case 606:
		return p.absent("warehouse")
	case 90105:
		return p.absent("database")
	case 90106:
		return p.absent("schema")
	case 390201, 2003, 2043:
		return p.absent(kindOf(message))
	case 3001, 3102:
		return p.unprivileged(kindOf(message))
	}
	return verdict{
		code: warehouse.CodeUnknown,
		hint: "Snowflake's message says what is wrong. If you cannot tell what to do, run the setup script again and test again.",
	}
}

// absent is for "does not exist or not authorized", which Snowflake says of both, so that nobody can ask
// it what exists. Its fix makes sure of both.
func (p *probe) absent(kind string) verdict {
	c := p.config
	if s, ok := p.spot(kind); ok {
		return verdict{s.code, s.hint, s.fix}
	}
	if kind == "stage" {
		return verdict{
			warehouse.CodeStageInaccessible,
			fmt.Sprintf("The stage %s does not exist, or the role %s has no privilege on it.", c.stageText(), c.Role),
			c.fixStage(),
		}
	}
	// Snowflake did not say what. The login has checked the rest, so it is on the way to the stage.
	return verdict{
		warehouse.CodeStageInaccessible,
		fmt.Sprintf("The database, schema or stage of %s does not exist, or the role %s has no privilege on it.", c.stageText(), c.Role),
		slices.Concat(c.fixDatabase(), c.fixSchema(), c.fixStage()),
	}
}

// unprivileged is for what is there, and lacks a privilege.
func (p *probe) unprivileged(kind string) verdict {
	c := p.config
	hint := func(may, shown string) string {
		return fmt.Sprintf("The role %s may not %s the %s %s.", c.Role, may, kind, shown)
	}
	granted := func(hint string, statements ...string) verdict {
		return verdict{warehouse.CodeInsufficientPrivileges, hint, []block{{securityadmin, statements}}}
	}
	switch kind {
	case "stage":
		return granted(hint("read", c.stageText()), c.grantReadStage())
	case "warehouse":
		return granted(hint("use", string(c.Warehouse)), c.grantWarehouse())
	case "database":
		return granted(hint("use", string(c.Database)), c.grantDatabase())
	case "schema":
		return granted(hint("use", c.schemaText()), c.grantSchema())
	}
	return granted(fmt.Sprintf("The role %s lacks a privilege. The fix grants all that it needs.", c.Role), c.grants()...)
}

// blocked is for a network policy that refuses the address that we come from.
func (p *probe) blocked() verdict {
	c, addresses := p.config, p.connector.egress
	v := verdict{code: warehouse.CodeNetworkBlocked}
	if len(addresses) == 0 {
		v.hint = fmt.Sprintf("A network policy of the Snowflake account refuses our address, which the message shows. Allow it for the user %s.", c.User)
		return v
	}
	v.hint = fmt.Sprintf("A network policy of the Snowflake account refuses our address. Allow %s for the user %s: the fix does so with a policy for this user alone.", formatAddresses(addresses), c.User)
	v.fix = c.fixNetwork(addresses)
	return v
}
