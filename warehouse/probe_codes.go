// What a probe found: its steps, and what is wrong in words that the customer can act on.

package warehouse

import (
	"cmp"
	"time"
)

// A Code classifies what made a test fail. The set is the same for every connector, so that a
// dashboard can rely on it.
type Code string

// The codes that a failed test may have. More may come; clients should take one that they do not know for
// CodeUnknown.
const (
	CodeAuthenticationFailed   Code = "authentication_failed"   // key, user or account refused
	CodeUserDisabled           Code = "user_disabled"           // the user may not log in: disabled
	CodeUserLocked             Code = "user_locked"             // the user may not log in for a while
	CodeMFARequired            Code = "mfa_required"            // the user may not log in without a second factor
	CodeRoleNotGranted         Code = "role_not_granted"        // the role is missing or not the user's
	CodeAccountNotFound        Code = "account_not_found"       // no such account: check the account identifier
	CodeAccountSuspended       Code = "account_suspended"       // billing
	CodeQuotaExceeded          Code = "quota_exceeded"          // a spending limit
	CodeNetworkBlocked         Code = "network_blocked"         // the vendor's network policy refuses our address
	CodeNetworkUnreachable     Code = "network_unreachable"     // no such host, refused, reset, TLS failed
	CodeTimeout                Code = "timeout"                 // nothing answered in time
	CodeVendorUnavailable      Code = "vendor_unavailable"      // the vendor answers that it cannot serve now
	CodeUnexpectedResponse     Code = "unexpected_response"     // not the vendor's protocol
	CodeWarehouseInaccessible  Code = "warehouse_inaccessible"  // missing, or no privilege on it
	CodeDatabaseInaccessible   Code = "database_inaccessible"   // missing, or no privilege on it
	CodeSchemaInaccessible     Code = "schema_inaccessible"     // missing, or no privilege on it
	CodeStageInaccessible      Code = "stage_inaccessible"      // missing, or no privilege on it
	CodeInsufficientPrivileges Code = "insufficient_privileges" // it is there, but this privilege is missing
	CodeUnknown                Code = "unknown"                 // anything else, a plain error from a connector included
)

// defaultHints serve where a connector names a code and gives no hint of its own.
var defaultHints = map[Code]string{
	CodeAuthenticationFailed:   "The warehouse refused the login: check the account and the user, and run the setup script again.",
	CodeUserDisabled:           "The user is disabled in the warehouse: enable it.",
	CodeUserLocked:             "The user is locked in the warehouse: unlock it, or wait until the lock ends.",
	CodeMFARequired:            "The warehouse wants a second factor from the user: make it a service user, which needs none.",
	CodeRoleNotGranted:         "The role does not exist or is not granted to the user: run the setup script again.",
	CodeAccountNotFound:        "There is no such account: check the account identifier.",
	CodeAccountSuspended:       "The warehouse account is suspended: its billing has to be settled with the vendor.",
	CodeQuotaExceeded:          "A spending limit of the warehouse account is reached: raise it, or wait until it is renewed.",
	CodeNetworkBlocked:         "The warehouse's network policy refuses our address: allow it.",
	CodeNetworkUnreachable:     "The warehouse could not be reached over the network: check the account and try again.",
	CodeTimeout:                "The warehouse did not answer in time: try again, and check the account if it stays so.",
	CodeVendorUnavailable:      "The warehouse says that it cannot serve at the moment: try again later.",
	CodeUnexpectedResponse:     "What answered does not speak the warehouse's protocol: check the account, and any proxy in between.",
	CodeWarehouseInaccessible:  "The warehouse does not exist or the role may not use it: run the setup script again.",
	CodeDatabaseInaccessible:   "The database does not exist or the role may not use it: run the setup script again.",
	CodeSchemaInaccessible:     "The schema does not exist or the role may not use it: run the setup script again.",
	CodeStageInaccessible:      "The stage does not exist or the role may not use it: run the setup script again.",
	CodeInsufficientPrivileges: "The role lacks a privilege: run the setup script again.",
	CodeUnknown:                "The test failed for a reason that is not known here: the error is in the warehouse's own words.",
}

// A ProbeError is a probe's error with what is known about it. Only Message or Err is required.
type ProbeError struct {
	Step       string // the step that failed; RunSteps fills it in
	Code       Code   // CodeUnknown if empty
	VendorCode string // the vendor's own code, as it writes it; empty where the vendor said nothing
	Message    string // what the customer reads: the vendor's own words where there are any; Err's text if empty
	Hint       string // a sentence about what happened and what to do; a general one for the code if empty
	Fix        string // statements that an administrator can paste to mend it; empty where none would
	Err        error  // the cause, for errors.Is and errors.As; never shown to the customer if Message is set
}

// Error returns the message that the customer reads.
func (e *ProbeError) Error() string {
	switch {
	case e.Message != "":
		return e.Message
	case e.Err != nil:
		return e.Err.Error()
	}
	return "the test failed: " + string(cmp.Or(e.Code, CodeUnknown))
}

// Unwrap returns the cause.
func (e *ProbeError) Unwrap() error { return e.Err }

// StepStatus says how a step of a probe ended.
type StepStatus string

// A step passed, failed, or was skipped since an earlier one had failed.
const (
	StepPassed  StepStatus = "passed"
	StepFailed  StepStatus = "failed"
	StepSkipped StepStatus = "skipped" // not reached
)

// A StepResult is how one step of a probe ended.
type StepResult struct {
	Name     string        `json:"name"`
	Status   StepStatus    `json:"status"`
	Duration time.Duration `json:"duration"` // 0 if skipped
}

// A Diagnosis says what a test found. After a test that passed, all but Steps is empty. Its JSON is
// for storing it; package httpapi has the form that clients see.
type Diagnosis struct {
	Step       string       `json:"step,omitempty"` // the step that failed, where the connector named one
	Code       Code         `json:"code,omitempty"`
	VendorCode string       `json:"vendor_code,omitempty"`
	Hint       string       `json:"hint,omitempty"`
	Fix        string       `json:"fix,omitempty"`
	Steps      []StepResult `json:"steps,omitempty"`
}

// A TestResult is how a test ended.
type TestResult struct {
	Success   bool
	TestedAt  time.Time // when the probe ended, UTC
	Error     string    // the warehouse's raw message; empty on success
	Diagnosis Diagnosis
}
