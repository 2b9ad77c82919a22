package store

import (
	"context"
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
// if the database is read-only, such as a replica. It changes nothing. Call it at startup. Additional columns are accepted, because a newer version may already have migrated the
// database while replicas of this one still run.
func (s *Store) Validate(ctx context.Context) error {
	const op = "validate the database"
	if err := s.db.PingContext(ctx); err != nil {
		return failed(ctx, op, err)
	}
	if err := s.plan(ctx, op, `SELECT `+columns+`, sealed FROM warehouse_connections`); err != nil {
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
	return nil
}

// explainUnreadable adds to err, the failure to read all columns, which of them cannot be read.
func (s *Store) explainUnreadable(ctx context.Context, err error) error {
	all := strings.FieldsFunc(columns+", sealed", func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
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
