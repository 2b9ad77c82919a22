// Package postgresconnector is an example of a connector for another type of warehouse, here PostgreSQL.
// Copy it to write your own:
//
//   - connector.go: the type, its options, and the properties of its fields
//   - config.go: the fields that a customer fills in, and their validation
//   - script.go: the setup script that the customer's administrator runs
//   - session.go: how to connect, for probes and for deliveries
//   - login.go: limits for the messages of the server during the login
//   - probe.go: the steps of a test
//   - diagnose.go: the cause of a failed step, and the statements that fix it
package postgresconnector

import (
	"context"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/netguard"
)

// A Connector connects PostgreSQL databases. Create one with [New].
type Connector struct {
	base *pgx.ConnConfig // copied for every session
}

var (
	_ warehouse.Connector           = (*Connector)(nil)
	_ warehouse.ImmutableConnector  = (*Connector)(nil)
	_ warehouse.SafeFieldsConnector = (*Connector)(nil)
	_ warehouse.DatabaseConnector   = (*Connector)(nil)
	_ warehouse.DescribedConnector  = (*Connector)(nil)
)

// Options are the optional settings of [New].
type Options struct {
	// AllowPrivateAddresses permits connections to private networks. If false, they are refused: customers
	// choose the host, and could otherwise scan the network of the server, including the metadata service
	// of its cloud.
	AllowPrivateAddresses bool
}

// New returns a Connector. If options is nil, the defaults are used. It returns an error if PGSERVICE is set
// and names a service that the driver cannot read.
func New(options *Options) (*Connector, error) {
	if options == nil {
		options = &Options{}
	}
	base, err := pgx.ParseConfig(driverSettings)
	if err != nil {
		return nil, fmt.Errorf("postgresconnector: the environment of this process: %w", err)
	}
	dialer := &net.Dialer{}
	if !options.AllowPrivateAddresses {
		dialer.Control = netguard.Control
	}
	base.DialFunc = dialer.DialContext
	base.BuildFrontend = newFrontend
	// The dialer resolves the name itself, and passes the resulting address to Control.
	base.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	return &Connector{base: base}, nil
}

// Config returns a [*Config] with the default of each field.
func (*Connector) Config() any {
	return &Config{Port: 5432, Schema: "analytics", User: "warehouse_loader", SSLMode: "verify-full"}
}

// SensitiveFields returns the password.
func (*Connector) SensitiveFields() []string { return []string{"password"} }

// ImmutableFields returns host and port, because a stored password must not be sent to another server.
func (*Connector) ImmutableFields() []string { return []string{"host", "port"} }

// SafeFields returns the schema. The database and the user can change how the server asks for the password,
// and sslmode changes who can read it.
func (*Connector) SafeFields() []string { return []string{"schema"} }

// Describe returns the texts that a customer reads before and after choosing PostgreSQL.
func (*Connector) Describe() warehouse.Description {
	return warehouse.Description{
		Title:             "PostgreSQL",
		Summary:           "Loads data into a schema of your PostgreSQL database.",
		SetupLanguage:     "sql",
		SetupInstructions: "An administrator of the server saves this script as setup.sql, runs psql -f setup.sql, and enters the password of the connection when psql asks for it.",
	}
}
