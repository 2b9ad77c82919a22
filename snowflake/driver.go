package snowflake

import (
	"context"
	"crypto/rsa"
	"database/sql/driver"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
)

// setUpDriver changes the driver's process-wide settings, once. It turns off platform
// detection, which sends requests to cloud metadata services with HTTP clients of its
// own. It lowers the log level, unless the host has changed it, since the driver logs
// failed logins to stderr.
var setUpDriver = sync.OnceFunc(func() {
	_ = os.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
	if log := gosnowflake.GetLogger(); log.GetLogLevel() == "ERROR" {
		_ = log.SetLogLevel("fatal")
	}
})

// driverConfig returns the settings that all sessions of a connection share. Each session
// needs a new one, since the driver writes to it. It is not a DSN, since that contains
// the private key as text.
func driverConfig(config *Config, key *rsa.PrivateKey, endpoint *url.URL, tag string) (gosnowflake.Config, error) {
	port, err := strconv.Atoi(endpoint.Port())
	if err != nil {
		return gosnowflake.Config{}, fmt.Errorf("snowflake: the endpoint's port %q is not a number", endpoint.Port())
	}
	return gosnowflake.Config{
		Account:       string(config.AccountIdentifier),
		User:          config.User.Name(), // the driver does not remove quotes
		Role:          string(config.Role),
		Warehouse:     string(config.Warehouse),
		Database:      string(config.Database),
		Schema:        string(config.Schema),
		Authenticator: gosnowflake.AuthTypeJwt,
		PrivateKey:    key,
		Protocol:      endpoint.Scheme,
		Host:          strings.TrimSuffix(endpoint.Host, ":"+endpoint.Port()), // an IPv6 address keeps its brackets
		Port:          port,
		Application:   "warehousekit",

		// The server then refuses a login with a wrong warehouse, database or schema, which
		// SELECT 1 alone would not detect.
		ValidateDefaultParameters: gosnowflake.ConfigBoolTrue,

		Params: map[string]*string{
			"CLIENT_TELEMETRY_ENABLED": new("false"),
			"QUERY_TAG":                new(tag),

			// Some accounts set it to true. Names with lower-case letters then never match.
			"QUOTED_IDENTIFIERS_IGNORE_CASE": new("false"),
		},
	}, nil
}

// An openFunc opens a session for a probe.
type openFunc = func(ctx context.Context, c gosnowflake.Config, t http.RoundTripper, timeout time.Duration) (driver.Conn, error)

// openProbeSession logs in for a probe. ctx has no deadline: the transport ends each
// request, and the driver would lose the cause if ctx ended.
func openProbeSession(ctx context.Context, c gosnowflake.Config, t http.RoundTripper, timeout time.Duration) (driver.Conn, error) {
	c.Transporter = t
	c.MaxRetryCount = -1 // no retries, which hide the cause; 0 would mean 7
	// The driver's own timeouts, such as 10 seconds for a login, would hide the cause too.
	//lint:ignore SA1019 no other setting bounds a request
	c.ClientTimeout = time.Hour
	//lint:ignore SA1019 no other setting bounds a login request
	c.JWTClientTimeout = time.Hour
	c.Params["GO_QUERY_RESULT_FORMAT"] = new("JSON") // see resultData.sessionRow
	c.Params["STATEMENT_TIMEOUT_IN_SECONDS"] = new(strconv.Itoa(max(1, int(timeout.Seconds()+0.5))))
	return gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, c).Connect(ctx)
}
