package engine

import (
	"fmt"
	"slices"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// held returns the given roles and all that they inherit, and PUBLIC. Dropped roles do not count.
func (a *Account) held(roles []string) map[string]bool {
	reach := make(map[string]bool)
	var visit func(string)
	visit = func(name string) {
		r := a.child(roleKind, name)
		if r == nil || reach[name] {
			return
		}
		reach[name] = true
		for _, inherited := range r.inherits {
			visit(inherited)
		}
	}
	visit(public)
	for _, name := range roles {
		visit(name)
	}
	return reach
}

// primary returns the session's role and those that it inherits. Only these may create. A role that was revoked from
// the user does not count.
func (s *Session) primary() map[string]bool {
	if !s.account.held(s.granted())[s.role] {
		return s.account.held(nil)
	}
	return s.account.held([]string{s.role})
}

// active returns the roles with which the session uses objects: the primary ones and, with secondary roles, all that
// the user was granted.
func (s *Session) active() map[string]bool {
	roles := s.primary()
	if s.secondary {
		for name := range s.account.held(s.granted()) {
			roles[name] = true
		}
	}
	return roles
}

// may reports whether one of the roles has a privilege on the object. Its owner has all of them.
func (o *object) may(roles map[string]bool, privilege string) bool {
	return o.ownedBy(roles) || slices.ContainsFunc(o.grants, func(g *grant) bool {
		return roles[g.role] && g.privilege == privilege
	})
}

// seen reports whether one of the roles has any privilege on the object.
func (o *object) seen(roles map[string]bool) bool {
	return o.ownedBy(roles) || slices.ContainsFunc(o.grants, func(g *grant) bool { return roles[g.role] })
}

func (o *object) ownedBy(roles map[string]bool) bool { return o.owner != "" && roles[o.owner] }

func (a *Account) managesGrants(roles map[string]bool) bool { return a.may(roles, "MANAGE GRANTS") }

// mayGrant reports whether the roles may grant on the object, by owning it or by MANAGE GRANTS.
func (a *Account) mayGrant(roles map[string]bool, o *object) bool {
	return o.ownedBy(roles) || a.managesGrants(roles)
}

// give records a grant, once.
func (a *Account) give(o *object, g grant) {
	if !o.has(g.privilege, g.role) {
		g.created = a.now()
		o.grants = append(o.grants, &g)
	}
}

func (o *object) take(privilege, role string) {
	o.grants = slices.DeleteFunc(o.grants, func(g *grant) bool {
		return g.role == role && g.privilege == privilege
	})
}

func (o *object) has(privilege, role string) bool {
	return slices.ContainsFunc(o.grants, func(g *grant) bool { return g.role == role && g.privilege == privilege })
}

// missing is the error for an object that does not exist, or that the session may not know of.
func missing(k kind, path string) *Error {
	return compilation("002003", "02000", "%s '%s' does not exist or not authorized.", k.title(), path)
}

// accountLabel names the account in errors.
const accountLabel = "XY12345"

// insufficient is the error for an object that the session may know of, but on which it lacks a privilege.
func insufficient(o *object) *Error {
	name := sql.PrintName(o.name)
	if o.kind == accountKind {
		name = accountLabel
	}
	return &Error{
		Code: "003001", SQLState: "42501",
		Message: fmt.Sprintf("SQL access control error:\nInsufficient privileges to operate on %s '%s'.", o.kind.lower(), name),
	}
}

// insufficientFor is the error of CREATE, which adds a sentence that names the missing privilege. On the account
// it does not.
func insufficientFor(o *object, role, privilege string) *Error {
	err := insufficient(o)
	if o.kind != accountKind {
		err.Message += fmt.Sprintf(" Your primary role %s must have %s granted on %s %s.", sql.PrintName(role), privilege, o.kind, o.path())
	}
	return err
}
