// Logging in.

package snowflaketest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

type loginRequest struct {
	Data struct {
		Client        string         `json:"CLIENT_APP_ID"`
		Version       string         `json:"CLIENT_APP_VERSION"`
		Account       string         `json:"ACCOUNT_NAME"`
		LoginName     string         `json:"LOGIN_NAME"`
		Authenticator string         `json:"AUTHENTICATOR"`
		Token         string         `json:"TOKEN"`
		Parameters    map[string]any `json:"SESSION_PARAMETERS"`
		Environment   map[string]any `json:"CLIENT_ENVIRONMENT"`
	} `json:"data"`
}

// serveLogin decides a login and records it.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request, body []byte) {
	var ask loginRequest
	if err := json.Unmarshal(body, &ask); err != nil {
		page(w, http.StatusBadRequest, "400 Bad Request")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	seen := Login{
		Time: s.now(), Account: ask.Data.Account, User: ask.Data.LoginName,
		Role: q.Get("roleName"), Warehouse: q.Get("warehouse"), Database: q.Get("databaseName"), Schema: q.Get("schemaName"),
		Client: ask.Data.Client + "/" + ask.Data.Version, Environment: ask.Data.Environment, Parameters: ask.Data.Parameters,
	}
	open, err := s.login(r, &ask, &seen)
	if err != nil {
		seen.Code, seen.Message = err.Code, err.Message
		s.logins = append(s.logins, seen)
		reply(w, envelope{Data: map[string]any{"authnMethod": "KEYPAIR"}, Code: &err.Code, Message: &err.Message})
		return
	}
	s.begin(open)
	seen.Session = open.id
	s.logins = append(s.logins, seen)
	reply(w, succeeded(s.loginAnswer(open)))
}

func (s *Server) login(r *http.Request, ask *loginRequest, seen *Login) (*session, *Error) {
	if ask.Data.Authenticator != "SNOWFLAKE_JWT" {
		return nil, loginError("390100", "Incorrect username or password was specified.")
	}
	o, err := s.authenticate(r, ask, seen)
	if err != nil {
		return nil, err
	}
	u := o.user
	address := s.address(r)
	switch now := s.now(); {
	case !s.account.admits(u, address):
		return nil, loginError("390422", fmt.Sprintf("Incoming request with IP/Token %s is not allowed to access Snowflake. Contact your account administrator.", address))
	case u.disabled:
		return nil, loginError("390101", "User access disabled. Contact your local system administrator.")
	case now.Before(u.lockedUntil):
		return nil, loginError("390102", "User temporarily locked. Try again later, or contact your local system administrator.")
	}
	open := &session{
		account: s.account, user: o.name, secondary: u.secondary,
		params: sessionParameters(ask.Data.Parameters), details: s.details,
	}
	if err := open.activate(seen.Role, u.role); err != nil {
		return nil, err
	}
	validate := ask.Data.Parameters["CLIENT_VALIDATE_DEFAULT_PARAMETERS"] == true && s.validate
	if err := open.enterDefaults(seen, validate); err != nil {
		return nil, err
	}
	return open, nil
}

func loginError(code, message string) *Error {
	return &Error{Code: code, SQLState: "08004", Message: message}
}

// authenticate believes a token or keeps the reason why not under a new UUID.
func (s *Server) authenticate(r *http.Request, ask *loginRequest, seen *Login) (*object, *Error) {
	var o *object
	fault := badToken
	if j, ok := readToken(ask.Data.Token); ok {
		seen.User = j.user
		o, fault = s.account.verify(j, ask.Data.Account)
	}
	if fault == nil {
		return o, nil
	}
	id := newID()
	f := failure{
		ClientIP: s.address(r).String(), ClientType: orElse(strings.ToUpper(ask.Data.Client), "OTHER"),
		ErrorCode: fault.name, Timestamp: s.now().Unix(),
	}
	if ask.Data.Version != "" {
		f.ClientVersion = &ask.Data.Version
	}
	if o != nil {
		f.Username = &o.name
	}
	s.details[id] = f
	seen.Detail, seen.Reason = fault.code, fault.name
	return nil, loginError("390144", "JWT token is invalid. ["+id+"]")
}

func (s *Server) address(r *http.Request) netip.Addr {
	if s.clientIP != "" {
		return netip.MustParseAddr(s.clientIP) // parsed once before, when it was set
	}
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return remote.Addr().Unmap()
}

