// The places in the protocol where faults can be injected.

package snowflaketest

// A Point is a place in the protocol where requests are told apart and faults injected.
type Point string

// The points, in the order in which a client meets them.
const (
	AtLogin     Point = "login"
	AtQuery     Point = "query" // any statement but LIST
	AtList      Point = "list"
	AtAbort     Point = "abort"
	AtClose     Point = "close" // the end of a session
	AtRenew     Point = "renew" // a new token for a session whose old one expired
	AtHeartbeat Point = "heartbeat"
	AtTelemetry Point = "telemetry"
	AtElsewhere Point = "elsewhere" // any other path
)

// pointOf names the point of a path. Statements are told apart later, when their text is known.
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
	case "/session/token-request":
		return AtRenew
	case "/session/heartbeat":
		return AtHeartbeat
	case "/telemetry/send":
		return AtTelemetry
	}
	return AtElsewhere
}

// statementPoint looks at a statement's first word.
func statementPoint(sql string) Point {
	t, err := newLexer(sql).next()
	if err == nil && t.is("LIST") {
		return AtList
	}
	return AtQuery
}
