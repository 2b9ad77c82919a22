package pgtest_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/warehousekit/warehousekit/internal/pgtest"
)

func schemas(t *testing.T, dsn string) (current string, all []string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), `SELECT current_schema(), array(SELECT nspname::text FROM pg_namespace)`).Scan(&current, &all); err != nil {
		t.Fatal(err)
	}
	return current, all
}

func TestDSNCreatesSchema(t *testing.T) {
	first, _ := schemas(t, pgtest.DSN(t))
	var second string
	t.Run("inner", func(t *testing.T) {
		second, _ = schemas(t, pgtest.DSN(t))
	})
	if first == second || first == "" || second == "" {
		t.Errorf("the schemas are %q and %q", first, second)
	}
	_, all := schemas(t, os.Getenv(pgtest.Variable))
	for _, name := range all {
		if name == second {
			t.Errorf("the schema %s still exists after its test", second)
		}
	}
}

func TestPgBouncerCreatesDatabase(t *testing.T) {
	databases := func(dsn string) (current string, all []string) {
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal("the DSN does not parse")
		}
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		if err := conn.QueryRow(t.Context(), `SELECT current_database(), array(SELECT datname::text FROM pg_database)`).Scan(&current, &all); err != nil {
			t.Fatal(err)
		}
		return current, all
	}
	var name string
	t.Run("inner", func(t *testing.T) {
		name, _ = databases(pgtest.PgBouncer(t))
	})
	current, all := databases(pgtest.PgBouncer(t))
	if current == name || name == "" {
		t.Errorf("the databases are %q and %q", name, current)
	}
	if slices.Contains(all, name) {
		t.Errorf("the database %s still exists after its test", name)
	}
}

// It runs TestIsSkipped in another process, because that test fails in CI.
func TestDSNWithoutServer(t *testing.T) {
	for ci, want := range map[string]string{"true": "--- FAIL: TestIsSkipped", "": "--- SKIP: TestIsSkipped"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestIsSkipped$", "-test.v")
		cmd.Env = append(os.Environ(), pgtest.Variable+"=", pgtest.PgBouncerVariable+"=", "CI="+ci, "PGTEST_SKIPS=1")
		out, _ := cmd.CombinedOutput() // the output includes the status
		for _, subtest := range []string{"/DSN", "/PgBouncer"} {
			if !strings.Contains(string(out), want+subtest) {
				t.Errorf("without a server and with CI=%q: want %q in:\n%s", ci, want+subtest, out)
			}
		}
	}
}

func TestIsSkipped(t *testing.T) {
	if os.Getenv("PGTEST_SKIPS") == "" {
		t.Skip("only for TestDSNWithoutServer")
	}
	t.Run("DSN", func(t *testing.T) { pgtest.DSN(t) })
	t.Run("PgBouncer", func(t *testing.T) { pgtest.PgBouncer(t) })
}
