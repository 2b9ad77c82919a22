package snowflake

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// authenticate opens the session.
func (p *probe) authenticate(ctx context.Context) error {
	key, err := decodePrivateKey(p.keys.PrivateKey())
	if err != nil {
		return internalError("The stored private key cannot be read.", err)
	}
	endpoint, publicOnly, err := p.endpoint()
	if err != nil {
		return internalError("The stored account identifier is not valid.", err)
	}
	conns := newConnections(publicOnly, p.connector.dial)
	p.transport = &transport{
		base:     newHTTPTransport(p.connector.proxy, conns, p.connector.roots),
		conns:    conns,
		host:     endpoint.Host,
		hostname: endpoint.Hostname(),
		stepsCtx: p.stepsCtx,
		closeCtx: p.closeCtx,
	}
	p.transport.setRequest(requestLogin)
	config, err := driverConfig(p.config, key, endpoint, p.connector.product+" connection test")
	if err != nil {
		return internalError("The endpoint on our side is not valid.", err)
	}
	deadline, _ := p.stepsCtx.Deadline()
	patience := time.Until(deadline)
	if patience <= 0 { // the driver could need longer to notice than the probe may take
		return p.transport.timeoutError(false, 0)
	}
	p.session, err = contain(ctx, p, func() (driver.Conn, error) {
		return p.connector.open(ctx, config, p.transport, patience)
	})
	return err
}

// query checks that the session uses the configured objects. A server that does not
// validate names at login silently sets a wrong one to NULL, and SELECT 1 alone passes.
func (p *probe) query(ctx context.Context) error {
	p.transport.setRequest(requestSelect)
	row, err := p.queryRow(ctx, "SELECT 1, CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()")
	if err != nil {
		return err
	}
	if len(row) != 5 || row[0] != "1" {
		return p.transport.unexpected("SELECT 1 did not return 1", nil)
	}
	for i, want := range p.sessionObjects() {
		if got := row[i+1]; !want.matches(got) {
			return want.mismatch(got)
		}
	}
	return nil
}

// queryRow returns the first row of a statement as text. NULL is the empty string.
func (p *probe) queryRow(ctx context.Context, statement string) ([]string, error) {
	return contain(ctx, p, func() ([]string, error) { return queryRow(ctx, p.session, statement) })
}

func queryRow(ctx context.Context, session driver.Conn, statement string) ([]string, error) {
	rows, err := session.(driver.QueryerContext).QueryContext(ctx, statement, nil)
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

// listStage lists the stage under a prefix that no file has, so it takes no longer on a
// full stage. Exec does not fetch results from other hosts, as a query would. The stage
// is in a literal, since a bare location may not contain spaces even in double quotes.
func (p *probe) listStage(ctx context.Context) error {
	p.transport.setRequest(requestList)
	location := "@" + p.config.stageSQL() + "/connection-test-" + strings.ToLower(rand.Text())
	_, err := contain(ctx, p, func() (driver.Result, error) {
		return p.session.(driver.ExecerContext).ExecContext(ctx, "LIST "+literal(location), nil)
	})
	return err
}
