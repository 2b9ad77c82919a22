package snowflake

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/warehouse"
)

// explained runs a step and explains its error.
func (p *probe) explained(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := run(ctx)
		if err == nil {
			return nil
		}
		return p.explain(err)
	}
}

// explain turns whatever the driver returned into what a customer can act on.
func (p *probe) explain(err error) *warehouse.ProbeError {
	var (
		known *warehouse.ProbeError
		f     *fault
		said  *gosnowflake.SnowflakeError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &f):
		return &warehouse.ProbeError{Code: f.code, Message: f.text, Hint: f.hint, Err: err}
	case errors.As(err, &said) && isServers(said.Number):
		e := &warehouse.ProbeError{VendorCode: vendorCode(said.Number), Message: said.Message, Err: err}
		p.diagnose(e, said.Number)
		return e
	case errors.As(err, &said):
		return &warehouse.ProbeError{Code: warehouse.CodeUnknown, Message: withoutURLs(said.Error()), Err: err}
	}
	return &warehouse.ProbeError{Code: warehouse.CodeUnknown, Message: withoutURLs(err.Error()), Err: err}
}

// isServers tells Snowflake's own errors from the driver's, whose numbers are 26xxxx to 28xxxx and whose
// messages are formats.
func isServers(number int) bool { return number > 0 && (number < 260000 || number >= 290000) }

// vendorCode writes a code as Snowflake does.
func vendorCode(number int) string { return fmt.Sprintf("%06d", number) }

// A spot is one of the things that a session works with.
type spot struct {
	kind string // as Snowflake's messages have it
	code warehouse.Code
	name Identifier
	role Identifier
	fix  []block
}

func (p *probe) whereabouts() []spot {
	c := p.config
	return []spot{
		{kind: "role", code: warehouse.CodeRoleNotGranted, name: c.Role, role: c.Role, fix: c.fixRole()},
		{kind: "warehouse", code: warehouse.CodeWarehouseInaccessible, name: c.Warehouse, role: c.Role, fix: c.fixWarehouse()},
		{kind: "database", code: warehouse.CodeDatabaseInaccessible, name: c.Database, role: c.Role, fix: c.fixDatabase()},
		{kind: "schema", code: warehouse.CodeSchemaInaccessible, name: c.Schema, role: c.Role, fix: c.fixSchema()},
	}
}

func (p *probe) spot(kind string) (spot, bool) {
	for _, s := range p.whereabouts() {
		if s.kind == kind {
			return s, true
		}
	}
	return spot{}, false
}

// missing is the error of a session that is not where it was asked to be. Snowflake said nothing, so the
// words are ours.
func (s spot) missing(got string) *warehouse.ProbeError {
	e := &warehouse.ProbeError{
		Code:    s.code,
		Message: fmt.Sprintf("The session has no %s, although %s was asked for.", s.kind, s.name),
		Hint:    s.hint(),
		Fix:     fix(s.fix),
	}
	if got != "" {
		e.Message = fmt.Sprintf("The session has the %s %s, although %s was asked for.", s.kind, excerpt(got), s.name)
	}
	return e
}

func (s spot) hint() string {
	if s.kind == "role" {
		return fmt.Sprintf("The role %s does not exist or is not granted to the user.", s.name)
	}
	return fmt.Sprintf("The %s %s does not exist, or the role %s may not use it.", s.kind, s.name, s.role)
}

var (
	kindInText = regexp.MustCompile(`(?i)\b(warehouse|database|schema|stage|role|user)\b`)
	uuidInText = regexp.MustCompile(`\[([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\]`)
)

// kindOf returns the kind of object that one of Snowflake's messages speaks of. A name in quotes is not
// part of what it says.
func kindOf(message string) string {
	return strings.ToLower(kindInText.FindString(quoted.ReplaceAllString(message, "''")))
}

var quoted = regexp.MustCompile(`'[^']*'`)

// diagnose fills in what Snowflake's error means here. The codes are those of the table in the
// package's documentation.
func (p *probe) diagnose(e *warehouse.ProbeError, number int) {
	c := p.config
	set := func(code warehouse.Code, hint string, blocks []block) {
		e.Code, e.Hint, e.Fix = code, hint, fix(blocks)
	}
	switch number {
	case 390144:
		set(warehouse.CodeAuthenticationFailed, p.hintInvalidToken(e.Message), c.fixUser(p.publicKey))
	case 390100:
		set(warehouse.CodeAuthenticationFailed, fmt.Sprintf("The user %s does not exist or has no public key: run the fix, or the setup script again.", c.User), c.fixUser(p.publicKey))
	case 390101:
		set(warehouse.CodeUserDisabled, fmt.Sprintf("The user %s is disabled: enable it again.", c.User),
			[]block{{useradmin, []string{fmt.Sprintf("ALTER USER %s SET DISABLED = FALSE;", c.User.SQL())}}})
	case 390102:
		set(warehouse.CodeUserLocked, fmt.Sprintf("The user %s is locked, as Snowflake does for 15 minutes after several failed logins: wait, or unlock it.", c.User),
			[]block{{useradmin, []string{fmt.Sprintf("ALTER USER %s SET MINS_TO_UNLOCK = 0;", c.User.SQL())}}})
	case 394507, 394508, 394633:
		set(warehouse.CodeMFARequired, fmt.Sprintf("Snowflake wants a second factor from the user %s, since it is not a service user: make it one.", c.User),
			[]block{{useradmin, []string{fmt.Sprintf("ALTER USER %s SET TYPE = SERVICE;", c.User.SQL())}}})
	case 390186, 390189:
		set(warehouse.CodeRoleNotGranted, fmt.Sprintf("The role %s does not exist or is not granted to the user %s.", c.Role, c.User), c.fixRole())
	case 390420, 390422:
		set(warehouse.CodeNetworkBlocked, fmt.Sprintf("A network policy of the account refuses the address that we come from: allow our addresses for the user %s.", c.User), nil)
	case 390913, 666:
		set(warehouse.CodeAccountSuspended, "Snowflake has suspended the account, or its trial has ended: its billing has to be settled with Snowflake.", nil)
	case 90073:
		set(warehouse.CodeQuotaExceeded, fmt.Sprintf("The resource monitor of the warehouse %s has reached its quota: raise it, or wait until it starts anew.", c.Warehouse), nil)
	case 606:
		p.diagnoseSpot(e, "warehouse")
	case 90105:
		p.diagnoseSpot(e, "database")
	case 90106:
		p.diagnoseSpot(e, "schema")
	case 390201, 2003, 2043:
		p.diagnoseAbsent(e)
	case 3001, 3102:
		p.diagnosePrivilege(e)
	default:
		e.Code = warehouse.CodeUnknown
	}
}

