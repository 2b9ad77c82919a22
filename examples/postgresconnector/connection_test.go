//go:build unix

package postgresconnector

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{
		"plain":              "_",
		"quotes and spaces":  ` it's "odd" `,
		"psql and templates": ` :x :'x' {role} $$ ; -- `,
		"conninfo":           `=host=evil 'x' `,
		"Unicode":            "Schöne 雪",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, part)
			service := warehousetest.NewService(t, newConnector(t, &Options{AllowPrivateAddresses: true}), nil)
			caller := warehouse.Caller{Organisation: "8"}
			created, err := service.Create(t.Context(), caller, members(t, s.config))
			if err != nil {
				t.Fatal(err)
			}
			s.psql(created.SetupScript, password)
			s.psql(created.SetupScript, password) // it is idempotent

			result, err := service.Test(t.Context(), caller, created.ID)
			if err != nil || !result.Success {
				t.Fatalf("Test: %+v, %v", result, err)
			}
			db, _, err := service.OpenDB(t.Context(), caller)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.ExecContext(t.Context(), "CREATE TABLE events (id bigint)"); err != nil {
				t.Fatal(err)
			}
			const query = "SELECT tableowner, schemaname, current_database() FROM pg_tables WHERE tablename = 'events'"
			var got [3]string
			if err := db.QueryRowContext(t.Context(), query).Scan(&got[0], &got[1], &got[2]); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([3]string{s.config.User, s.config.Schema, s.config.Database}, got); diff != "" {
				t.Errorf("owner, schema and database of the table (-want +got):\n%s", diff)
			}
		})
	}
}

// members returns the fields of a request that creates the connection.
func members(t *testing.T, config Config) warehouse.Fields {
	t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	fields := warehouse.Fields{"type": json.RawMessage(fmt.Sprintf("%q", warehousetest.FakeType))}
	if err := json.Unmarshal(text, (*map[string]json.RawMessage)(&fields)); err != nil {
		t.Fatal(err)
	}
	return fields
}

// psql runs a script from a file as the administrator, and enters the password twice. It starts in another database
// than the script's.
func (s *site) psql(script, password string) {
	s.t.Helper()
	binary, err := exec.LookPath("psql")
	switch {
	case err != nil && os.Getenv("CI") == "true":
		s.t.Fatal("psql is not installed in CI: it is part of the server")
	case err != nil:
		s.t.Skip("psql is not installed")
	}
	file := filepath.Join(s.t.TempDir(), "setup.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		s.t.Fatal(err)
	}
	dsn := url.URL{Scheme: "postgres", User: url.User(s.server.User), Host: fill(s.config, "{host}"), Path: s.server.Database}
	command := exec.CommandContext(s.t.Context(), binary, "--no-psqlrc", "--file", file, dsn.String())
	command.Env = append(os.Environ(), "PGPASSWORD="+s.server.Password)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // without a terminal, psql reads the password from stdin
	command.Stdin = strings.NewReader(password + "\n" + password + "\n")
	if output, err := command.CombinedOutput(); err != nil {
		s.t.Fatalf("psql: %v\n%s\n%s", err, script, output)
	}
}
