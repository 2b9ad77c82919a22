package engine

import (
	"slices"
	"strings"
)

// authMethods are the values of AUTHENTICATION_METHODS.
var authMethods = []string{"ALL", "SAML", "PASSWORD", "OAUTH", "KEYPAIR", "PROGRAMMATIC_ACCESS_TOKEN", "WORKLOAD_IDENTITY"}

func setMethods(policy *object, v property) *Error {
	methods := make([]string, len(v.list))
	for i, method := range v.list {
		if methods[i] = strings.ToUpper(method); !slices.Contains(authMethods, methods[i]) {
			return invalidPropertyValue(method, v.name)
		}
	}
	policy.methods = methods
	return nil
}

// allows reports whether the authentication policy of the user, or else of the account, allows a method. Without a
// policy, or if it was dropped, every method is allowed.
func (a *Account) allows(u *user, method string) bool {
	policy := u.authPolicy
	if policy == nil {
		policy = a.authPolicy
	}
	if policy == nil || policy.parent.child(authPolicyKind, policy.name) != policy || len(policy.methods) == 0 {
		return true
	}
	return slices.Contains(policy.methods, method) || slices.Contains(policy.methods, "ALL")
}

// setAuthPolicy is ALTER of an account or a user, SET or UNSET AUTHENTICATION POLICY.
type setAuthPolicy struct {
	user   string   // empty for the account
	policy []string // nil to unset
}

func (p *parser) authPolicy(a *alterStatement, set bool) statement {
	g := &setAuthPolicy{}
	switch a.kind {
	case userKind:
		g.user = a.names[0]
	case accountKind:
	default:
		p.unexpected()
	}
	if set {
		g.policy = p.namesOf(authPolicyKind)
	}
	return g
}

func (g *setAuthPolicy) run(s *Session) (ResultSet, *Error) {
	var policy, o *object
	var err *Error
	if g.policy != nil {
		if policy, err = s.lookup(authPolicyKind, g.policy, s.account.managesGrants(s.active())); err != nil {
			return ResultSet{}, err
		}
	}
	slot := &s.account.authPolicy
	if g.user != "" {
		if o, err = s.lookup(userKind, []string{g.user}, false); err != nil {
			return ResultSet{}, err
		}
		slot = &o.user.authPolicy
	}
	switch {
	case !s.account.may(s.active(), "APPLY AUTHENTICATION POLICY"):
		return ResultSet{}, insufficient(s.account.object)
	case policy != nil && *slot != nil:
		return ResultSet{}, policyAttached(policy)
	}
	*slot = policy
	return done(), nil
}