func (p *probe) diagnoseSpot(e *warehouse.ProbeError, kind string) {
	s, _ := p.spot(kind)
	e.Code, e.Hint, e.Fix = s.code, s.hint(), fix(s.fix)
}

// diagnoseAbsent is for "does not exist or not authorized", which Snowflake says of both, so that nobody
// can ask it what exists.
func (p *probe) diagnoseAbsent(e *warehouse.ProbeError) {
	kind := kindOf(e.Message)
	if _, ok := p.spot(kind); ok {
		p.diagnoseSpot(e, kind)
		return
	}
	c := p.config
	if kind == "stage" {
		e.Code = warehouse.CodeStageInaccessible
		e.Hint = fmt.Sprintf("The stage %s does not exist, or the role %s has no privilege on it.", c.shownStage(), c.Role)
		e.Fix = fix(c.fixStage())
		return
	}
	// It does not say what. Everything from the database down is made sure of.
	e.Code = warehouse.CodeStageInaccessible
	e.Hint = fmt.Sprintf("The database, the schema or the stage of %s does not exist, or the role %s may not use it.", c.shownStage(), c.Role)
	e.Fix = fix(slices.Concat(c.fixDatabase(), c.fixSchema(), c.fixStage()))
}

// diagnosePrivilege is for what is there, and lacks a privilege.
func (p *probe) diagnosePrivilege(e *warehouse.ProbeError) {
	c := p.config
	e.Code = warehouse.CodeInsufficientPrivileges
	switch kindOf(e.Message) {
	case "stage":
		e.Hint = fmt.Sprintf("The role %s may not read the stage %s.", c.Role, c.shownStage())
		e.Fix = fix([]block{{securityadmin, []string{c.readStage()}}})
	case "warehouse":
		e.Hint = fmt.Sprintf("The role %s may not use the warehouse %s.", c.Role, c.Warehouse)
		e.Fix = fix([]block{{securityadmin, []string{c.grantWarehouse()}}})
	case "database":
		e.Hint = fmt.Sprintf("The role %s may not use the database %s.", c.Role, c.Database)
		e.Fix = fix([]block{{securityadmin, []string{c.grantDatabase()}}})
	case "schema":
		e.Hint = fmt.Sprintf("The role %s may not use the schema %s.", c.Role, c.shownSchema())
		e.Fix = fix([]block{{securityadmin, []string{c.grantSchema()}}})
	default:
		e.Hint = fmt.Sprintf("The role %s lacks a privilege: grant it again what the setup script grants.", c.Role)
		e.Fix = fix([]block{{securityadmin, []string{c.grantWarehouse(), c.grantDatabase(), c.grantSchema(), c.readStage(), c.writeStage()}}})
	}
}

// maxSkew is how far off a clock may be before Snowflake refuses what it signed.
const maxSkew = time.Minute

// hintInvalidToken is about Snowflake's answer to a wrong key, a wrong user, a wrong account and a wrong
// clock alike.
func (p *probe) hintInvalidToken(message string) string {
	c := p.config
	var b strings.Builder
	fmt.Fprintf(&b, "Snowflake does not take our key for the user %s", c.User)
	if skew := p.transport.clockSkew(); skew.Abs() > maxSkew {
		direction := "behind"
		if skew < 0 {
			direction = "ahead of"
		}
		fmt.Fprintf(&b, ". Our clock is %s %s Snowflake's, which alone is enough for that: it is for us to set right", skew.Abs().Round(time.Second), direction)
	}
	if print, err := fingerprint(p.publicKey); err == nil {
		fmt.Fprintf(&b, ". As an administrator, run DESC USER %s; and compare RSA_PUBLIC_KEY_FP with %s: where it is another one, or there is no such user, run the fix or the setup script again", c.User.SQL(), print)
	}
	b.WriteString(". A second connection with the same user replaces the key of the first, so each needs a user of its own.")
	if uuid := uuidInText.FindStringSubmatch(message); uuid != nil {
		fmt.Fprintf(&b, " SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('%s'); says what Snowflake found.", uuid[1])
	}
	return b.String()
}

// excerpt bounds what a message repeats of a name that we did not choose.
func excerpt(name string) string {
	runes := []rune(name)
	if len(runes) > 255 {
		runes = runes[:255]
	}
	return string(runes)
}
