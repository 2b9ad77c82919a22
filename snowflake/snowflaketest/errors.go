// Refusals in Snowflake's own words.

package snowflaketest

import (
	"fmt"
	"strings"
)

// An Error is a refusal in Snowflake's own words.
//
// Code and SQLState are written as Snowflake writes them, so `003001` keeps its zeros. Statement and
// Line say where in the script it happened; both are empty when the refusal went over HTTP.
type Error struct {
	Code      string // six digits, such as "003001"
	SQLState  string // five characters, such as "42501"
	Message   string // Snowflake's raw text, line breaks included
	Statement string // the refused statement, without its semicolon
	Line      int    // the line of the script on which that statement begins, from 1
}

// Error puts the line, the code and the message on what is usually a single line.
func (e *Error) Error() string {
	message := strings.ReplaceAll(e.Message, "\n", " ")
	if e.Line == 0 {
		return fmt.Sprintf("%s (%s): %s", e.Code, e.SQLState, message)
	}
	return fmt.Sprintf("line %d: %s (%s): %s", e.Line, e.Code, e.SQLState, message)
}

// The texts below were taken from public transcripts of the real service. They stand in one file so
// that the one place where a text is doubtful is also the one place to mend it.

func compilation(code, state, format string, args ...any) *Error {
	return &Error{Code: code, SQLState: state, Message: "SQL compilation error:\n" + fmt.Sprintf(format, args...)}
}

func syntaxError(t token) *Error {
	text := t.text
	if t.kind == tokenEnd {
		text = "<EOF>"
	}
	return compilation("001003", "42000", "syntax error line %d at position %d unexpected '%s'.", t.line, t.column, text)
}

func parseError(line, column int, near string) *Error {
	return compilation("001003", "42000", "parse error line %d at position %d near '%s'.", line, column, near)
}

func alreadyExists(name string) *Error {
	return compilation("002002", "42710", "Object '%s' already exists.", name)
}

// cannotUse is what USE answers for anything it cannot switch to, without saying which of the two it is.
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

func incompatibleOptions() *Error {
	return compilation("002204", "42601", "options IF NOT EXISTS and OR REPLACE are incompatible.")
}

func invalidPrivilege(privilege string, k kind) *Error {
	return compilation("003008", "42601", "Privilege '%s' is not valid for object type '%s'.", privilege, k)
}

func identifierTooLong(name string) *Error {
	return compilation("002026", "42601", "invalid identifier '%s': identifiers have at most %d characters.", clip(name, 40), maxIdentifier)
}

func requestedRole(name string) *Error {
	return &Error{
		Code: "003013", SQLState: "42501",
		Message: fmt.Sprintf("SQL access control error:\nRequested role '%s' is not assigned to the executing user.  Specify another role to activate.", name),
	}
}

func grantNotExecuted() *Error {
	return &Error{Code: "003102", SQLState: "42501", Message: "Grant not executed: Insufficient privileges."}
}

func revokeNotExecuted() *Error {
	return &Error{Code: "003102", SQLState: "42501", Message: "Revoke not executed: Insufficient privileges."}
}

func dependentGrant(privilege, securable, role string) *Error {
	return &Error{
		Code: "003036", SQLState: "42501",
		Message: fmt.Sprintf("SQL execution error:\nDependent grant of privilege '%s' on securable '%s' to role '%s' exists. It must be revoked first.", privilege, securable, role),
	}
}

func rejectedKey(reason string) *Error {
	return &Error{
		Code: "003554", SQLState: "22023",
		Message: fmt.Sprintf("SQL execution error:\nNew public key rejected by current policy. Reason: '%s'", reason),
	}
}

func cannotSetOnType(property, userType string) *Error {
	return &Error{
		Code: "511503", SQLState: "23001",
		Message: fmt.Sprintf("SQL execution error: Cannot set %s on users with TYPE=%s.", property, userType),
	}
}

func noWarehouse() *Error {
	return &Error{
		Code: "000606", SQLState: "57P03",
		Message: "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
	}
}

func noDatabase(verb string) *Error {
	return &Error{
		Code: "090105", SQLState: "22000",
		Message: fmt.Sprintf("Cannot perform %s. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.", verb),
	}
}

func noSchema(verb string) *Error {
	return &Error{
		Code: "090106", SQLState: "22000",
		Message: fmt.Sprintf("Cannot perform %s. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.", verb),
	}
}

func statementCount(have int) *Error {
	return &Error{
		Code: "000008", SQLState: "0A000",
		Message: fmt.Sprintf("Actual statement count %d did not match the desired statement count 1.", have),
	}
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}
