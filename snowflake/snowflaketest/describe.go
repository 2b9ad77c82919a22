// DESC statements.

package snowflaketest

import (
	"slices"
	"strconv"
	"strings"
)

// DESCRIBE, for the kinds that a setup is checked by.

type describeStatement struct {
	kind  kind
	names []string
}

func (p *parser) describe() statement {
	d := &describeStatement{}
	switch {
	case p.accept("USER"):
		d.kind = userKind
	case p.accept("TABLE"):
		d.kind = tableKind
	case p.accept("STAGE"):
		d.kind = stageKind
	case p.accept("WAREHOUSE"):
		d.kind = warehouseKind
	default:
		p.expect("NETWORK", "POLICY")
		d.kind = networkPolicyKind
	}
	d.names = p.namesOf(d.kind)
	return d
}

func (d *describeStatement) run(s *session) (result, *Error) {
	o, err := s.lookup(d.kind, d.names, "DESCRIBE", false)
	if err != nil {
		return result{}, err
	}
	switch d.kind {
	case userKind:
		if !o.may(s.active(), "MONITOR") && s.user != o.name && !s.account.managesGrants(s.active()) {
			return result{}, s.insufficient(o, ownership)
		}
		return describeUser(s.account, o), nil
	case tableKind:
		r := table("name", "type", "kind")
		for _, c := range o.columns {
			r.add(c.name, strings.ToUpper(c.typ), "COLUMN")
		}
		return r, nil
	}
	r := table("property", "value")
	for _, name := range sortedNames(o.props) {
		r.add(name, o.props[name])
	}
	return r, nil
}

// describeUser lists what DESC USER lists, of which an administrator mostly wants RSA_PUBLIC_KEY_FP. Unset
// values are shown as the word null, as Snowflake does.
func describeUser(a *account, o *object) result {
	u := o.user
	r := table("property", "value", "default", "description")
	row := func(name, value string) {
		if value == "" {
			value = "null"
		}
		r.add(name, value, "null", "")
	}
	hidden := func(name string) string {
		if slices.Contains(forbidden[u.userType], name) {
			return ""
		}
		return o.props[name]
	}
	secondary := "[]"
	if u.secondary {
		secondary = `["ALL"]`
	}
	lock := ""
	if left := u.lockedUntil.Sub(a.clock()); left > 0 {
		lock = strconv.Itoa(int(left.Minutes()) + 1)
	}
	row("NAME", o.name)
	row("COMMENT", o.props["COMMENT"])
	row("DISPLAY_NAME", orElse(o.props["DISPLAY_NAME"], o.name))
	row("TYPE", u.userType)
	row("LOGIN_NAME", u.loginName)
	for _, name := range []string{"FIRST_NAME", "MIDDLE_NAME", "LAST_NAME"} {
		row(name, hidden(name))
	}
	row("EMAIL", o.props["EMAIL"])
	row("PASSWORD", hidden("PASSWORD"))
	row("MUST_CHANGE_PASSWORD", orElse(hidden("MUST_CHANGE_PASSWORD"), "false"))
	row("DISABLED", strconv.FormatBool(u.disabled))
	row("DAYS_TO_EXPIRY", o.props["DAYS_TO_EXPIRY"])
	row("MINS_TO_UNLOCK", lock)
	row("DEFAULT_WAREHOUSE", u.warehouse)
	row("DEFAULT_NAMESPACE", u.namespace)
	row("DEFAULT_ROLE", u.role)
	row("DEFAULT_SECONDARY_ROLES", secondary)
	row("RSA_PUBLIC_KEY", u.keys[0].written)
	row("RSA_PUBLIC_KEY_FP", u.keys[0].fingerprint)
	row("RSA_PUBLIC_KEY_2", u.keys[1].written)
	row("RSA_PUBLIC_KEY_2_FP", u.keys[1].fingerprint)
	row("HAS_KEYPAIR", strconv.FormatBool(u.keys[0].key != nil || u.keys[1].key != nil))
	row("NETWORK_POLICY", u.policy)
	return r
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
