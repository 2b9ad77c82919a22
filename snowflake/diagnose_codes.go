package snowflake

import (
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A diagnosis is the meaning of one of Snowflake's errors for a connection.
type diagnosis struct {
	code warehouse.Code
	hint string // if empty, the core's general hint for code
	fix  []block

	cause string // for the host, if code is CodeServerError
}

// diagnose returns the meaning of one of Snowflake's errors.
//
// To add an error code: add a case here, a row to the table in README.md, and the
// error to refusals in diagnose_codes_test.go. A test compares the three.
func (p *probe) diagnose(number int, message string) diagnosis {
	c := p.config
	switch number {
	case 390144, 394300, 394301, 394302, 394303, 394304, 394305, 394306, 394307:
		return p.tokenRefused(number, message)
	case 390100:
		return diagnosis{
			code: warehouse.CodeAuthenticationFailed,
			hint: fmt.Sprintf("The user %s does not exist, or has no public key.", c.User),
			fix:  c.fixUser(p.keys.PublicKey),
		}
	case 390202:
		return p.policyRefused()
	case 390101:
		return diagnosis{
			code: warehouse.CodeUserDisabled,
			hint: fmt.Sprintf("The user %s is disabled.", c.User),
			fix:  c.fixUserProperty("DISABLED = FALSE"),
		}
	case 390102:
		return diagnosis{
			code: warehouse.CodeUserLocked,
			hint: fmt.Sprintf("The user %s is locked after several failed logins. Snowflake unlocks it after 15 minutes. The fix unlocks it now.", c.User),
			fix:  c.fixUserProperty("MINS_TO_UNLOCK = 0"),
		}
	case 394507, 394508, 394633:
		return diagnosis{
			code: warehouse.CodeMFARequired,
			hint: fmt.Sprintf("Snowflake requires a second factor for the user %s, because it is not a service user.", c.User),
			fix:  c.fixUserType(),
		}
	case 390186, 390189:
		return p.notAuthorized("role")
	case 390420, 390422:
		return p.networkBlocked()
	case 390913, 666:
		return diagnosis{
			code: warehouse.CodeAccountSuspended,
			hint: "The Snowflake account is suspended, or its trial has ended. Open “Billing” in Snowsight, or contact Snowflake's support.",
		}
	case 90073:
		return diagnosis{
			code: warehouse.CodeQuotaExceeded,
			hint: fmt.Sprintf("A resource monitor has stopped the warehouse %s, because its credits are used up. Raise the monitor's quota, or wait for its next period.", c.Warehouse),
		}
	case 630:
		return diagnosis{
			code: warehouse.CodeTimeout,
			hint: "Snowflake accepted the login, but did not finish a statement in the time that this test has. " + hintStatus,
		}
	case 390104, 390111, 390112:
		return diagnosis{
			code: warehouse.CodeVendorUnavailable,
			hint: "Snowflake ended the session during the test. An administrator may have done this. Test again.",
		}
	case 606:
		return p.notAuthorized("warehouse")
	case 90105:
		return p.notAuthorized("database")
	case 90106:
		return p.notAuthorized("schema")
	case 390201, 2003, 2043:
		return p.notAuthorized(kindIn(message))
	case 3001, 3102:
		return p.missingPrivilege(kindIn(message))
	}
	return diagnosis{
		code: warehouse.CodeUnknown,
		hint: "Snowflake's message shows the cause. If it does not help, run the setup script again. Then test again.",
	}
}

// networkBlocked is the diagnosis if a network policy blocks our address.
func (p *probe) networkBlocked() diagnosis {
	c, addresses := p.config, p.connector.egress
	d := diagnosis{code: warehouse.CodeNetworkBlocked}
	if len(addresses) == 0 {
		d.hint = fmt.Sprintf("A network policy of the Snowflake account blocks our address, which is in the message. Allow it for the user %s.", c.User)
		return d
	}
	d.hint = fmt.Sprintf("A network policy of the Snowflake account blocks our address. Allow %s for the user %s. The fix does this with a policy for this user only.", formatAddresses(addresses), c.User)
	d.fix = c.fixNetwork(addresses)
	return d
}
