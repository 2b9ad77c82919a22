// Running scripts as an administrator.

package snowflaketest

import "slices"

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
		granted = append(granted, parameterName(role))
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
	fragments, broken := split(script)
	results := []Result{}
	for _, f := range fragments {
		answer, err := session.execute(f.text)
		if err != nil {
			err.Statement, err.Line = f.text, f.line
			return results, err
		}
		results = append(results, answer.public(f))
	}
	if broken != nil {
		return results, broken
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
