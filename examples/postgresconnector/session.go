package postgresconnector

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/warehousekit/warehousekit/warehouse"
)

// driverSettings names every setting that the driver would otherwise read from PG* variables, .pgpass and
// certificate files. With SCRAM, the server never receives the password, even if it is an impostor.
//
// The query mode and the lack of parameters such as search_path let connections pass through PgBouncer in
// transaction mode, where a prepared statement or a setting can be missing in the next transaction.
const driverSettings = "host=none port=5432 user=none password=none dbname=none connect_timeout=0 " +
	"sslmode=disable sslrootcert='' sslnegotiation=postgres sslcertmode=disable " +
	"require_auth=scram-sha-256 channel_binding=prefer target_session_attrs=any " +
	"min_protocol_version=3.0 max_protocol_version=3.0 " +
	"default_query_exec_mode=exec statement_cache_capacity=0 description_cache_capacity=0"

// session returns the driver's configuration. It sets fields instead of building a connection string, because
// the driver would parse the customer's input.
func (c *Connector) session(config *Config) *pgx.ConnConfig {
	session := c.base.Copy()
	session.Host = config.Host
	session.Port = config.Port
	session.Database = config.Database
	session.User = config.User
	session.Password = config.Password
	session.RuntimeParams = map[string]string{"application_name": "warehousekit"}
	if config.SSLMode != "disable" {
		session.TLSConfig = &tls.Config{
			ServerName:         config.Host,
			InsecureSkipVerify: config.SSLMode == "require",
		}
	}
	return session
}

// Database returns a driver for [sql.OpenDB] that logs in as the configured role. Behind PgBouncer in
// transaction mode, don't prepare statements or change settings outside a transaction.
func (c *Connector) Database(target warehouse.Target) (driver.Connector, error) {
	config, err := warehouse.ConfigAs[Config](target.Config())
	if err != nil {
		return nil, err
	}
	session := c.session(config)
	session.ConnectTimeout = time.Minute
	// A *sql.DB prints the fields of its driver. The password is set later, in a function, which prints as an
	// address.
	session.Password = ""
	setPassword := func(_ context.Context, session *pgx.ConnConfig) error {
		session.Password = config.Password
		return nil
	}
	return stdlib.GetConnector(*session, stdlib.OptionBeforeConnect(setPassword)), nil
}
