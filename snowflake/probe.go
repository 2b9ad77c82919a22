package snowflake

import (
	"context"
	"database/sql/driver"
	"log/slog"
	"net/url"
	"time"

	"github.com/warehousekit/warehousekit/internal/texts"
	"github.com/warehousekit/warehousekit/warehouse"
)

const (
	// defaultBudget is a probe's time if its context has no deadline.
	defaultBudget = 4500 * time.Millisecond

	// closeBudget is the part of it for aborting a statement and closing the session, after the
	// steps. Without it, a statement that hangs would leave its session open.
	closeBudget = 500 * time.Millisecond

	// deadlineMargin is how long before its deadline a probe returns.
	deadlineMargin = 50 * time.Millisecond
)

// A probe is one test of one connection.
type probe struct {
	connector  *Connector
	connection string // its id, for the log
	config     *Config
	keys       warehouse.KeyPair

	stepsCtx, closeCtx context.Context // see transport
	began, leaveAt     time.Time       // leaveAt is when a call of the driver is left behind
	leftBehind         bool            // such a call may still use the session

	transport *transport  // nil before authenticate
	session   driver.Conn // nil before authenticate has succeeded
}

// Probe tests a connection in three steps:
//
//   - "authenticate" opens a session with the stored key. Snowflake checks the role, the
//     warehouse, the database and the schema.
//   - "query" selects 1, and checks that the session uses these objects.
//   - "list_stage" lists the stage.
//
// Then it closes the session. An error of the close is only logged.
//
// Probe returns by ctx's deadline, or after 4.5 seconds if there is none. The steps end
// half a second earlier. Its error is a [*warehouse.ProbeError] with a code and a hint,
// and with a fix if SQL can fix the cause.
func (c *Connector) Probe(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	config, err := warehouse.ConfigAs[Config](target.Config())
	if err != nil {
		return nil, err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(defaultBudget)
	}
	budget := max(0, time.Until(deadline))
	margin := min(deadlineMargin, budget/20)
	end := deadline.Add(-margin)
	stepsCtx, cancel := context.WithDeadline(ctx, end.Add(-min(closeBudget, budget/4)))
	defer cancel()
	// The session is closed even if the caller cancels.
	closeCtx, cancel := context.WithDeadline(context.WithoutCancel(ctx), end)
	defer cancel()

	p := &probe{
		connector:  c,
		connection: target.ConnectionID,
		config:     config,
		keys:       target.Keys,
		stepsCtx:   stepsCtx,
		closeCtx:   closeCtx,
		began:      time.Now(),
		leaveAt:    deadline.Add(-margin / 2),
	}
	defer p.close(ctx)
	return warehouse.RunSteps(context.WithoutCancel(ctx),
		warehouse.Step{Name: "authenticate", Run: p.explained(p.authenticate)},
		warehouse.Step{Name: "query", Run: p.explained(p.query)},
		warehouse.Step{Name: "list_stage", Run: p.explained(p.listStage)},
	)
}

// endpoint returns the account's server, and its address if that must not be a private one.
func (p *probe) endpoint() (server *url.URL, publicOnly string, err error) {
	if p.connector.endpoint != nil {
		return p.connector.endpoint, "", nil
	}
	if server, err = p.config.AccountIdentifier.endpoint(); err != nil {
		return nil, "", err
	}
	if p.config.AccountIdentifier.isPrivate() {
		return server, "", nil
	}
	return server, server.Host, nil
}

// close closes the session and every connection. An error is only logged, since it is
// not the customer's.
func (p *probe) close(ctx context.Context) {
	if p.transport == nil {
		return
	}
	if p.session != nil && !p.leftBehind {
		p.transport.setRequest(requestClose)
		_, err := contain(ctx, p, func() (struct{}, error) { return struct{}{}, p.session.Close() })
		if err == nil { // the driver always returns nil
			err = p.transport.sessionCloseError()
		}
		if err != nil {
			p.connector.log.LogAttrs(ctx, slog.LevelWarn, "snowflake: a session was not closed",
				slog.String("connection", p.connection), texts.Error(err))
		}
	}
	p.transport.base.CloseIdleConnections()
	p.transport.conns.close()
}
