package postgresconnector

import (
	"context"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/warehousekit/warehousekit/warehouse"
)

// Probe logs in, runs SELECT 1, and checks that the role has privileges on the schema and uses it by default.
func (c *Connector) Probe(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	config, err := warehouse.ConfigAs[Config](target.Config())
	if err != nil {
		return nil, err
	}
	p := &probe{config: config, dial: c.base.DialFunc}
	defer p.close(ctx)
	session := c.session(config)
	session.DialFunc = p.dialOnce
	session.MaxProtocolMessageBodyLen = 64 << 10 // the server is not trusted

	results, err := warehouse.RunSteps(ctx,
		warehouse.Step{Name: "authenticate", Run: func(ctx context.Context) error { return p.connect(ctx, session) }},
		warehouse.Step{Name: "query", Run: p.query},
		warehouse.Step{Name: "schema", Run: p.checkSchema},
	)
	return results, diagnose(ctx, config, err)
}

// A probe is the state of one call of Probe, which uses a single network connection.
type probe struct {
	config  *Config
	dial    pgconn.DialFunc
	network net.Conn
	session *pgx.Conn // nil until the login succeeds
}

// dialOnce refuses a second connection. The driver opens one to cancel a query, which can outlast the probe.
func (p *probe) dialOnce(ctx context.Context, network, address string) (net.Conn, error) {
	if p.network != nil {
		return nil, net.ErrClosed
	}
	conn, err := p.dial(ctx, network, address)
	p.network = conn
	return conn, err
}

func (p *probe) connect(ctx context.Context, session *pgx.ConnConfig) (err error) {
	p.session, err = pgx.ConnectConfig(ctx, session)
	return err
}

func (p *probe) query(ctx context.Context) error {
	var one int
	return p.session.QueryRow(ctx, "SELECT 1").Scan(&one)
}

func (p *probe) checkSchema(ctx context.Context) error {
	const query = "SELECT has_schema_privilege($1::text, 'USAGE') AND has_schema_privilege($1::text, 'CREATE'), " +
		"current_schema()::text IS NOT DISTINCT FROM $1::text"
	var granted, isDefault bool
	if err := p.session.QueryRow(ctx, query, p.config.Schema).Scan(&granted, &isDefault); err != nil {
		return err
	}
	role, schema, database := identifier(p.config.User), identifier(p.config.Schema), identifier(p.config.Database)
	switch {
	case granted && isDefault:
		return nil
	case granted:
		return &warehouse.ProbeError{
			Step:    "schema",
			Code:    warehouse.CodeSchemaInaccessible,
			Message: "The schema " + schema + " is not the first in the search_path of the role " + role + ".",
			Hint:    "Run the fix. If you use PgBouncer, run RECONNECT in its console afterwards.",
			Fix:     setSearchPath(p.config),
		}
	}
	return &warehouse.ProbeError{
		Step:    "schema",
		Code:    warehouse.CodeInsufficientPrivileges,
		Message: "The role " + role + " lacks USAGE or CREATE on the schema " + schema + ".",
		Hint:    "Run the fix in the database " + database + ", or run the setup script again.",
		Fix:     grantSchema(p.config),
	}
}

// close returns after the driver's goroutines have ended.
func (p *probe) close(ctx context.Context) {
	if p.session == nil {
		return // the driver has closed the network connection
	}
	_ = p.session.Close(ctx)
	_ = p.network.Close() // after an error, the driver would keep it open for 15 seconds
	<-p.session.PgConn().CleanupDone()
}
