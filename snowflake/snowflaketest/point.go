// The places in the protocol where faults can be injected.

package snowflaketest

import "github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"

// A Point is a place in the protocol where requests are told apart and faults injected.
type Point string

// The points, in the order in which a client meets them.
const (
	AtLogin     Point = "login"
	AtQuery     Point = "query" // any statement but LIST
	AtList      Point = "list"
	AtAbort     Point = "abort"
	AtClose     Point = "close" // the end of a session
	AtTelemetry Point = "telemetry"
)

// pointOf returns the point of a path, or "" if the path is not supported. Statements are told apart later, when their text is known.
func pointOf(path string) Point {
	switch path {
	case "/session/v1/login-request":
		return AtLogin
	case "/queries/v1/query-request":
		return AtQuery
	case "/queries/v1/abort-request":
		return AtAbort
	case "/session":
		return AtClose
	case "/telemetry/send":
		return AtTelemetry
	}
	return ""
}

// statementPoint looks at a statement's first word.
func statementPoint(text string) Point {
	if sql.FirstWord(text) == "LIST" {
		return AtList
	}
	return AtQuery
}
