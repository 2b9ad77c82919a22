package snowflaketest

import (
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/engine"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/wire"
)

// An Error is an error of Snowflake: Code, SQLState and Message as Snowflake writes them, and the Statement and Line
// of the script, from 1.
type Error = engine.Error

// A Result is the result of one statement of a script: the Statement, its Line, the Columns and the Rows, in which
// NULL is written as NULL. Status returns the first cell, Property the value of a row of DESC.
type Result = engine.Result

// A Login is one attempt to log in: what the client asked for and, if it was refused, why. It does not hold the token.
type Login = wire.Login

// A Statement is one statement that a session sent, with its outcome.
type Statement = wire.Statement

// An OpenSession is a session that is not closed, with what it uses.
type OpenSession = wire.OpenSession

// SplitScript returns the statements of a script, as Snowflake splits them: at semicolons outside of literals, quoted
// names and comments. Comments around a statement are dropped, those inside are kept.
//
// If the script ends inside a literal, a quoted name or a comment, it returns the statements before that and an
// [*Error].
func SplitScript(script string) ([]string, error) { return engine.SplitScript(script) }

// Count returns how many requests arrived at the points, or anywhere if none are given.
func (s *Server) Count(at ...Point) int { return s.handler.Count(at) }

// Logins returns the attempts to log in. One that met an injected fault is not among them.
func (s *Server) Logins() []Login { return s.handler.Logins() }

// Statements returns the statements that sessions sent. Those of Run and RunAs are not among them.
func (s *Server) Statements() []Statement { return s.handler.Statements() }

// Running returns the statements that were neither answered nor aborted, and whose session is open. A client that
// gives up on a statement should abort it.
func (s *Server) Running() []Statement { return s.handler.Running() }

// OpenSessions returns the open sessions, oldest first.
func (s *Server) OpenSessions() []OpenSession { return s.handler.OpenSessions() }
