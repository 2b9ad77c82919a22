package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"unicode"
)

// requirements are statements that the database plans but does not execute. Planning fails if an index
// or a right is missing.
var requirements = []struct{ statement, missing string }{
	{`INSERT INTO warehouse_connections (id, organisation) VALUES ('', '') ON CONFLICT (organisation) DO NOTHING`,
		"the right to insert, or a unique index on organisation"},
	{`INSERT INTO warehouse_connections (id, organisation) VALUES ('', '') ON CONFLICT (id) DO NOTHING`,
		"a primary key or a unique index on id"},
	{`UPDATE warehouse_connections SET revision = revision WHERE id = ''`, "the right to update"},
	{`DELETE FROM warehouse_connections WHERE id = ''`, "the right to delete"},
}

const remedy = "call Migrate, or apply Migrations with your own tool"

// Validate checks that the database has the table, its columns, its unique indexes, and the rights to
// read and write, whichever tool created them. Its error names what is missing. It also returns an error
// if the database is read-only, such as a replica, or if the driver prepares statements behind a pooler
// that does not support them. It changes nothing. Call it at startup. Additional columns are accepted, because a newer version may already have migrated the
// database while replicas of this one still run.
func (s *Store) Validate(ctx context.Context) error {
	const op = "validate the database"
	if err := s.db.PingContext(ctx); err != nil {
		return failed(ctx, op, err)
	}
	if err := s.plan(ctx, op, `SELECT `+columns+` FROM warehouse_connections`); err != nil {
		return s.explainUnreadable(ctx, err)
	}
	for _, r := range requirements {
		if err := s.plan(ctx, op+": missing: "+r.missing, r.statement); err != nil {
			return fmt.Errorf("%w: %s", err, remedy)
		}
	}
	// Unlike planning, executing a statement that matches no row fails if the database is read-only.
	if _, err := s.write(ctx, op+": it does not accept writes", `UPDATE warehouse_connections SET revision = revision WHERE 1 = 0`); err != nil {
		return fmt.Errorf("%w: connect to the primary, or make the file writable", err)
	}
	if s.dialect == DialectPostgreSQL {
		return s.validateSessions(ctx, op)
	}
	return nil
}

// validateSessions runs a query on two connections. Behind a transaction pooler, such as PgBouncer, both
// use one session of the server. If the driver prepares statements, the second one fails.
func (s *Store) validateSessions(ctx context.Context, op string) error {
	for range 2 {
		_, err := retry(ctx, op, func() (struct{}, error) { return struct{}{}, s.queryOnce(ctx) })
		if err != nil {
			return err
		}
	}
	return nil
}

// queryOnce runs a query with an argument on a connection that it closes. Two connections at the same time
// would deadlock in a pool with a limit of one.
func (s *Store) queryOnce(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var count int
	err = conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM warehouse_connections WHERE organisation = $1`, "").Scan(&count)
	if state := sqlState(err); state == "42P05" || state == "26000" { // duplicate or unknown statement
		err = fmt.Errorf("%w: the driver prepares statements, which this pooler does not support: "+
			"with pgx, set default_query_exec_mode=exec in the DSN", err)
	}
	_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closes it instead of returning it to the pool
	return err
}

// explainUnreadable adds to err, the failure to read all columns, which of them cannot be read.
func (s *Store) explainUnreadable(ctx context.Context, err error) error {
	all := strings.FieldsFunc(columns, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
	var missing []string
	for _, column := range all {
		if s.plan(ctx, "", `SELECT `+column+` FROM warehouse_connections`) != nil {
			missing = append(missing, column)
		}
	}
	if len(missing) == len(all) {
		return fmt.Errorf("%w: the table warehouse_connections does not exist, or this user may not read it: %s", err, remedy)
	}
	return fmt.Errorf("%w: the table warehouse_connections lacks the columns %s: %s", err, strings.Join(missing, ", "), remedy)
}

func (s *Store) plan(ctx context.Context, op, statement string) error {
	_, err := s.write(ctx, op, "EXPLAIN "+statement)
	return err
}
