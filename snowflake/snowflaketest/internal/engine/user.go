package engine

import (
	"strconv"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A user holds the properties that only users have.
type user struct {
	loginName   string
	userType    string
	keys        [2]PublicKey
	disabled    bool
	lockedUntil time.Time
	role        string
	secondary   bool // DEFAULT_SECONDARY_ROLES holds ALL
	policy      string
	authPolicy  *object
	password    string // kept while the type is SERVICE, which cannot log in with it
}

const (
	personType        = "PERSON"
	legacyServiceType = "LEGACY_SERVICE"
	serviceType       = "SERVICE"
)

// setUser changes a copy of the user, so that a refused statement changes nothing.
func (s *Session) setUser(o *object, list []property) *Error {
	next := *o.user
	for _, v := range list {
		if err := s.setUserProperty(&next, o, v); err != nil {
			return err
		}
	}
	for _, v := range list {
		if v.name == "PASSWORD" {
			if next.userType == serviceType && !v.null {
				return servicePassword()
			}
			continue // SHOW and DESC do not print it
		}
		setProp(o.props, v)
	}
	*o.user = next
	return nil
}

func (s *Session) setUserProperty(u *user, o *object, v property) *Error {
	switch v.name {
	case "TYPE":
		u.userType = v.text
		if v.null {
			u.userType = personType
		}
		if u.userType != personType && u.userType != legacyServiceType && u.userType != serviceType {
			return invalidPropertyValue(v.text, v.name)
		}
	case "PASSWORD":
		u.password = v.text
	case "LOGIN_NAME":
		name := strings.ToUpper(v.text)
		if v.null || name == "" {
			name = o.name
		}
		if other := s.account.userByLogin(name); other != nil && other.name != o.name {
			return alreadyExists(sql.PrintName(name))
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
		minutes, _ := strconv.Atoi(v.text) // the parser checked it; unset, it unlocks
		u.lockedUntil = s.account.now().Add(time.Duration(minutes) * time.Minute)
	case "DEFAULT_ROLE":
		u.role = v.text
	case "DEFAULT_SECONDARY_ROLES":
		return setSecondary(u, v)
	case "NETWORK_POLICY":
		if err := s.account.checkNetworkPolicy(v); err != nil {
			return err
		}
		u.policy = v.text
	}
	return nil
}

// setSecondary sets DEFAULT_SECONDARY_ROLES, which is ('ALL') or ().
func setSecondary(u *user, v property) *Error {
	all := len(v.list) == 1 && strings.EqualFold(v.list[0], "ALL")
	if len(v.list) > 0 && !all {
		return invalidPropertyValue(v.text, v.name)
	}
	u.secondary = all || v.null // the default is ALL
	return nil
}

// userByLogin finds a user by LOGIN_NAME, ignoring case.
func (a *Account) userByLogin(login string) *object {
	for _, o := range a.sorted(userKind) {
		if strings.EqualFold(o.user.loginName, login) {
			return o
		}
	}
	return nil
}

// setProp keeps a property as SHOW and DESC print it.
func setProp(props map[string]string, v property) {
	if v.null {
		delete(props, v.name)
		return
	}
	props[v.name] = v.text
}
