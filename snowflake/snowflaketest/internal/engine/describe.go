package engine

import (
	"strconv"
	"strings"
)

// describeUser is DESC USER.
type describeUser string

func (p *parser) describe() statement {
	p.expect("USER")
	return describeUser(p.name())
}

func (d describeUser) run(s *Session) (ResultSet, *Error) {
	o, err := s.lookup(userKind, []string{string(d)}, false)
	if err != nil {
		return ResultSet{}, err
	}
	if !o.may(s.active(), "MONITOR") && s.user != o.name && !s.account.managesGrants(s.active()) {
		return ResultSet{}, insufficient(o)
	}
	return userProperties(s.account, o), nil
}

// userProperties lists the properties of a user. As in Snowflake, an unset value reads null.
func userProperties(a *Account, o *object) ResultSet {
	u := o.user
	r := table("property", "value", "default", "description")
	row := func(name, value string) {
		if value == "" {
			value = "null"
		}
		r.add(name, value, "null", "")
	}
	secondary := "[]"
	if u.secondary {
		secondary = `["ALL"]`
	}
	lock := ""
	if left := u.lockedUntil.Sub(a.now()); left > 0 {
		lock = strconv.Itoa(int(left.Minutes()) + 1)
	}
	row("NAME", o.name)
	row("COMMENT", o.props["COMMENT"])
	row("TYPE", u.userType)
	row("LOGIN_NAME", u.loginName)
	row("PASSWORD", strings.Repeat("*", min(8, len(u.password))))
	row("DISABLED", strconv.FormatBool(u.disabled))
	row("MINS_TO_UNLOCK", lock)
	row("DEFAULT_ROLE", u.role)
	row("DEFAULT_SECONDARY_ROLES", secondary)
	row("RSA_PUBLIC_KEY", u.keys[0].written)
	row("RSA_PUBLIC_KEY_FP", u.keys[0].Fingerprint)
	row("RSA_PUBLIC_KEY_2", u.keys[1].written)
	row("RSA_PUBLIC_KEY_2_FP", u.keys[1].Fingerprint)
	row("NETWORK_POLICY", u.policy)
	return r
}
