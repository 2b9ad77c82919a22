// Running scripts as an administrator.

package snowflaketest

import (
	"slices"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// Run executes a script as the account's administrator: the user ADMIN with the role ACCOUNTADMIN, which
// inherits SYSADMIN, SECURITYADMIN and USERADMIN. Each call is a session of its own.
//
// It stops at the first statement that is refused and returns what the statements before it answered;
// what those did stays done, since Snowflake wraps no transaction around such statements. The error
// then is an *Error.
func (s *Server) Run(script string) ([]Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return run(s.scriptSession(nil), script)
}

// RunAs executes a script as an administrator who was granted just the given roles, and begins with the
// first of them. USE ROLE works for these and for what they inherit: SECURITYADMIN inherits USERADMIN.
// Role names are written as in SQL. Without roles it is PUBLIC alone.
func (s *Server) RunAs(roles []string, script string) ([]Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	granted := []string{}
	for _, role := range roles {
		granted = append(granted, sql.ReadName(role))
	}
	return run(s.scriptSession(granted), script)
}

// scriptSession is an administrator's session. Secondary roles are off: a statement passes only if the
// role that the script chose for it may run it, which is what a script should be written for.
func (s *Server) scriptSession(roles []string) *session {
	session := &session{
		account: s.account, user: scriptUser, roles: roles, role: accountAdmin,
		params: make(map[string]string), details: s.details,
	}
	if roles != nil {
		session.role = public
		if i := slices.IndexFunc(roles, func(name string) bool { return s.account.child(roleKind, name) != nil }); i >= 0 {
			session.role = roles[i]
		}
	}
	return session
}

func run(session *session, script string) ([]Result, error) {
	fragments, broken := sql.Split(script)
	results := []Result{}
	for _, f := range fragments {
		answer, err := session.execute(f.Text)
		if err != nil {
			err.Statement, err.Line = f.Text, f.Line
			return results, err
		}
		results = append(results, answer.public(f))
	}
	if broken != nil {
		return results, parseError(broken)
	}
	return results, nil
}

// execute parses and runs one statement.
func (s *session) execute(text string) (result, *Error) {
	statement, err := parse(text)
	if err != nil {
		return result{}, err
	}
	return statement.run(s)
}

// SplitScript cuts a script into statements by Snowflake's rules: at semicolons outside of literals, quoted names
// and comments. Comments around a statement are dropped, those inside are kept.
//
// If the text ends inside a literal, a quoted name or a comment, it returns the statements before that and an
// *Error.
func SplitScript(script string) ([]string, error) {
	fragments, broken := sql.Split(script)
	texts := make([]string, len(fragments))
	for i, f := range fragments {
		texts[i] = f.Text
	}
	if broken != nil {
		return texts, parseError(broken)
	}
	return texts, nil
}
