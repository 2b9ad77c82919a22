package pgtest_test

import (
	"os"
	"os/exec"
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

// It runs TestIsSkipped in another process, because that test fails in CI.
func TestDSNWithoutServer(t *testing.T) {
	for ci, want := range map[string]string{"true": "--- FAIL: TestIsSkipped", "": "--- SKIP: TestIsSkipped"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestIsSkipped$", "-test.v")
		cmd.Env = append(os.Environ(), pgtest.Variable+"=", "CI="+ci, "PGTEST_SKIPS=1")
		out, _ := cmd.CombinedOutput() // the output includes the status
		if !strings.Contains(string(out), want) {
			t.Errorf("without a server and with CI=%q: want %q in:\n%s", ci, want, out)
		}
	}
}

func TestIsSkipped(t *testing.T) {
	if os.Getenv("PGTEST_SKIPS") == "" {
		t.Skip("only for TestDSNWithoutServer")
	}
	pgtest.DSN(t)
}
