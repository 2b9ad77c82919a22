package engine

import (
	"slices"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// RunScript runs a script in a session of its own, as an administrator who holds the given roles and begins with
// the first of them. Nil means ACCOUNTADMIN. It stops at the first statement that is refused, with an *Error, and
// returns the results of the statements before it.
func (a *Account) RunScript(roles []string, script string) ([]Result, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.scriptSession(roles)
	statements, broken := sql.Split(script)
	results := []Result{}
	for _, statement := range statements {
		r, err := s.execute(statement.Text)
		if err != nil {
			err.Statement, err.Line = statement.Text, statement.Line
			return results, err
		}
		results = append(results, newResult(statement, r))
	}
	if broken != nil {
		return results, parseError(broken)
	}
	return results, nil
}

// scriptSession returns an administrator's session. Secondary roles are off, so a statement passes only if the
// role that the script chose for it may run it.
func (a *Account) scriptSession(roles []string) *Session {
	s := &Session{account: a, user: scriptUser, role: accountAdmin, params: make(map[string]string)}
	if roles == nil {
		return s
	}
	s.roles, s.role = []string{}, public
	for _, role := range roles {
		s.roles = append(s.roles, sql.ReadName(role))
	}
	if i := slices.IndexFunc(s.roles, func(name string) bool { return a.child(roleKind, name) != nil }); i >= 0 {
		s.role = s.roles[i]
	}
	return s
}

// SplitScript returns the statements of a script. If the script ends inside a literal, a quoted name or a comment,
// it returns those before that and an *Error.
func SplitScript(script string) ([]string, error) {
	statements, broken := sql.Split(script)
	texts := make([]string, len(statements))
	for i, s := range statements {
		texts[i] = s.Text
	}
	if broken != nil {
		return texts, parseError(broken)
	}
	return texts, nil
}
