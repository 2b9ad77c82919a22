package warehouse

import (
	"cmp"
	"time"
)

// A Code is the cause of a failed test. All connectors use the same set.
type Code string

// Later versions may add codes. Clients should treat an unknown one as CodeUnknown.
const (
	CodeAuthenticationFailed   Code = "authentication_failed"   // key, user or account refused
	CodeAuthenticationPolicy   Code = "authentication_policy"   // a policy does not allow this way to log in
	CodeUserDisabled           Code = "user_disabled"           // an administrator disabled the user
	CodeUserLocked             Code = "user_locked"             // the user is locked out for a while
	CodeMFARequired            Code = "mfa_required"            // the user may not log in without a second factor
	CodeRoleNotGranted         Code = "role_not_granted"        // the role is missing or not the user's
	CodeAccountNotFound        Code = "account_not_found"       // no such account: check the account identifier
	CodeAccountSuspended       Code = "account_suspended"       // billing
	CodeQuotaExceeded          Code = "quota_exceeded"          // a spending limit
	CodeNetworkBlocked         Code = "network_blocked"         // the vendor's network policy refuses our address
	CodeNetworkUnreachable     Code = "network_unreachable"     // no such host, refused, reset, TLS failed
	CodeServerError            Code = "server_error"            // our own server's problem: its proxy, certificates, clock or stored key; the event gets the cause
	CodeTimeout                Code = "timeout"                 // nothing answered in time
	CodeVendorUnavailable      Code = "vendor_unavailable"      // the vendor cannot serve at the moment
	CodeUnexpectedResponse     Code = "unexpected_response"     // not the vendor's protocol
	CodeWarehouseInaccessible  Code = "warehouse_inaccessible"  // missing, or no privilege on it
	CodeDatabaseInaccessible   Code = "database_inaccessible"   // missing, or no privilege on it
	CodeSchemaInaccessible     Code = "schema_inaccessible"     // missing, or no privilege on it
	CodeStageInaccessible      Code = "stage_inaccessible"      // missing, or no privilege on it
	CodeInsufficientPrivileges Code = "insufficient_privileges" // the object exists, but a privilege is missing
	CodeUnknown                Code = "unknown"                 // anything else, including a plain error of a connector
)

// defaultHints are the hints of errors without one.
var defaultHints = map[Code]string{
	CodeAuthenticationFailed:   "The warehouse refused the login: check the account and the user, and run the setup script again.",
	CodeAuthenticationPolicy:   "A policy of the warehouse account does not allow this way to log in: allow it for the user.",
	CodeUserDisabled:           "The user is disabled in the warehouse: enable it.",
	CodeUserLocked:             "The user is locked in the warehouse: unlock it, or wait until the lock ends.",
	CodeMFARequired:            "The warehouse wants a second factor from the user: make it a service user, which needs none.",
	CodeRoleNotGranted:         "The role does not exist or is not granted to the user: run the setup script again.",
	CodeAccountNotFound:        "There is no such account: check the account identifier.",
	CodeAccountSuspended:       "The warehouse account is suspended: its billing has to be settled with the vendor.",
	CodeQuotaExceeded:          "A spending limit of the warehouse account is reached: raise it, or wait until it is renewed.",
	CodeNetworkBlocked:         "The warehouse's network policy refuses our address: allow it.",
	CodeNetworkUnreachable:     "The warehouse could not be reached over the network: check the account and try again.",
	CodeServerError:            "This problem is on our side, not in your warehouse account. Please tell us about it.",
	CodeTimeout:                "The warehouse did not answer in time: try again, and check the account if it stays so.",
	CodeVendorUnavailable:      "The warehouse cannot serve requests at the moment: try again later.",
	CodeUnexpectedResponse:     "The response is not in the warehouse's protocol: check the account, and any proxy in between.",
	CodeWarehouseInaccessible:  "The warehouse does not exist or the role may not use it: run the setup script again.",
	CodeDatabaseInaccessible:   "The database does not exist or the role may not use it: run the setup script again.",
	CodeSchemaInaccessible:     "The schema does not exist or the role may not use it: run the setup script again.",
	CodeStageInaccessible:      "The stage does not exist or the role may not use it: run the setup script again.",
	CodeInsufficientPrivileges: "The role lacks a privilege: run the setup script again.",
	CodeUnknown:                "The test failed for a reason that is not known here: the error is in the warehouse's own words.",
}

// A ProbeError is the error of a probe with details. Only Message or Err is required.
type ProbeError struct {
	Step       string // the step that failed; RunSteps fills it in
	Code       Code   // CodeUnknown if empty
	VendorCode string // the vendor's own code, in its spelling, if any
	Message    string // for the customer, in the vendor's words if possible; Err's text if empty
	Hint       string // one or two sentences: the cause, then what to do; a general hint for the code if empty
	Fix        string // statements that an administrator can run to fix it, if any
	Err        error  // the cause, for errors.Is and errors.As; never shown to the customer if Message is set
}

// Error returns the message for the customer.
func (e *ProbeError) Error() string {
	switch {
	case e.Message != "":
		return e.Message
	case e.Err != nil:
		return e.Err.Error()
	}
	return "the test failed: " + string(cmp.Or(e.Code, CodeUnknown))
}

// Unwrap returns e.Err.
func (e *ProbeError) Unwrap() error { return e.Err }

// A StepStatus is how a step of a probe ended.
type StepStatus string

// The statuses of a step.
const (
	StepPassed  StepStatus = "passed"
	StepFailed  StepStatus = "failed"
	StepSkipped StepStatus = "skipped" // not reached, since an earlier step failed
)

// A StepResult is how one step of a probe ended.
type StepResult struct {
	Name     string        `json:"name"`
	Status   StepStatus    `json:"status"`
	Duration time.Duration `json:"duration"` // 0 if skipped
}

// A Diagnosis holds the details of a test result. After a test that passed, only Steps is set. Its JSON
// is the stored form; package httpapi has the one for clients.
type Diagnosis struct {
	Step       string       `json:"step,omitempty"` // the step that failed, if the connector names one
	Code       Code         `json:"code,omitempty"`
	VendorCode string       `json:"vendor_code,omitempty"`
	Hint       string       `json:"hint,omitempty"`
	Fix        string       `json:"fix,omitempty"`
	Steps      []StepResult `json:"steps,omitempty"`
}

// A TestResult is the result of a test.
type TestResult struct {
	Success   bool
	TestedAt  time.Time // when the probe ended, UTC
	Error     string    // the warehouse's raw message; empty on success
	Diagnosis Diagnosis
}
