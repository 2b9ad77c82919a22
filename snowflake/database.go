package snowflake

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/warehouse"
)

var _ warehouse.DatabaseConnector = (*Connector)(nil)

// sessionLoginTimeout bounds a login for work, which may wait longer than a customer does.
const sessionLoginTimeout = time.Minute

// Database returns what opens sessions for work, as the stored user and in the stored role, warehouse,
// database and schema, for [warehouse.Service.OpenDB].
//
// Unlike a probe's, these sessions use the driver's own transport, since files are loaded through the
// cloud's hosts too: it retries, honours HTTPS_PROXY and NO_PROXY but not Options.Proxy, and checks
// certificates with OCSP. A context ends a query; without one only STATEMENT_TIMEOUT_IN_SECONDS does.
// No telemetry is asked for.
func (c *Connector) Database(target warehouse.Target) (driver.Connector, error) {
	config, ok := target.Config().(*Config)
	if !ok {
		return nil, fmt.Errorf("snowflake: Database was given a %T, not a *snowflake.Config", target.Config())
	}
	key, err := parsePrivateKey(target.Keys.PrivateKey())
	if err != nil {
		return nil, err
	}
	endpoint := c.endpoint
	if endpoint == nil {
		if endpoint, err = accountEndpoint(config.AccountIdentifier); err != nil {
			return nil, err
		}
	}
	endpoint = withPort(endpoint)
	port, err := strconv.Atoi(endpoint.Port())
	if err != nil {
		return nil, fmt.Errorf("snowflake: the endpoint's port %q is not a number", endpoint.Port())
	}
	off, tag := "false", c.product
	return gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account:                   string(config.AccountIdentifier),
		User:                      config.User.Name(),
		Role:                      string(config.Role),
		Warehouse:                 string(config.Warehouse),
		Database:                  string(config.Database),
		Schema:                    string(config.Schema),
		Authenticator:             gosnowflake.AuthTypeJwt,
		PrivateKey:                key,
		Protocol:                  endpoint.Scheme,
		Host:                      endpoint.Hostname(),
		Port:                      port,
		Application:               "warehousekit",
		ValidateDefaultParameters: gosnowflake.ConfigBoolTrue,
		LoginTimeout:              sessionLoginTimeout,
		Params: map[string]*string{
			"CLIENT_TELEMETRY_ENABLED": &off,
			"QUERY_TAG":                &tag,
		},
	}), nil
}
