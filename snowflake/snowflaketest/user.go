// Users.

package snowflaketest

import (
	"maps"
	"strconv"
	"strings"
	"time"
)

// A user is what only users have; names, owner and comment are the object's.
type user struct {
	loginName   string
	userType    string
	keys        [2]publicKey
	disabled    bool
	lockedUntil time.Time
	expires     time.Time
	role        string
	warehouse   string
	namespace   string
	secondary   bool // DEFAULT_SECONDARY_ROLES holds ALL
	policy      string
}

const (
	personType        = "PERSON"
	serviceType       = "SERVICE"
	legacyServiceType = "LEGACY_SERVICE"
)

// forbidden are the properties that a type of user cannot have.
var forbidden = map[string][]string{
	serviceType:       {"FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "PASSWORD", "MUST_CHANGE_PASSWORD", "MINS_TO_BYPASS_MFA"},
	legacyServiceType: {"FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "MINS_TO_BYPASS_MFA"},
}

// setUser changes a copy of the user by the properties, so that a refused statement changes nothing.
func (s *session) setUser(o *object, list []property) *Error {
	next, props := *o.user, copyProps(o.props)
	for _, v := range list {
		if v.name != "TYPE" {
			continue
		}
		if v.null {
			next.userType = personType
			continue
		}
		if v.text != personType && v.text != serviceType && v.text != legacyServiceType {
			return invalidPropertyValue(v.text, v.name)
		}
		next.userType = v.text
	}
	for _, v := range list {
		for _, name := range forbidden[next.userType] {
			if v.name == name && !v.null {
				return cannotSetOnType(name, next.userType)
			}
		}
		if err := s.setUserProperty(&next, o, v); err != nil {
			return err
		}
		setProp(props, v)
	}
	*o.user, o.props = next, props
	return nil
}

func (s *session) setUserProperty(u *user, o *object, v property) *Error {
	now := s.account.clock()
	switch v.name {
	case "LOGIN_NAME":
		name := strings.ToUpper(v.text)
		if v.null || name == "" {
			name = o.name
		}
		if other := s.account.userByLogin(name); other != nil && other.name != o.name {
			return alreadyExists(printName(name))
		}
		u.loginName = name
	case "RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2":
		key, err := readKey(v.text)
		if err != nil {
			return err
		}
		slot := 0
		if v.name == "RSA_PUBLIC_KEY_2" {
			slot = 1
		}
		u.keys[slot] = key
	case "DISABLED":
		u.disabled = v.text == "true"
	case "MINS_TO_UNLOCK":
		u.lockedUntil = after(now, v, time.Minute)
	case "DAYS_TO_EXPIRY":
		u.expires = after(now, v, 24*time.Hour)
		if n, _ := strconv.Atoi(v.text); n < 0 {
			u.expires = now
		}
	case "DEFAULT_ROLE":
		u.role = v.text
	case "DEFAULT_WAREHOUSE":
		u.warehouse = v.text
	case "DEFAULT_NAMESPACE":
		u.namespace = v.text
	case "DEFAULT_SECONDARY_ROLES":
		return setSecondary(u, v)
	case "NETWORK_POLICY":
		if !v.null && s.account.child(networkPolicyKind, v.text) == nil {
			return s.missing(networkPolicyKind, printName(v.text))
		}
		u.policy = v.text
	}
	return nil
}

// setSecondary takes the two lists that Snowflake knows: ('ALL') and ().
func setSecondary(u *user, v property) *Error {
	switch {
	case v.null: // back to the default
		u.secondary = true
	case len(v.list) == 0:
		u.secondary = false
	case len(v.list) == 1 && strings.EqualFold(v.list[0], "ALL"):
		u.secondary = true
	default:
		return invalidPropertyValue(v.text, v.name)
	}
	return nil
}

func after(now time.Time, v property, unit time.Duration) time.Time {
	n, err := strconv.Atoi(v.text)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(n) * unit)
}

// userByLogin finds a user by LOGIN_NAME, which is compared without case.
func (a *account) userByLogin(login string) *object {
	for _, o := range a.sorted(userKind) {
		if strings.EqualFold(o.user.loginName, login) {
			return o
		}
	}
	return nil
}

func copyProps(props map[string]string) map[string]string {
	next := make(map[string]string, len(props))
	maps.Copy(next, props)
	return next
}

// setProp keeps a property as SHOW and DESCRIBE print it. A password is not kept at all.
func setProp(props map[string]string, v property) {
	switch {
	case v.null:
		delete(props, v.name)
	case v.name == "PASSWORD":
		props[v.name] = "********"
	default:
		props[v.name] = v.text
	}
}
