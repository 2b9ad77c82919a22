package snowflake

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
)

// setUpDriver sets what is process-wide in the driver, once, and nowhere else does this package touch
// it. Its platform detection would ask cloud metadata services where it runs, with clients of its own
// that no transport of ours sees; its logger would print failed logins to stderr.
var setUpDriver = sync.OnceFunc(func() {
	_ = os.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
	_ = gosnowflake.GetLogger().SetLogLevel("fatal")
})

// login is what a session is opened with.
type login struct {
	config    *Config
	key       *rsa.PrivateKey
	endpoint  *url.URL // scheme and host:port
	transport http.RoundTripper
	tag       string
	patience  time.Duration // how long the server may run a statement
}

// openSession logs in. The context carries no deadline: the transport ends each request by its own, and
// a context that ended would make the driver forget the cause.
func openSession(ctx context.Context, l login) (driver.Conn, error) {
	port, err := strconv.Atoi(l.endpoint.Port())
	if err != nil {
		return nil, errors.New("snowflake: the endpoint has no port")
	}
	setting := func(text string) *string { return &text }
	// A fresh Config for each session, since the driver writes into it; and no DSN, since that
	// would hold the private key as text.
	conn, err := gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account:       string(l.config.AccountIdentifier),
		User:          l.config.User.Name(), // the driver upper-cases it and does not unquote
		Role:          string(l.config.Role),
		Warehouse:     string(l.config.Warehouse),
		Database:      string(l.config.Database),
		Schema:        string(l.config.Schema),
		Authenticator: gosnowflake.AuthTypeJwt,
		PrivateKey:    l.key,
		Protocol:      l.endpoint.Scheme,
		Host:          l.endpoint.Hostname(),
		Port:          port,
		Transporter:   l.transport,
		Application:   "warehousekit",

		// With it the server refuses a login whose warehouse, database or schema is wrong, which
		// SELECT 1 alone would not notice.
		ValidateDefaultParameters: gosnowflake.ConfigBoolTrue,

		MaxRetryCount:    -1, // none: 0 would mean seven, and a retry hides the cause
		LoginTimeout:     time.Minute,
		RequestTimeout:   time.Minute,
		ClientTimeout:    time.Hour, // the transport knows better
		JWTClientTimeout: time.Hour,

		Params: map[string]*string{
			"CLIENT_TELEMETRY_ENABLED":     setting("false"),
			"QUERY_TAG":                    setting(l.tag),
			"STATEMENT_TIMEOUT_IN_SECONDS": setting(strconv.Itoa(max(1, int(l.patience.Seconds()+0.5)))),
		},
	}).Connect(ctx)
	return conn, err
}

// parsePrivateKey reads the PKCS #8 DER that NewKeyPair made.
func parsePrivateKey(der []byte) (*rsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("snowflake: the stored private key is not PKCS #8")
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("snowflake: the stored private key is not RSA")
	}
	return rsaKey, nil
}

// accountEndpoint is where an account is served: always TLS, on port 443 of its own host.
func accountEndpoint(id AccountIdentifier) (*url.URL, error) {
	host := id.host()
	if host == "" {
		return nil, errors.New("snowflake: the stored account identifier is not one")
	}
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(host, "443")}, nil
}

// withPort adds the scheme's port where an endpoint has none.
func withPort(u *url.URL) *url.URL {
	if u.Port() != "" {
		return u
	}
	port := "443"
	if u.Scheme == "http" {
		port = "80"
	}
	return &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(u.Hostname(), port)}
}
