// One test of one account.

package snowflake

import (
	"context"
	"database/sql/driver"
	"log/slog"
	"net/url"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

const (
	// defaultBudget is a probe's time where its context has no deadline.
	defaultBudget = 4500 * time.Millisecond

	// closingTime is kept of the budget, after the steps, for aborting a statement and closing the
	// session: without it a statement that hung would leave its session open.
	closingTime = 500 * time.Millisecond

	// lastMoment is kept after that, so that a probe is over by its deadline and not at it.
	lastMoment = 50 * time.Millisecond
)

// The steps of a probe, as a diagnosis names them.
const (
	stepAuthenticate = "authenticate"
	stepQuery        = "query"
	stepListStage    = "list_stage"
)

// A probe is one test of one connection.
type probe struct {
	connector  *Connector
	connection string // its id, for the log
	config     *Config
	keys       warehouse.KeyPair

	steps, ending context.Context // as in transport

	transport *transport  // nil until authenticating
	session   driver.Conn // nil until authenticated
}

// Probe tests a connection in three steps:
//
//   - "authenticate" opens a session with the stored key. Snowflake itself checks the role, the
//     warehouse, the database and the schema.
//   - "query" selects 1, and checks that the session is where it was asked to be.
//   - "list_stage" lists the stage.
//
// Then it closes the session, which changes nothing about the outcome.
//
// Probe is over by ctx's deadline, or after 4.5 seconds where there is none; the steps end half a second
// earlier. Its error is a [*warehouse.ProbeError] with a code and a hint, and with a fix where SQL mends
// what is wrong. Probe may be called by any number of goroutines.
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
	ends := deadline.Add(-min(lastMoment, budget/20))
	steps, cancel := context.WithDeadline(ctx, ends.Add(-min(closingTime, budget/4)))
	defer cancel()
	// Closing goes on when the caller has given up, but not past the deadline.
	ending, cancel := context.WithDeadline(context.WithoutCancel(ctx), ends)
	defer cancel()

	p := &probe{
		connector:  c,
		connection: target.ConnectionID,
		config:     config,
		keys:       target.Keys,
		steps:      steps,
		ending:     ending,
	}
	defer p.close(ctx)
	return warehouse.RunSteps(context.WithoutCancel(ctx),
		warehouse.Step{Name: stepAuthenticate, Run: p.explained(p.authenticate)},
		warehouse.Step{Name: stepQuery, Run: p.explained(p.query)},
		warehouse.Step{Name: stepListStage, Run: p.explained(p.listStage)},
	)
}

// authenticate opens the session.
func (p *probe) authenticate(ctx context.Context) error {
	key, err := decodePrivateKey(p.keys.PrivateKey())
	if err != nil {
		return ownFault("The stored private key cannot be read.", err)
	}
	endpoint, guarded, err := p.endpoint()
	if err != nil {
		return ownFault("The stored account identifier is not valid.", err)
	}
	conns := newConnections(guarded, p.connector.dial)
	p.transport = &transport{
		base:   newHTTPTransport(p.connector.proxy, conns, p.connector.roots),
		conns:  conns,
		host:   endpoint.Host,
		called: endpoint.Hostname(),
		steps:  p.steps,
		ending: p.ending,
	}
	p.transport.sending(theLogin)
	session, err := driverConfig(p.config, key, endpoint, p.connector.product+" connection test")
	if err != nil {
		return ownFault("The endpoint on our side is not valid.", err)
	}
	deadline, _ := p.steps.Deadline()
	p.session, err = openSession(ctx, session, p.transport, time.Until(deadline))
	return err
}

// endpoint returns where the account is served, and the address, if any, that may not be a private one.
func (p *probe) endpoint() (to *url.URL, guarded string, err error) {
	if p.connector.endpoint != nil {
		return p.connector.endpoint, "", nil
	}
	if to, err = p.config.AccountIdentifier.endpoint(); err != nil {
		return nil, "", err
	}
	if p.config.AccountIdentifier.isPrivate() {
		return to, "", nil
	}
	return to, to.Host, nil
}

// close ends the session and every connection. That it failed is no fault of the customer's, so it is
// only logged.
func (p *probe) close(ctx context.Context) {
	if p.transport == nil {
		return
	}
	if p.session != nil {
		p.transport.sending("the end of the session")
		_ = p.session.Close() // the driver returns nil whatever happened
		if err := p.transport.sessionCloseError(); err != nil {
			p.connector.log.LogAttrs(ctx, slog.LevelWarn, "snowflake: a session was not closed",
				slog.String("connection", p.connection), slog.Any("error", err))
		}
	}
	p.transport.base.CloseIdleConnections()
	p.transport.conns.close()
}
