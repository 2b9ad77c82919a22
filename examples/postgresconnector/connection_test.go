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
	for name, oddly := range map[string]string{
		"plain":              "_",
		"quotes and spaces":  ` it's "odd" `,
		"psql and templates": ` :x :'x' {role} $$ ; -- `,
		"conninfo":           `=host=evil 'x' `,
		"not ASCII":          "Schöne 雪",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, oddly)
			service := warehousetest.NewService(t, newConnector(t, &Options{AllowPrivateAddresses: true}), nil)
			caller := warehouse.Caller{Organisation: "8"}
			created, err := service.Create(t.Context(), caller, members(t, s.config))
			if err != nil {
				t.Fatal(err)
			}
			s.psql(created.SetupScript, password)
			s.psql(created.SetupScript, password) // any number of times

			result, err := service.Test(t.Context(), caller, created.ID)
			if err != nil || !result.Success {
				t.Fatalf("the test ended with %+v, %v", result, err)
			}
			db, _, err := service.OpenDB(t.Context(), caller)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.ExecContext(t.Context(), "CREATE TABLE events (id bigint)"); err != nil {
				t.Fatal(err)
			}
			var got [3]string
			if err := db.QueryRowContext(t.Context(), "SELECT tableowner, schemaname, current_database() FROM pg_tables WHERE tablename = 'events'").
				Scan(&got[0], &got[1], &got[2]); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([3]string{s.config.User, s.config.Schema, s.config.Database}, got); diff != "" {
				t.Errorf("the table is elsewhere (-want +got):\n%s", diff)
			}
		})
	}
}

// members are what a customer sends.
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

// psql runs a script as the administrator who saved it as a file, and who types the password twice. It begins in
// another database than the site's.
func (s *site) psql(script, password string) {
	s.t.Helper()
	binary, err := exec.LookPath("psql")
	switch {
	case err != nil && os.Getenv("CI") == "true":
		s.t.Fatal("there is no psql, and CI is set: it comes with the server")
	case err != nil:
		s.t.Skip("there is no psql")
	}
	file := filepath.Join(s.t.TempDir(), "setup.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		s.t.Fatal(err)
	}
	dsn := url.URL{Scheme: "postgres", User: url.User(s.server.User), Host: fill(s.config, "{host}"), Path: s.server.Database}
	command := exec.CommandContext(s.t.Context(), binary, "--no-psqlrc", "--file", file, dsn.String())
	command.Env = append(os.Environ(), "PGPASSWORD="+s.server.Password)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // or psql asks at the terminal, and not on its input
	command.Stdin = strings.NewReader(password + "\n" + password + "\n")
	if output, err := command.CombinedOutput(); err != nil {
		s.t.Fatalf("psql: %v\n%s\n%s", err, script, output)
	}
}
