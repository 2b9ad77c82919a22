// All that this package has to do with Snowflake's driver.

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
	"sync"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
)

// setUpDriver sets what is process-wide in the driver, once; nothing else in this package touches it. The
// driver's platform detection would ask cloud metadata services where it runs, with clients of its own
// that no transport of ours sees, and its logger would print failed logins to stderr. A level that a
// host has chosen stays: only the driver's default is changed.
var setUpDriver = sync.OnceFunc(func() {
	_ = os.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
	if log := gosnowflake.GetLogger(); log.GetLogLevel() == "ERROR" {
		_ = log.SetLogLevel("fatal")
	}
})

// driverConfig is what every session of a connection has in common. It is a fresh one for each, since the
// driver writes into it; and no DSN, since that would hold the private key as text.
func driverConfig(config *Config, key *rsa.PrivateKey, endpoint *url.URL, tag string) (gosnowflake.Config, error) {
	port, err := strconv.Atoi(endpoint.Port())
	if err != nil {
		return gosnowflake.Config{}, fmt.Errorf("snowflake: the endpoint's port %q is not a number", endpoint.Port())
	}
	return gosnowflake.Config{
		Account:       string(config.AccountIdentifier),
		User:          config.User.Name(), // the driver upper-cases it and does not unquote
		Role:          string(config.Role),
		Warehouse:     string(config.Warehouse),
		Database:      string(config.Database),
		Schema:        string(config.Schema),
		Authenticator: gosnowflake.AuthTypeJwt,
		PrivateKey:    key,
		Protocol:      endpoint.Scheme,
		Host:          endpoint.Hostname(),
		Port:          port,
		Application:   "warehousekit",

		// With it the server refuses a login whose warehouse, database or schema is wrong, which
		// SELECT 1 alone would not notice.
		ValidateDefaultParameters: gosnowflake.ConfigBoolTrue,

		Params: map[string]*string{
			"CLIENT_TELEMETRY_ENABLED": new("false"),
			"QUERY_TAG":                new(tag),
		},
	}, nil
}

// openSession logs in for a probe. The context carries no deadline: the transport ends each request by its
// own, and a context that ended would make the driver forget the cause.
func openSession(ctx context.Context, c gosnowflake.Config, through http.RoundTripper, patience time.Duration) (driver.Conn, error) {
	c.Transporter = through
	c.MaxRetryCount = -1 // none: 0 would mean seven, and a retry hides the cause
	// The transport bounds each request. Where the driver's own bounds are shorter, as the 10 seconds of
	// a login may be, they would put words of their own in the place of the cause.
	//lint:ignore SA1019 there is no other setting for it
	c.ClientTimeout = time.Hour
	//lint:ignore SA1019 there is no other setting for it
	c.JWTClientTimeout = time.Hour
	c.Params["STATEMENT_TIMEOUT_IN_SECONDS"] = new(strconv.Itoa(max(1, int(patience.Seconds()+0.5))))
	return gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, c).Connect(ctx)
}
