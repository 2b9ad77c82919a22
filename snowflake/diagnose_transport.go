// Errors between us and Snowflake, in words.

package snowflake

import (
	"fmt"
	"net/http"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A fault is what went wrong between us and Snowflake, where Snowflake itself said nothing. It passes
// through the driver as it is, and errors.As finds it again.
type fault struct {
	code  warehouse.Code
	text  string // for customers: no URL, no request id, no address
	hint  string
	cause error // nil where the text says it all
	own   bool  // only we can mend it
}

func (f *fault) Error() string { return f.text }

// Unwrap lets the driver see a deadline in what ended by one: it then aborts the statement that runs.
func (f *fault) Unwrap() error { return f.cause }

// What hints have in common.
const (
	hintAccount = "Check the account identifier: Snowsight shows it in the account menu under “View account details”."
	hintRetry   = "Try again in a few minutes."
	hintStatus  = "Try again in a few minutes. status.snowflake.com shows whether Snowflake has a problem."
	hintOurs    = "This problem is on our side, not in your Snowflake account. Please tell us about it."
)

// theLogin is what a transport sends in the first step.
const theLogin = "the login"

// atLogin returns a hint that tells the customer to look at the account identifier, in the one step
// where that can be wrong: a statement is sent only after Snowflake has accepted the login.
func (t *transport) atLogin(otherwise string) string {
	if t.sent() == theLogin {
		return hintAccount
	}
	return otherwise
}

// unexpected is about an answer that is not Snowflake's protocol.
func (t *transport) unexpected(what string, cause error) *fault {
	return &fault{
		code:  warehouse.CodeUnexpectedResponse,
		text:  fmt.Sprintf("%s did not answer %s like Snowflake: %s.", t.called, t.sent(), what),
		hint:  "Something other than Snowflake may have answered, such as a proxy or a sign-in page. " + t.atLogin(hintRetry),
		cause: cause,
	}
}

// statusFault is an answer with another status than 200, which Snowflake gives whenever it has
// understood what it was asked.
func (t *transport) statusFault(status int) *fault {
	login := t.sent() == theLogin
	switch {
	case login && (status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound):
		return &fault{
			code: warehouse.CodeAccountNotFound,
			text: fmt.Sprintf("%s answered the login with %s. Snowflake does this when there is no such account.", t.called, shownStatus(status)),
			hint: hintAccount,
		}
	case status == http.StatusTooManyRequests:
		return &fault{
			code: warehouse.CodeVendorUnavailable,
			text: fmt.Sprintf("%s answered %s with %s.", t.called, t.sent(), shownStatus(status)),
			hint: "Snowflake is getting too many requests. " + hintRetry,
		}
	case status == http.StatusRequestTimeout || status >= 500:
		return &fault{
			code: warehouse.CodeVendorUnavailable,
			text: fmt.Sprintf("%s answered %s with %s.", t.called, t.sent(), shownStatus(status)),
			hint: "Snowflake is not available at the moment. " + hintStatus,
		}
	case status >= 300 && status < 400:
		return t.unexpected("it sent a redirect, "+shownStatus(status), nil)
	}
	return t.unexpected("it sent "+shownStatus(status), nil)
}

func shownStatus(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("HTTP %d %s", status, text)
	}
	return fmt.Sprintf("HTTP %d", status)
}
