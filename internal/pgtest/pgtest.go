// Package pgtest provides PostgreSQL schemas and servers for tests.
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

// Variable is the name of the environment variable with the DSN of the server for tests.
const Variable = "WAREHOUSEKIT_TEST_POSTGRES"

// DSN returns a DSN whose search_path is a new schema, which is dropped when the test ends. If [Variable] is
// not set, the test is skipped, or fails if CI is "true": a skipped test must not look like a passed one.
func DSN(t testing.TB) string {
	t.Helper()
	base := server(t, Variable, ".ci/postgres.sh start")
	schema := "test_" + strings.ToLower(rand.Text())
	run(t, base, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, base, "DROP SCHEMA "+schema+" CASCADE") })
	return With(t, base, "search_path", schema)
}

// server returns the value of an environment variable. If it is not set, the test is skipped, or fails in CI.
func server(t testing.TB, variable, start string) string {
	t.Helper()
	dsn := os.Getenv(variable)
	if dsn == "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not set in CI: start a server with %s", variable, start)
		}
		t.Skipf("%s is not set: start a server with %s", variable, start)
	}
	return dsn
}

// With returns dsn with one more setting.
func With(t testing.TB, dsn, name, value string) string {
	t.Helper()
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " " + name + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("the DSN does not parse") // the error quotes it
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

func run(t testing.TB, dsn, statement string) {
	t.Helper()
	ctx := context.Background() // the test's context is done during cleanup
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }() // nothing is pending
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
