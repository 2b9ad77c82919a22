package snowflake

import (
	"database/sql/driver"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/warehouse"
)

var _ warehouse.DatabaseConnector = (*Connector)(nil)

// sessionLoginTimeout is longer than a probe's, since no customer waits for it.
const sessionLoginTimeout = time.Minute

// Database returns a [driver.Connector] for [warehouse.Service.OpenDB]. Its sessions
// use the stored user, role, warehouse, database and schema.
//
// Unlike a probe, they use the driver's own transport, since loading files needs the
// cloud's hosts too. It retries, uses HTTPS_PROXY and NO_PROXY but not Options.Proxy,
// and checks certificates with OCSP. It does not refuse private addresses or
// redirects. A context ends a query; without one only STATEMENT_TIMEOUT_IN_SECONDS
// does. Telemetry is turned off, but an account's settings can turn it on.
func (c *Connector) Database(target warehouse.Target) (driver.Connector, error) {
	config, err := warehouse.ConfigAs[Config](target.Config())
	if err != nil {
		return nil, err
	}
	key, err := decodePrivateKey(target.Keys.PrivateKey())
	if err != nil {
		return nil, err
	}
	endpoint := c.endpoint
	if endpoint == nil {
		if endpoint, err = config.AccountIdentifier.endpoint(); err != nil {
			return nil, err
		}
	}
	session, err := driverConfig(config, key, endpoint, c.product)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 no other setting bounds a login
	session.LoginTimeout = sessionLoginTimeout
	return gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, session), nil
}
