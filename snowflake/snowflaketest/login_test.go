package snowflaketest_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

// An answer is what the wire carries, read without the driver.
type answer struct {
	Data    map[string]any
	Code    string
	Message string
	Success bool
}

func post(t *testing.T, url, token string, body any) answer {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, http.MethodPost, url, token, bytes.NewReader(b))
}

func get(t *testing.T, url, token string) answer {
	t.Helper()
	return send(t, http.MethodGet, url, token, nil)
}

func send(t *testing.T, method, url, token string, body io.Reader) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", `Snowflake Token="`+token+`"`)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

// A forger makes tokens, right ones unless told otherwise.
type forger struct {
	header map[string]any
	claims map[string]any
	key    *rsa.PrivateKey
	spoil  bool
}

func newForger() *forger {
	now := time.Now().Unix()
	return &forger{
		header: map[string]any{"alg": "RS256", "typ": "JWT"},
		claims: map[string]any{
			"sub": "XY12345.LOADER_SERVICE", "iss": "XY12345.LOADER_SERVICE." + fingerprint(publicText(firstKey())),
			"iat": now, "exp": now + 60,
		},
		key: firstKey(),
	}
}

func (f *forger) token() string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	signed := part(f.header) + "." + part(f.claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, f.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	if f.spoil {
		signature[7] ^= 1
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func loginBody(token string) map[string]any {
	return map[string]any{"data": map[string]any{
		"CLIENT_APP_ID": "Go", "CLIENT_APP_VERSION": "2.1.0", "ACCOUNT_NAME": "xy12345.us-east-1",
		"AUTHENTICATOR": "SNOWFLAKE_JWT", "TOKEN": token,
		"SESSION_PARAMETERS": map[string]any{"CLIENT_VALIDATE_DEFAULT_PARAMETERS": true, "QUERY_TAG": "probe"},
	}}
}

func login(t *testing.T, srv *snowflaketest.Server, query, token string) answer {
	t.Helper()
	return post(t, srv.URL+"/session/v1/login-request?"+query, "", loginBody(token))
}

func TestVerifyToken(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	mustRun(t, srv, "CREATE USER BARE TYPE = SERVICE; CREATE USER MAIL TYPE = SERVICE LOGIN_NAME = 'a.b@c' RSA_PUBLIC_KEY_2 = '"+publicText(secondKey())+"'")
	now := time.Now().Unix()
	rename := func(f *forger, subject string) {
		f.claims["sub"], f.claims["iss"] = subject, subject+"."+fingerprint(publicText(f.key))
	}
	for name, test := range map[string]struct {
		change func(*forger)
		detail string // empty for a token that is right
		reason string
	}{
		"a right token":            {func(f *forger) {}, "", ""},
		"a right token, 50 s late": {func(f *forger) { f.claims["iat"] = now - 50 }, "", ""},
		"a dotted login name and the second slot": {func(f *forger) {
			f.key = secondKey()
			rename(f, "XY12345.A.B@C")
		}, "", ""},
		"no token":             {func(f *forger) { f.header = map[string]any{"alg": 5} }, "390144", "JWT_TOKEN_INVALID"},
		"another type":         {func(f *forger) { f.header["typ"] = "JOSE" }, "390144", "JWT_TOKEN_INVALID"},
		"a lower-case subject": {func(f *forger) { rename(f, "XY12345.loader_service") }, "390144", "JWT_TOKEN_INVALID"},
		"an issuer that is somebody else": {func(f *forger) {
			f.claims["iss"] = "XY12345.BARE." + fingerprint(publicText(f.key))
		}, "390144", "JWT_TOKEN_INVALID"},
		"not valid yet":         {func(f *forger) { f.claims["nbf"] = now + 3600 }, "390144", "JWT_TOKEN_INVALID"},
		"an unknown user":       {func(f *forger) { rename(f, "XY12345.NOBODY") }, "394300", "JWT_TOKEN_INVALID_USER_IN_ISSUER"},
		"no issue time":         {func(f *forger) { delete(f.claims, "iat") }, "394301", "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME"},
		"no expiration":         {func(f *forger) { delete(f.claims, "exp") }, "394301", "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME"},
		"issued too long ago":   {func(f *forger) { f.claims["iat"] = now - 120 }, "394302", "JWT_TOKEN_INVALID_ISSUE_TIME"},
		"issued in the future":  {func(f *forger) { f.claims["iat"] = now + 120 }, "394302", "JWT_TOKEN_INVALID_ISSUE_TIME"},
		"expired":               {func(f *forger) { f.claims["iat"], f.claims["exp"] = now-20, now-10 }, "394303", "JWT_TOKEN_INVALID_EXPIRATION_TIME"},
		"a key nobody knows":    {func(f *forger) { f.key = secondKey(); rename(f, "XY12345.LOADER_SERVICE") }, "394304", "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH"},
		"a user without a key":  {func(f *forger) { rename(f, "XY12345.BARE") }, "394304", "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH"},
		"another algorithm":     {func(f *forger) { f.header["alg"] = "RS512" }, "394305", "JWT_TOKEN_INVALID_ALGORITHM"},
		"no algorithm":          {func(f *forger) { f.header["alg"] = "none" }, "394305", "JWT_TOKEN_INVALID_ALGORITHM"},
		"another key's signing": {func(f *forger) { f.key = secondKey() }, "394306", "JWT_TOKEN_INVALID_SIGNATURE"},
		"a spoilt signature":    {func(f *forger) { f.spoil = true }, "394306", "JWT_TOKEN_INVALID_SIGNATURE"},
		"another account":       {func(f *forger) { rename(f, "ZZ99999.LOADER_SERVICE") }, "394307", "JWT_TOKEN_ACCOUNT_MISMATCH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForger()
			test.change(f)
			a := login(t, srv, "", f.token())
			if test.detail == "" {
				if !a.Success {
					t.Fatalf("refused: %s %s", a.Code, a.Message)
				}
				return
			}
			id, ok := strings.CutPrefix(a.Message, "JWT token is invalid. [")
			if a.Success || a.Code != "390144" || !ok {
				t.Fatalf("answer is %+v, want 390144", a)
			}
			id = strings.TrimSuffix(id, "]")
			details := mustRun(t, srv, "SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('"+id+"')")[0]
			var members map[string]any
			if err := json.Unmarshal([]byte(details.Rows[0][0]), &members); err != nil {
				t.Fatal(err)
			}
			if members["errorCode"] != test.reason || members["clientIP"] != "127.0.0.1" || members["clientType"] != "GO" || members["clientVersion"] != "2.1.0" {
				t.Errorf("details are %v", members)
			}
			for _, seen := range srv.Logins() {
				if strings.Contains(seen.Message, id) && (seen.Detail != test.detail || seen.Reason != test.reason) {
					t.Errorf("recorded as %s %s, want %s", seen.Detail, seen.Reason, test.detail)
				}
			}
		})
	}
	t.Run("nothing like a token", func(t *testing.T) {
		t.Parallel()
		for _, token := range []string{"", "a.b", "a.b.c", "....", "e30.e30.!"} {
			if a := login(t, srv, "", token); a.Code != "390144" {
				t.Errorf("%q: %+v", token, a)
			}
		}
	})
}

// refusedLogin opens a connection with the driver and returns the code and the text it fails with.
func refusedLogin(t *testing.T, srv *snowflaketest.Server, change ...func(*gosnowflake.Config)) (int, string) {
	t.Helper()
	err := open(t, srv, change...).PingContext(testContext(t))
	var refused *gosnowflake.SnowflakeError
	if !errors.As(err, &refused) {
		t.Errorf("the driver says %v", err)
		return 0, ""
	}
	return refused.Number, refused.Message
}

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	set := func(f func(*gosnowflake.Config)) func(*gosnowflake.Config) { return f }
	same := set(func(*gosnowflake.Config) {})
	for name, test := range map[string]struct {
		script string
		change func(*gosnowflake.Config)
		code   int
		text   string
	}{
		"a disabled user":          {"ALTER USER LOADER_SERVICE SET DISABLED = TRUE", same, 390101, "User access disabled. Contact your local system administrator."},
		"a locked user":            {"ALTER USER LOADER_SERVICE SET MINS_TO_UNLOCK = 5", same, 390102, "User temporarily locked. Try again later, or contact your local system administrator."},
		"a role that was revoked":  {"REVOKE ROLE LOADER FROM USER LOADER_SERVICE", same, 390186, "Role 'LOADER' specified in the connect string is not granted to this user."},
		"a role that is missing":   {"DROP ROLE LOADER", same, 390189, "Role 'LOADER' specified in the connect string does not exist or not authorized."},
		"a default role revoked":   {"REVOKE ROLE LOADER FROM USER LOADER_SERVICE", set(func(c *gosnowflake.Config) { c.Role = "" }), 390186, "User's configured default role 'LOADER' is not granted to this user."},
		"a warehouse dropped":      {"DROP WAREHOUSE LOAD_WH", same, 390201, "The requested warehouse does not exist or not authorized."},
		"a warehouse not granted":  {"REVOKE USAGE ON WAREHOUSE LOAD_WH FROM ROLE LOADER", same, 390201, "The requested warehouse does not exist or not authorized."},
		"a database not granted":   {"REVOKE USAGE ON DATABASE SHOP FROM ROLE LOADER", same, 390201, "The requested database does not exist or not authorized."},
		"a schema not granted":     {"REVOKE USAGE ON SCHEMA SHOP.EVENTS FROM ROLE LOADER", same, 390201, "The requested schema does not exist or not authorized."},
		"a schema and no database": {"", set(func(c *gosnowflake.Config) { c.Database = "" }), 390201, "The requested schema does not exist or not authorized."},
		"a name in another case":   {"", set(func(c *gosnowflake.Config) { c.Database = `"shop"` }), 390201, "The requested database does not exist or not authorized."},
		"a network policy": {
			"CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('192.0.2.0/24'); ALTER USER LOADER_SERVICE SET NETWORK_POLICY = P", same,
			390422, "Incoming request with IP/Token 127.0.0.1 is not allowed to access Snowflake.",
		},
		"a network policy for all": {
			"CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('192.0.2.7'); ALTER ACCOUNT SET NETWORK_POLICY = P", same, 390422, "IP/Token 127.0.0.1",
		},
		"a password": {"", set(func(c *gosnowflake.Config) {
			c.Authenticator, c.Password, c.PrivateKey = gosnowflake.AuthTypeSnowflake, "secret", nil
		}), 390100, "Incorrect username or password was specified."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := readyServer(t)
			mustRun(t, srv, test.script)
			code, text := refusedLogin(t, srv, test.change)
			if code != test.code || !strings.Contains(text, test.text) {
				t.Errorf("refused with %d %s", code, text)
			}
			if n := len(srv.OpenSessions()); n != 0 {
				t.Errorf("a refused login left %d sessions", n)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		change func(*gosnowflake.Config)
		want   []string
	}{
		"names fold":         {"", func(c *gosnowflake.Config) { c.Role, c.Schema = "loader", "events" }, []string{"LOADER", "LOAD_WH", "SHOP", "EVENTS"}},
		"quoted names match": {"", func(c *gosnowflake.Config) { c.Database = `"SHOP"` }, []string{"LOADER", "LOAD_WH", "SHOP", "EVENTS"}},
		"the default role":   {"", func(c *gosnowflake.Config) { c.Role = "" }, []string{"LOADER", "LOAD_WH", "SHOP", "EVENTS"}},
		"no default role": {"ALTER USER LOADER_SERVICE UNSET DEFAULT_ROLE", func(c *gosnowflake.Config) {
			c.Role, c.Warehouse, c.Database, c.Schema = "", "", "", ""
		}, []string{"PUBLIC", "NULL", "NULL", "NULL"}},
		"unusable and not validated": {"REVOKE USAGE ON WAREHOUSE LOAD_WH FROM ROLE LOADER; DROP SCHEMA SHOP.EVENTS", func(c *gosnowflake.Config) {
			c.ValidateDefaultParameters = gosnowflake.ConfigBoolFalse
		}, []string{"LOADER", "NULL", "SHOP", "NULL"}},
		"secondary roles lend a warehouse": {
			"CREATE ROLE OTHER; GRANT USAGE ON WAREHOUSE LOAD_WH TO ROLE OTHER; REVOKE USAGE ON WAREHOUSE LOAD_WH FROM ROLE LOADER; " +
				"GRANT ROLE OTHER TO USER LOADER_SERVICE; ALTER USER LOADER_SERVICE SET DEFAULT_SECONDARY_ROLES = ('ALL')",
			func(*gosnowflake.Config) {}, []string{"LOADER", "LOAD_WH", "SHOP", "EVENTS"},
		},
		"a network policy that lets in": {
			"CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('127.0.0.0/8'); ALTER USER LOADER_SERVICE SET NETWORK_POLICY = P",
			func(*gosnowflake.Config) {}, []string{"LOADER", "LOAD_WH", "SHOP", "EVENTS"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := readyServer(t)
			mustRun(t, srv, test.script)
			if diff := cmp.Diff(test.want, sessionState(t, open(t, srv, test.change))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnvalidatedDefaults(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	mustRun(t, srv, setup(firstKey())+"REVOKE USAGE ON DATABASE SHOP FROM ROLE LOADER")
	srv.SetValidateDefaults(false)
	if diff := cmp.Diff([]string{"LOADER", "LOAD_WH", "NULL", "NULL"}, sessionState(t, open(t, srv))); diff != "" {
		t.Error(diff)
	}
}

func TestSetClock(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	late := time.Now().Add(10 * time.Minute)
	srv.SetClock(func() time.Time { return late })
	if code, _ := refusedLogin(t, srv); code != 390144 {
		t.Errorf("refused with %d", code)
	}
	if got := srv.Logins()[0].Detail; got != "394302" {
		t.Errorf("refused for %s", got)
	}
	res, err := http.Post(srv.URL+"/session", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if got := res.Header.Get("Date"); got != late.UTC().Format(http.TimeFormat) {
		t.Errorf("Date is %s", got)
	}
	srv.SetClock(nil)
	if err := open(t, srv).PingContext(testContext(t)); err != nil {
		t.Error(err)
	}
}

func TestAuthenticationPolicy(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	mustRun(t, srv, `USE ROLE SYSADMIN; CREATE AUTHENTICATION POLICY SHOP.EVENTS.SSO AUTHENTICATION_METHODS = ('SAML', 'PASSWORD');
		CREATE AUTHENTICATION POLICY SHOP.EVENTS.KEYS AUTHENTICATION_METHODS = ('KEYPAIR')`)
	for _, step := range []struct{ script, code string }{
		{"ALTER ACCOUNT SET AUTHENTICATION POLICY SHOP.EVENTS.SSO", "390202"},
		{"USE ROLE SECURITYADMIN; ALTER USER LOADER_SERVICE SET AUTHENTICATION POLICY SHOP.EVENTS.KEYS", ""},
		{"ALTER USER LOADER_SERVICE UNSET AUTHENTICATION POLICY", "390202"},
		{"ALTER AUTHENTICATION POLICY SHOP.EVENTS.SSO SET AUTHENTICATION_METHODS = ('ALL')", ""},
		{"ALTER AUTHENTICATION POLICY SHOP.EVENTS.SSO SET AUTHENTICATION_METHODS = ('OAUTH')", "390202"},
		{"ALTER ACCOUNT UNSET AUTHENTICATION POLICY", ""},
	} {
		mustRun(t, srv, step.script)
		if a := login(t, srv, "", newForger().token()); a.Code != step.code {
			t.Errorf("after %s: %+v, want code %q", step.script, a, step.code)
		}
	}
}

func TestPasswordLogin(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	mustRun(t, srv, "CREATE USER PAT PASSWORD = 'secret' LOGIN_NAME = 'pat@example.com'")
	for _, step := range []struct{ script, password, code string }{
		{"", "secret", ""},
		{"", "wrong", "390100"},
		{"ALTER USER PAT SET TYPE = LEGACY_SERVICE", "secret", ""},
		{"ALTER USER PAT SET TYPE = SERVICE", "secret", "390100"},
		{"ALTER USER PAT SET TYPE = PERSON", "secret", ""},
		{"ALTER USER PAT UNSET PASSWORD", "", "390100"},
	} {
		mustRun(t, srv, step.script)
		a := post(t, srv.URL+"/session/v1/login-request", "", map[string]any{"data": map[string]any{
			"ACCOUNT_NAME": "xy12345", "AUTHENTICATOR": "SNOWFLAKE", "LOGIN_NAME": "pat@example.com", "PASSWORD": step.password,
		}})
		if a.Code != step.code || a.Success != (step.code == "") {
			t.Errorf("with %q after %q: %+v, want code %q", step.password, step.script, a, step.code)
		}
	}
}
