package snowflake

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
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

// A probe is one test of one account.
type probe struct {
	config    *Config
	login     login
	transport *transport
	publicKey string
	session   driver.Conn // nil until authenticated
}

// Probe tests a connection in three steps: it opens a session with the stored key, in which Snowflake
// itself checks the role, warehouse, database and schema ("authenticate"); it selects 1 and sees that
// the session is where it was asked to be ("query"); and it lists the stage ("list_stage"). Then it
// closes the session, which changes nothing about the outcome.
//
// It is over by ctx's deadline, 4.5 seconds where there is none; the steps end half a second earlier. An
// error is a [*warehouse.ProbeError] with a code and a hint, and with a fix where SQL mends it.
func (c *Connector) Probe(ctx context.Context, target warehouse.Target) (warehouse.Report, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(defaultBudget)
	}
	budget := time.Until(deadline)
	ends := deadline.Add(-min(lastMoment, budget/20))
	steps, cancel := context.WithDeadline(ctx, ends.Add(-min(closingTime, budget/4)))
	defer cancel()
	// Closing goes on when the caller has given up, but not past the deadline.
	ending, cancel := context.WithDeadline(context.WithoutCancel(ctx), ends)
	defer cancel()

	p, err := c.newProbe(steps, ending, target)
	if err != nil {
		return warehouse.Report{}, err
	}
	defer p.close(ctx, c.log)
	return warehouse.RunSteps(context.WithoutCancel(ctx),
		warehouse.ProbeStep{Name: stepAuthenticate, Run: p.explained(p.authenticate)},
		warehouse.ProbeStep{Name: stepQuery, Run: p.explained(p.query)},
		warehouse.ProbeStep{Name: stepListStage, Run: p.explained(p.listStage)},
	)
}

const (
	stepAuthenticate = "authenticate"
	stepQuery        = "query"
	stepListStage    = "list_stage"
)

func (c *Connector) newProbe(steps, ending context.Context, target warehouse.Target) (*probe, error) {
	config, ok := target.Config().(*Config)
	if !ok {
		return nil, fmt.Errorf("snowflake: Probe was given a %T, not a *snowflake.Config", target.Config())
	}
	key, err := parsePrivateKey(target.Keys.PrivateKey())
	if err != nil {
		return nil, err
	}
	endpoint, guarded := c.endpoint, ""
	if endpoint == nil {
		if endpoint, err = accountEndpoint(config.AccountIdentifier); err != nil {
			return nil, err
		}
		if !config.AccountIdentifier.isPrivate() {
			guarded = endpoint.Host
		}
	}
	endpoint = withPort(endpoint)
	base, conns := newHTTPTransport(c.proxy, guarded)
	t := &transport{
		base: base, conns: conns,
		host: endpoint.Host, called: endpoint.Hostname(),
		steps: steps, ending: ending,
	}
	deadline, _ := steps.Deadline()
	return &probe{
		config:    config,
		publicKey: target.Keys.PublicKey,
		transport: t,
		login: login{
			config: config, key: key, endpoint: endpoint, transport: t,
			tag:      c.product + " connection test",
			patience: time.Until(deadline),
		},
	}, nil
}

func (p *probe) authenticate(ctx context.Context) (err error) {
	p.session, err = openSession(ctx, p.login)
	return err
}

// query asks where the session is. With validation on, the login has checked the names already; where a
// server does not, a wrong one silently becomes NULL, and SELECT 1 alone would pass.
func (p *probe) query(ctx context.Context) error {
	row, err := p.queryRow(ctx, "SELECT 1, CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()")
	if err != nil {
		return err
	}
	if len(row) != 5 || row[0] != "1" {
		return unexpected(p.transport.called, "SELECT 1 did not give 1", nil)
	}
	for i, want := range p.whereabouts() {
		if got := row[i+1]; got != want.name.Name() {
			return want.missing(got)
		}
	}
	return nil
}

// queryRow returns the one row of a statement, as text, NULL being the empty one.
func (p *probe) queryRow(ctx context.Context, statement string) ([]string, error) {
	rows, err := p.session.(driver.QueryerContext).QueryContext(ctx, statement, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	values := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(values); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	row := make([]string, len(values))
	for i, v := range values {
		if v != nil {
			row[i] = fmt.Sprint(v)
		}
	}
	return row, nil
}

// listStage lists the stage under a prefix that no file has, so that a stage full of files makes no
// difference. Exec skips results that would have to be fetched from other hosts.
func (p *probe) listStage(ctx context.Context) error {
	_, err := p.session.(driver.ExecerContext).ExecContext(ctx, p.listStatement(), nil)
	return err
}

func (p *probe) listStatement() string {
	location := "@" + p.config.stageName() + "/" + "connection-test-" + strings.ToLower(rand.Text())
	// As a literal, since a bare location may not hold spaces and the like even between quotes.
	return "LIST '" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(location) + "'"
}

// close ends the session and every connection. That it failed is no fault of the customer's, so it is
// only logged.
func (p *probe) close(ctx context.Context, log *slog.Logger) {
	if p.session != nil {
		_ = p.session.Close() // the driver returns nil whatever happened
		if err := p.transport.sessionCloseError(); err != nil {
			log.LogAttrs(ctx, slog.LevelWarn, "snowflake: a session was not closed", slog.Any("error", err))
		}
	}
	p.transport.base.CloseIdleConnections()
	p.transport.conns.close()
}