// activate takes on the role asked for, or the user's default, or PUBLIC. A role is always checked,
// whether or not the client asks to have its defaults validated.
func (s *session) activate(asked, byDefault string) *Error {
	held := s.account.held(s.granted())
	switch {
	case asked != "":
		s.role = sql.ReadName(asked)
		if s.account.child(roleKind, s.role) == nil {
			return loginError("390189", fmt.Sprintf("Role '%s' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.", s.role))
		}
		if !held[s.role] {
			return loginError("390186", fmt.Sprintf("Role '%s' specified in the connect string is not granted to this user. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.", s.role))
		}
	case byDefault != "":
		s.role = byDefault
		if !held[s.role] {
			return loginError("390186", fmt.Sprintf("User's configured default role '%s' is not granted to this user. Contact your local system administrator, or attempt to login using a CLI client with a connect string selecting another role, e.g. PUBLIC.", s.role))
		}
	default:
		s.role = public
	}
	return nil
}

// enterDefaults takes on the requested warehouse, database and schema. One that may not be used refuses the
// login if validate is set, and is otherwise left out.
func (s *session) enterDefaults(asked *Login, validate bool) *Error {
	roles := s.active()
	usable := func(o *object) bool { return o != nil && o.may(roles, "USAGE") }
	refuse := func(k kind) *Error {
		if !validate {
			return nil
		}
		return loginError("390201", fmt.Sprintf("The requested %s does not exist or not authorized.", k.lower()))
	}
	if asked.Warehouse != "" {
		w := s.account.child(warehouseKind, sql.ReadName(asked.Warehouse))
		if usable(w) {
			s.warehouse = w.name
		} else if err := refuse(warehouseKind); err != nil {
			return err
		}
	}
	var d *object
	if asked.Database != "" {
		if d = s.account.child(databaseKind, sql.ReadName(asked.Database)); !usable(d) {
			return refuse(databaseKind)
		}
		s.enter(d)
	}
	if asked.Schema == "" {
		return nil
	}
	s.schema = ""
	if d == nil {
		return refuse(schemaKind)
	}
	sc := d.child(schemaKind, sql.ReadName(asked.Schema))
	if !usable(sc) {
		return refuse(schemaKind)
	}
	s.schema = sc.name
	return nil
}

// sessionParameters keeps what a client set for its session, as text.
func sessionParameters(given map[string]any) map[string]string {
	params := make(map[string]string)
	for name, value := range given {
		params[strings.ToUpper(name)] = fmt.Sprint(value)
	}
	return params
}

// loginAnswer is what a client learns when it is let in. CLIENT_TELEMETRY_ENABLED is true, as the real
// service has it: a client that does not want telemetry must say so itself.
func (s *Server) loginAnswer(open *session) map[string]any {
	type parameter struct {
		Name  string `json:"name"`
		Value any    `json:"value"`
	}
	parameters := []parameter{
		{"AUTOCOMMIT", true},
		{"BINARY_OUTPUT_FORMAT", "HEX"},
		{"CLIENT_MEMORY_LIMIT", 1536},
		{"CLIENT_PREFETCH_THREADS", 4},
		{"CLIENT_RESULT_CHUNK_SIZE", 160},
		{"CLIENT_SESSION_KEEP_ALIVE", false},
		{"CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", 3600},
		{"CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", 65280},
		{"CLIENT_TELEMETRY_ENABLED", true},
		{"DATE_OUTPUT_FORMAT", "YYYY-MM-DD"},
		{"TIMESTAMP_NTZ_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3"},
		{"TIMESTAMP_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"},
		{"TIMESTAMP_TYPE_MAPPING", "TIMESTAMP_NTZ"},
		{"TIMEZONE", orElse(open.params["TIMEZONE"], "America/Los_Angeles")},
		{"TIME_OUTPUT_FORMAT", "HH24:MI:SS"},
	}
	return map[string]any{
		"token": open.token, "validityInSeconds": 3600,
		"masterToken": newToken(), "masterValidityInSeconds": 14400,
		"displayUserName": open.user, "serverVersion": serverVersion, "firstLogin": false,
		"remMeToken": nil, "remMeValidityInSeconds": 0, "healthCheckInterval": 45,
		"sessionId": open.id, "parameters": parameters,
		"sessionInfo": map[string]any{
			"databaseName": orNull(open.database), "schemaName": orNull(open.schema),
			"warehouseName": orNull(open.warehouse), "roleName": orNull(open.role),
		},
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
