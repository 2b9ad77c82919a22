package engine

import (
	"fmt"
	"net/netip"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A Login is a request for a session by a user whose token was verified.
type Login struct {
	User                              string // the NAME
	Password                          bool   // the user's password was verified, not a token
	Address                           netip.Addr
	Role, Warehouse, Database, Schema string // as requested, quotes included
	Validate                          bool   // refuse a warehouse, database or schema that the role may not use
	Parameters                        map[string]string
}

// method returns the login's method as authentication policies name it.
func (l *Login) method() string {
	if l.Password {
		return "PASSWORD"
	}
	return "KEYPAIR"
}

// CheckPassword returns the NAME of the user who logs in with a password. A service user cannot.
func (a *Account) CheckPassword(loginName, password string) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.userByLogin(loginName)
	if o == nil || password == "" || o.user.password != password || o.user.userType == serviceType {
		return "", false
	}
	return o.name, true
}

// A User is what verifying a token takes.
type User struct {
	Name string
	Keys [2]PublicKey
}

// UserByLogin finds a user by LOGIN_NAME.
func (a *Account) UserByLogin(name string) (User, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.userByLogin(name)
	if o == nil {
		return User{}, false
	}
	return User{Name: o.name, Keys: o.user.keys}, true
}

// AddLoginFailure keeps the details of a failed login for SYSTEM$GET_LOGIN_FAILURE_DETAILS.
func (a *Account) AddLoginFailure(uuid, details string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.loginFailures[uuid] = details
}

func loginError(code, format string, args ...any) *Error {
	return &Error{Code: code, SQLState: "08004", Message: fmt.Sprintf(format, args...)}
}

// Login begins a session.
func (a *Account) Login(l Login) (*Session, *Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.child(userKind, l.User)
	if o == nil {
		return nil, loginError("390100", "Incorrect username or password was specified.")
	}
	switch u := o.user; {
	case !a.admits(u, l.Address):
		return nil, loginError("390422", "Incoming request with IP/Token %s is not allowed to access Snowflake. Contact your account administrator.", l.Address)
	case u.disabled:
		return nil, loginError("390101", "User access disabled. Contact your local system administrator.")
	case a.now().Before(u.lockedUntil):
		return nil, loginError("390102", "User temporarily locked. Try again later, or contact your local system administrator.")
	case !a.allows(u, l.method()):
		return nil, loginError("390202", "Authentication attempt rejected by the current authentication policy.")
	}
	s := &Session{account: a, user: o.name, secondary: o.user.secondary, params: l.Parameters}
	if err := s.activate(l.Role, o.user.role); err != nil {
		return nil, err
	}
	if err := s.enterDefaults(l); err != nil {
		return nil, err
	}
	return s, nil
}

// readName reads a name in a login parameter.
func (s *Session) readName(text string) string { return foldName(sql.ReadName(text), s.foldsNames()) }

// activate takes on the requested role, or the user's default role, or PUBLIC. The role is always checked, even if
// defaults are not validated.
func (s *Session) activate(asked, byDefault string) *Error {
	held := s.account.held(s.granted())
	switch {
	case asked != "":
		s.role = s.readName(asked)
		if s.account.child(roleKind, s.role) == nil {
			return loginError("390189", "Role '%s' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.", s.role)
		}
		if !held[s.role] {
			return loginError("390186", "Role '%s' specified in the connect string is not granted to this user. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.", s.role)
		}
	case byDefault != "":
		s.role = byDefault
		if !held[s.role] {
			return loginError("390186", "User's configured default role '%s' is not granted to this user. Contact your local system administrator, or attempt to login using a CLI client with a connect string selecting another role, e.g. PUBLIC.", s.role)
		}
	default:
		s.role = public
	}
	return nil
}

// enterDefaults takes on the requested warehouse, database and schema. One that may not be used refuses the
// login if it asks for validation, and is otherwise left out.
func (s *Session) enterDefaults(l Login) *Error {
	roles := s.active()
	usable := func(o *object) bool { return o != nil && o.may(roles, "USAGE") }
	refuse := func(k kind) *Error {
		if !l.Validate {
			return nil
		}
		return loginError("390201", "The requested %s does not exist or not authorized.", k.lower())
	}
	if l.Warehouse != "" {
		w := s.account.child(warehouseKind, s.readName(l.Warehouse))
		if usable(w) {
			s.warehouse = w.name
		} else if err := refuse(warehouseKind); err != nil {
			return err
		}
	}
	var d *object
	if l.Database != "" {
		if d = s.account.child(databaseKind, s.readName(l.Database)); !usable(d) {
			return refuse(databaseKind)
		}
		s.enter(d)
	}
	if l.Schema == "" {
		return nil
	}
	s.schema = ""
	if d == nil {
		return refuse(schemaKind)
	}
	sc := d.child(schemaKind, s.readName(l.Schema))
	if !usable(sc) {
		return refuse(schemaKind)
	}
	s.schema = sc.name
	return nil
}
