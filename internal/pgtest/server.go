package pgtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A Server is a PostgreSQL server for one test, which may crash it.
type Server struct {
	DSN string

	script, dir string
}

// NewServer starts a server that is stopped when the test ends. If PostgreSQL is not installed, the test is
// skipped, or fails if CI is "true".
func NewServer(t testing.TB) *Server {
	t.Helper()
	if installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(installed) == 0 {
		if _, err := exec.LookPath("initdb"); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal("PostgreSQL is not installed in CI: run .ci/postgres.sh start, which installs it")
			}
			t.Skip("PostgreSQL is not installed")
		}
	}
	_, file, _, _ := runtime.Caller(0)
	dir := t.TempDir()
	// If the test runs as root, the server runs as another user, who needs access.
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	s := &Server{script: filepath.Join(filepath.Dir(file), "../../.ci/postgres.sh"), dir: dir}
	s.DSN = strings.TrimSpace(s.run(t, "start"))
	t.Cleanup(func() { s.run(t, "stop") })
	return s
}

// Crash kills the server. After Resume, everything it had committed is there.
func (s *Server) Crash(t testing.TB) { t.Helper(); s.run(t, "crash") }

// Resume starts the server again on the same port.
func (s *Server) Resume(t testing.TB) { t.Helper(); s.run(t, "resume") }

// Standby restarts the server as a replica, which is read-only. Its primary does not exist.
func (s *Server) Standby(t testing.TB) { t.Helper(); s.run(t, "standby") }

func (s *Server) run(t testing.TB, verb string) string {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "bash", s.script, verb)
	cmd.Env = append(os.Environ(), "TMPDIR="+s.dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("PostgreSQL did not %s: %v: %s", verb, err, stderr.String())
	}
	return string(out)
}
