// Package pgtest gives tests a PostgreSQL schema of their own.
package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Variable names the environment variable that holds the DSN of a server that tests may use.
const Variable = "WAREHOUSEKIT_TEST_POSTGRES"

// DSN returns a DSN by which unqualified names mean a fresh schema, which is dropped with all that is in
// it when the test ends. The test is skipped where no server is named, and fails there if CI is "true":
// what nobody ran is not to be taken for what passed.
func DSN(t testing.TB) string {
	t.Helper()
	base := os.Getenv(Variable)
	if base == "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not set, and CI is: start a server with .ci/postgres.sh", Variable)
		}
		t.Skipf("%s is not set: start a server with .ci/postgres.sh", Variable)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	run(t, base, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, base, "DROP SCHEMA "+schema+" CASCADE") })
	return With(t, base, "search_path", schema)
}

// With returns a DSN with one more setting.
func With(t testing.TB, dsn, name, value string) string {
	t.Helper()
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " " + name + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("the DSN does not parse") // the cause quotes it
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

func run(t testing.TB, dsn, statement string) {
	t.Helper()
	ctx := context.Background() // a test's own has ended when it is cleaned up
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connect to the server of %s: %v", Variable, err)
	}
	defer func() { _ = conn.Close(ctx) }() // nothing is pending
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
