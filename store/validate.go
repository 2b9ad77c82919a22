// Whether the database has what the code needs.

package store

import (
	"context"
	"fmt"
	"strings"
	"unicode"
)

// needs are statements that the database only plans. That is enough for it to say that an index or a
// right is missing, and changes nothing.
var needs = []struct{ statement, what string }{
	{`INSERT INTO warehouse_connections (id, organisation) VALUES ('', '') ON CONFLICT (organisation) DO NOTHING`,
		"the right to insert, or a unique index on organisation, which keeps it to one connection each"},
	{`INSERT INTO warehouse_connections (id, organisation) VALUES ('', '') ON CONFLICT (id) DO NOTHING`,
		"a primary key or a unique index on id"},
	{`UPDATE warehouse_connections SET revision = revision WHERE id = ''`, "the right to update"},
	{`DELETE FROM warehouse_connections WHERE id = ''`, "the right to delete"},
}

const remedy = "call Migrate, or apply the files of Migrations with your own tool"

// Validate checks that the database has what this code needs, whichever tool made it: the table, its
// columns, its unique indexes, and the rights to read and write. Its error names what is missing. It
// changes nothing; a host calls it when it starts. Columns that are there besides are no error, so that
// replicas of this version go on while a newer one is rolled out.
func (s *Store) Validate(ctx context.Context) error {
	const doing = "validate the database"
	if err := s.db.PingContext(ctx); err != nil {
		return failed(ctx, doing, err)
	}
	if err := s.plan(ctx, doing, `SELECT `+columns+`, sealed FROM warehouse_connections`); err != nil {
		return s.missingColumns(ctx, err)
	}
	for _, need := range needs {
		if err := s.plan(ctx, doing+": missing is "+need.what, need.statement); err != nil {
			return fmt.Errorf("%w: %s", err, remedy)
		}
	}
	return nil
}

// missingColumns says which columns cannot be read, given the database's words on all of them at once.
func (s *Store) missingColumns(ctx context.Context, err error) error {
	all := strings.FieldsFunc(columns+", sealed", func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
	var missing []string
	for _, column := range all {
		if s.plan(ctx, "", `SELECT `+column+` FROM warehouse_connections`) != nil {
			missing = append(missing, column)
		}
	}
	if len(missing) == len(all) {
		return fmt.Errorf("%w: the table warehouse_connections is not there or may not be read: %s", err, remedy)
	}
	return fmt.Errorf("%w: the table warehouse_connections lacks these columns: %s: %s", err, strings.Join(missing, ", "), remedy)
}

func (s *Store) plan(ctx context.Context, doing, statement string) error {
	_, err := s.write(ctx, doing, "EXPLAIN "+statement)
	return err
}
