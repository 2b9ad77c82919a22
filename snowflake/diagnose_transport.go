package snowflake

import (
	"fmt"
	"net/http"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A transportError is any error of a probe other than Snowflake's own: of the network, of
// a response that is not Snowflake's protocol, or on the host's side. errors.As finds it
// in the error that the driver returns.
type transportError struct {
	code    warehouse.Code
	message string // for customers: contains no URL, request id or address
	hint    string
	cause   error // nil if message is complete; the host gets it if code is CodeServerError
}

func (e *transportError) Error() string { return e.message }

// Unwrap lets the driver see that a deadline has passed. It then aborts the statement.
func (e *transportError) Unwrap() error { return e.cause }

// Hints that several errors share.
const (
	hintAccount = "Check the account identifier. Snowsight shows it in the account menu under “View account details”."
	hintRetry   = "Try again in a few minutes."
	hintStatus  = "Try again in a few minutes. status.snowflake.com shows whether Snowflake has a problem."
	hintOurs    = "This problem is on our side, not in your Snowflake account. Please tell us about it."
)

// Ends of messages that begin "… did not answer … like Snowflake:".
const (
	problemForm   = "its JSON has an unexpected form"
	problemJSON   = "its answer is not JSON"
	problemResult = "its result has an unexpected form"
)

// internalError is an error that only the host can fix. The customer does not see its
// cause.
func internalError(message string, cause error) *transportError {
	return &transportError{code: warehouse.CodeServerError, message: message, hint: hintOurs, cause: cause}
}

// inLogin reports whether the current step is the login. Only then can the account
// identifier be wrong: a statement is sent after Snowflake has accepted the login.
func (t *transport) inLogin() bool { return t.request() == requestLogin }

// accountHintOr returns the hint to check the account identifier in the login, and
// hint in other steps.
func (t *transport) accountHintOr(hint string) string {
	if t.inLogin() {
		return hintAccount
	}
	return hint
}

// withAccountHint returns hint, followed in the login by the hint to check the account
// identifier.
func (t *transport) withAccountHint(hint string) string {
	if !t.inLogin() {
		return hint
	}
	return hint + " If it keeps failing, c" + hintAccount[1:]
}

// unexpected is the error for a response that is not Snowflake's protocol.
func (t *transport) unexpected(problem string, cause error) *transportError {
	return &transportError{
		code:    warehouse.CodeUnexpectedResponse,
		message: fmt.Sprintf("%s did not answer %s like Snowflake: %s.", t.hostname, t.request(), problem),
		hint:    "Something other than Snowflake may have answered, such as a proxy or a sign-in page. " + t.accountHintOr(hintRetry),
		cause:   cause,
	}
}

// statusError is the error for a response with a status other than 200. Snowflake
// returns 200 for every request that it understands.
func (t *transport) statusError(status int) *transportError {
	answered := fmt.Sprintf("%s answered %s with %s.", t.hostname, t.request(), statusText(status))
	switch {
	case t.inLogin() && (status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound):
		return &transportError{
			code:    warehouse.CodeAccountNotFound,
			message: answered + " Snowflake does this if the account does not exist.",
			hint:    hintAccount,
		}
	case status == http.StatusProxyAuthRequired:
		return internalError("The proxy on our side refused to connect.", &proxyStatusError{status})
	case status == http.StatusTooManyRequests:
		return &transportError{
			code:    warehouse.CodeVendorUnavailable,
			message: answered,
			hint:    "Snowflake is getting too many requests. " + hintRetry,
		}
	case status == http.StatusRequestTimeout || status >= 500:
		return &transportError{
			code:    warehouse.CodeVendorUnavailable,
			message: answered,
			hint:    "Snowflake is not available at the moment. " + hintStatus,
		}
	case status >= 300 && status < 400:
		return t.unexpected("it sent a redirect, "+statusText(status), nil)
	}
	return t.unexpected("it sent "+statusText(status), nil)
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("HTTP %d %s", status, text)
	}
	return fmt.Sprintf("HTTP %d", status)
}
