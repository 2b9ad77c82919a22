package engine

import (
	"fmt"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// An Error is an error of Snowflake. Statement and Line are empty if the statement was not part of a script.
type Error struct {
	Code      string // six digits, such as "003001"
	SQLState  string // five characters, such as "42501"
	Message   string // Snowflake's text, with its line breaks
	Statement string // the refused statement, without its semicolon
	Line      int    // the line of the script on which that statement begins, from 1
}

// Error returns the line, the code and the message without line breaks.
func (e *Error) Error() string {
	message := strings.ReplaceAll(e.Message, "\n", " ")
	if e.Line == 0 {
		return fmt.Sprintf("%s (%s): %s", e.Code, e.SQLState, message)
	}
	return fmt.Sprintf("line %d: %s (%s): %s", e.Line, e.Code, e.SQLState, message)
}

// The texts below are those of public transcripts.

func compilation(code, state, format string, args ...any) *Error {
	return &Error{Code: code, SQLState: state, Message: "SQL compilation error:\n" + fmt.Sprintf(format, args...)}
}

func syntaxError(t sql.Token, known string) *Error {
	text := t.Text
	if t.Kind == sql.End {
		text = "<EOF>"
	}
	return compilation("001003", "42000", "syntax error line %d at position %d unexpected '%s'.\nsnowflaketest knows no statement that begins: %s",
		t.Line, t.Column, text, shorten(known, 200))
}

func parseError(broken *sql.Error) *Error {
	err := compilation("001003", "42000", "%v", broken)
	err.Statement, err.Line = broken.Statement.Text, broken.Statement.Line
	return err
}

func alreadyExists(name string) *Error {
	return compilation("002002", "42710", "Object '%s' already exists.", name)
}

// noPrivileges is the error of IF NOT EXISTS for an object that the role cannot see.
func noPrivileges(k kind, name string) *Error {
	return compilation("003041", "42710", "%s '%s' already exists, but current role has no privileges on it. If this is unexpected and you cannot resolve this problem, contact your system administrator. ACCOUNTADMIN role may be required to manage the privileges on the object.", k.title(), name)
}

// cannotUse is the error of USE for a role that does not exist.
func cannotUse() *Error {
	return compilation("002043", "02000", "Object does not exist, or operation cannot be performed.")
}

func invalidValue(written, parameter string) *Error {
	return compilation("001008", "22023", "invalid value [%s] for parameter '%s'", written, parameter)
}

func invalidProperty(property string, k kind) *Error {
	return compilation("001420", "22023", "invalid property '%s' for '%s'", property, k)
}

func invalidPropertyValue(value, property string) *Error {
	return compilation("001419", "22023", "invalid value '%s' for property '%s'", value, property)
}

func duplicateProperty(property string) *Error {
	return compilation("001418", "42601", "duplicate property '%s';", property)
}

func invalidPrivilege(privilege string, k kind) *Error {
	return compilation("003008", "42601", "Privilege '%s' is not valid for object type '%s'.", privilege, k)
}

func identifierTooLong(name string) *Error {
	return compilation("002026", "42601", "invalid identifier '%s': identifiers have at most %d characters.", shorten(name, 40), sql.MaxName)
}

func requestedRole(name string) *Error {
	return &Error{
		Code: "003013", SQLState: "42501",
		Message: fmt.Sprintf("SQL access control error:\nRequested role '%s' is not assigned to the executing user.  Specify another role to activate.", name),
	}
}

func grantNotExecuted(revoke bool) *Error {
	verb := "Grant"
	if revoke {
		verb = "Revoke"
	}
	return &Error{Code: "003102", SQLState: "42501", Message: verb + " not executed: Insufficient privileges."}
}

func roleCycle(role, to string) *Error {
	return compilation("003005", "42501", "Role '%s' cannot be granted to role '%s': the grant would make a cycle.", sql.PrintName(role), sql.PrintName(to))
}

// privilegeOrder is the error of a stage on which WRITE would stand without READ.
func privilegeOrder(revoke bool) *Error {
	if revoke {
		return compilation("003512", "23001", "Privilege order violation for the grants on stage. WRITE should be revoked before/simultaneously with READ.")
	}
	return compilation("003511", "23001", "Privilege order violation for the grants on stage. READ should be granted before/simultaneously with WRITE.")
}

func emptyNetworkPolicy(name string) *Error {
	return compilation("098519", "22023", "Network policy '%s' cannot be attached: it has no allowed addresses.", sql.PrintName(name))
}

// policyAttached is the error of SET where another authentication policy was set before.
func policyAttached(policy *object) *Error {
	return compilation("003730", "42710", "Object already has an AUTHENTICATION_POLICY attached: unset it before setting '%s'.", policy.path())
}

func servicePassword() *Error {
	return compilation("003708", "22023", "Cannot set PASSWORD on users with TYPE=SERVICE.")
}

func rejectedKey(reason string) *Error {
	return &Error{
		Code: "003554", SQLState: "22023",
		Message: fmt.Sprintf("SQL execution error:\nNew public key rejected by current policy. Reason: '%s'", reason),
	}
}

func statementCount(have int) *Error {
	return &Error{
		Code: "000008", SQLState: "0A000",
		Message: fmt.Sprintf("Actual statement count %d did not match the desired statement count 1.", have),
	}
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}
