// Opening what was connected, for a host's own work.

package snowflake

import (
	"database/sql/driver"
	"fmt"
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
// No telemetry is asked for, but an account's settings can overrule that. Where a session connects to is the
// driver's to decide: neither the check for private addresses nor the refusal of redirects is made.
func (c *Connector) Database(target warehouse.Target) (driver.Connector, error) {
	config, ok := target.Config().(*Config)
	if !ok || config == nil {
		return nil, fmt.Errorf("snowflake: Database was given a %T, not a *snowflake.Config", target.Config())
	}
	key, err := decodePrivateKey(target.Keys.PrivateKey())
	if err != nil {
		return nil, err
	}
	endpoint := c.endpoint
	if endpoint == nil {
		if endpoint, err = accountEndpoint(config.AccountIdentifier); err != nil {
			return nil, err
		}
	}
	session, err := driverConfig(config, key, endpoint, c.product)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 there is no other setting for it
	session.LoginTimeout = sessionLoginTimeout
	return gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, session), nil
}
