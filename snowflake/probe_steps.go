// Running statements in a probe's session.

package snowflake

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
)

// query asks where the session is. Where the server checks names at the login they are right by now;
// where it does not, a wrong one has silently become NULL, and SELECT 1 alone would pass.
func (p *probe) query(ctx context.Context) error {
	p.transport.sending("SELECT 1")
	row, err := p.queryRow(ctx, "SELECT 1, CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()")
	if err != nil {
		return err
	}
	if len(row) != 5 || row[0] != "1" {
		return p.transport.unexpected("SELECT 1 did not give 1", nil)
	}
	for i, want := range p.whereabouts() {
		if !want.is(row[i+1]) {
			return want.missing(row[i+1])
		}
	}
	return nil
}

// queryRow returns the first row of a statement as text, NULL being the empty one.
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
	p.transport.sending("LIST")
	_, err := p.session.(driver.ExecerContext).ExecContext(ctx, p.listStatement(), nil)
	return err
}

// listStatement names the stage in a literal, since a bare location may not hold spaces and the like even
// between double quotes.
func (p *probe) listStatement() string {
	location := "@" + p.config.stageSQL() + "/connection-test-" + strings.ToLower(rand.Text())
	return "LIST " + literal(location)
}
