package wire

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/engine"
)

type loginRequest struct {
	Data struct {
		Client        string         `json:"CLIENT_APP_ID"`
		Version       string         `json:"CLIENT_APP_VERSION"`
		Account       string         `json:"ACCOUNT_NAME"`
		LoginName     string         `json:"LOGIN_NAME"`
		Authenticator string         `json:"AUTHENTICATOR"`
		Token         string         `json:"TOKEN"`
		Password      string         `json:"PASSWORD"`
		Parameters    map[string]any `json:"SESSION_PARAMETERS"`
		Environment   map[string]any `json:"CLIENT_ENVIRONMENT"`
	} `json:"data"`
}

// serveLogin opens a session or refuses to, and records either.
func (h *Handler) serveLogin(w http.ResponseWriter, r *http.Request, body []byte) {
	var request loginRequest
	if err := json.Unmarshal(body, &request); err != nil {
		WritePage(w, http.StatusBadRequest, "400 Bad Request")
		return
	}
	q := r.URL.Query()
	record := Login{
		Time: h.account.Now(), Account: request.Data.Account, User: request.Data.LoginName,
		Role: q.Get("roleName"), Warehouse: q.Get("warehouse"), Database: q.Get("databaseName"), Schema: q.Get("schemaName"),
		Client: request.Data.Client + "/" + request.Data.Version, Environment: request.Data.Environment, Parameters: request.Data.Parameters,
	}
	var open *session
	s, err := h.login(r, &request, &record)
	if err != nil {
		record.Code, record.Message = err.Code, err.Message
	} else {
		open = h.begin(s)
		record.Session = open.id
	}
	h.mu.Lock()
	h.logins = append(h.logins, record)
	h.mu.Unlock()
	if err != nil {
		write(w, envelope{Data: map[string]any{"authnMethod": "KEYPAIR"}, Code: &err.Code, Message: &err.Message})
		return
	}
	WriteData(w, loginData(open))
}

func (h *Handler) login(r *http.Request, request *loginRequest, record *Login) (*engine.Session, *engine.Error) {
	address, validate := h.loginSettings(r)
	password := request.Data.Authenticator != "SNOWFLAKE_JWT"
	user, refused := h.authenticate(request, record, address)
	if refused != nil {
		return nil, refused
	}
	parameters := make(map[string]string)
	for name, value := range request.Data.Parameters {
		parameters[strings.ToUpper(name)] = fmt.Sprint(value)
	}
	return h.account.Login(engine.Login{
		User: user, Password: password, Address: address, Parameters: parameters,
		Role: record.Role, Warehouse: record.Warehouse, Database: record.Database, Schema: record.Schema,
		Validate: validate && request.Data.Parameters["CLIENT_VALIDATE_DEFAULT_PARAMETERS"] == true,
	})
}

// authenticate returns the NAME of the user whose password or token a login carries.
func (h *Handler) authenticate(request *loginRequest, record *Login, address netip.Addr) (string, *engine.Error) {
	incorrect := &engine.Error{Code: "390100", SQLState: "08004", Message: "Incorrect username or password was specified."}
	switch request.Data.Authenticator {
	case "SNOWFLAKE_JWT":
	case "", "SNOWFLAKE":
		if user, ok := h.account.CheckPassword(request.Data.LoginName, request.Data.Password); ok {
			return user, nil
		}
		return "", incorrect
	default:
		return "", incorrect
	}
	t, err := readToken(request.Data.Token)
	var user string
	if err == nil {
		record.User = t.user
		user, err = h.verify(t, request.Data.Account)
	}
	if err != nil {
		id := newID()
		h.account.AddLoginFailure(id, failureDetails(request, user, address, err, record.Time.Unix()))
		record.Detail, record.Reason = err.code, err.name
		return "", &engine.Error{Code: "390144", SQLState: "08004", Message: "JWT token is invalid. [" + id + "]"}
	}
	return user, nil
}

// loginSettings returns the address that a client appears to have, and whether defaults may be validated.
func (h *Handler) loginSettings(r *http.Request) (address netip.Addr, validate bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clientIP.IsValid() {
		return h.clientIP, h.validate
	}
	remote, _ := netip.ParseAddrPort(r.RemoteAddr)
	return remote.Addr().Unmap(), h.validate
}

// failureDetails returns the JSON of SYSTEM$GET_LOGIN_FAILURE_DETAILS. User is empty if the user is not known.
func failureDetails(request *loginRequest, user string, address netip.Addr, err *tokenError, at int64) string {
	details := map[string]any{
		"clientIP": address.String(), "clientType": cmp.Or(strings.ToUpper(request.Data.Client), "OTHER"),
		"clientVersion": orNull(request.Data.Version), "username": orNull(user), "errorCode": err.name, "timestamp": at,
	}
	text, _ := json.Marshal(details) // strings and a number never fail
	return string(text)
}

// loginData is the data of a successful login. As in the real service it turns telemetry on, so a client that wants
// none has to turn it off itself.
func loginData(open *session) map[string]any {
	type parameter struct {
		Name  string `json:"name"`
		Value any    `json:"value"`
	}
	state := open.State()
	return map[string]any{
		"token": open.token, "validityInSeconds": 3600,
		"masterToken": newToken(), "masterValidityInSeconds": 14400, // no request can use it
		"displayUserName": state.User, "serverVersion": "9.36.1", "sessionId": open.id,
		"parameters": []parameter{
			{"AUTOCOMMIT", true},
			{"BINARY_OUTPUT_FORMAT", "HEX"},
			{"CLIENT_SESSION_KEEP_ALIVE", false},
			{"CLIENT_TELEMETRY_ENABLED", true},
			{"DATE_OUTPUT_FORMAT", "YYYY-MM-DD"},
			{"TIMESTAMP_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"},
			{"TIMEZONE", "America/Los_Angeles"},
		},
		"sessionInfo": map[string]any{
			"databaseName": orNull(state.Database), "schemaName": orNull(state.Schema),
			"warehouseName": orNull(state.Warehouse), "roleName": orNull(state.Role),
		},
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
