package pgtest

import (
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
)

// PgBouncerVariable is the name of the environment variable with the DSN of a PgBouncer in transaction mode.
// Its server is that of [Variable].
const PgBouncerVariable = "WAREHOUSEKIT_TEST_PGBOUNCER"

// PgBouncer returns the DSN, through PgBouncer, of a new database, which is dropped when the test ends. It is not
// a schema as in [DSN], because PgBouncer rejects a search_path in the DSN. If [PgBouncerVariable] is not set,
// the test is skipped, or fails if CI is "true".
func PgBouncer(t testing.TB) string {
	t.Helper()
	base := server(t, PgBouncerVariable, ".ci/postgres.sh pgbouncer")
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s is not a URL", PgBouncerVariable) // the error quotes it
	}
	database := "test_" + strings.ToLower(rand.Text())
	u.Path = "/pgbouncer"
	console := u.String()
	run(t, base, "CREATE DATABASE "+database)
	t.Cleanup(func() {
		run(t, console, "PAUSE "+database) // closes the connections to it
		run(t, base, "DROP DATABASE "+database)
		run(t, console, "RESUME "+database)
	})
	u.Path = "/" + database
	return u.String()
}
