package snowflake

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// Members of the login that a probe sends. The driver's login also contains the path of
// the program, the versions of kernel, distribution and C library, and inside Snowflake's
// container services the token of the service.
var (
	loginMembers = []string{
		"ACCOUNT_NAME", "AUTHENTICATOR", "CLIENT_APP_ID", "CLIENT_APP_VERSION", "CLIENT_ENVIRONMENT", "SESSION_PARAMETERS", "SVN_REVISION", "TOKEN",
	}
	environmentMembers = []string{"APPLICATION", "GO_VERSION", "OCSP_MODE", "OS", "PLATFORM"}
)

// rewriteLogin returns the body of a login without what it discloses about the server,
// and its token.
func rewriteLogin(body []byte) (_ []byte, token string, err error) {
	var login struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &login); err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(login.Data["TOKEN"], &token); err != nil || token == "" {
		return nil, "", errors.New("snowflake: the login has no token")
	}
	var environment map[string]json.RawMessage
	if err := json.Unmarshal(login.Data["CLIENT_ENVIRONMENT"], &environment); err != nil {
		return nil, "", err
	}
	keep(environment, environmentMembers)
	if login.Data["CLIENT_ENVIRONMENT"], err = json.Marshal(environment); err != nil {
		return nil, "", err
	}
	keep(login.Data, loginMembers)
	body, err = json.Marshal(login)
	return body, token, err
}

func keep(members map[string]json.RawMessage, names []string) {
	maps.DeleteFunc(members, func(name string, _ json.RawMessage) bool { return !slices.Contains(names, name) })
}
