package postgresconnector

import (
	"context"
	"crypto/rand"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/warehouse"
)

const password = `it's "the" p@ss/word:%20`

// A site is a new database on the test server, its administrator, and a config for it.
type site struct {
	t      *testing.T
	server *pgx.ConnConfig // of the administrator, in another database
	config Config
}

// newSite creates the database, but not the role or the schema. Their names contain part.
func newSite(t *testing.T, part string) *site {
	t.Helper()
	server, err := pgx.ParseConfig(pgtest.DSN(t))
	if err != nil {
		t.Fatal("the DSN does not parse") // the cause quotes it
	}
	unique := part + strings.ToLower(rand.Text()[:12])
	s := &site{t: t, server: server, config: Config{
		Host: server.Host, Port: server.Port, SSLMode: "disable", Password: password,
		Database: "d" + unique, Schema: "s" + unique, User: "u" + unique,
	}}
	s.run(server.Database, fill(s.config, "CREATE DATABASE {database};"))
	t.Cleanup(func() {
		s.run(server.Database, fill(s.config, "DROP DATABASE {database} WITH (FORCE);"))
		s.run(server.Database, fill(s.config, "DROP ROLE IF EXISTS {role};"))
	})
	return s
}

// run executes statements as the administrator. Each line is a statement.
func (s *site) run(database, statements string) {
	s.t.Helper()
	ctx := context.Background() // the test's context is done during cleanup
	server := s.server.Copy()
	server.Database = database
	conn, err := pgx.ConnectConfig(ctx, server)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(ctx)
	for statement := range strings.Lines(statements) {
		if _, err := conn.Exec(ctx, statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// admin fills in the statements and executes them in the new database.
func (s *site) admin(statements string) {
	s.t.Helper()
	s.run(s.config.Database, fill(s.config, statements))
}

// setUp does the same as the setup script in psql.
func (s *site) setUp() {
	s.t.Helper()
	s.runScript()
	s.setPassword(password)
}

// runScript runs the SQL statements of the setup script.
func (s *site) runScript() {
	s.t.Helper()
	script, err := (*Connector)(nil).SetupScript(&s.config, "")
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(script) {
		if !strings.HasPrefix(line, `\`) && !strings.HasPrefix(line, "--") {
			s.run(s.config.Database, line)
		}
	}
}

func (s *site) setPassword(password string) {
	s.t.Helper()
	s.admin("ALTER ROLE {role} PASSWORD '" + strings.ReplaceAll(password, "'", "''") + "';")
}

// fill replaces the placeholders of a text with values of the config. Names are quoted.
func fill(c Config, text string) string {
	return strings.NewReplacer(
		"{host}", net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))),
		"{role}", pgx.Identifier{c.User}.Sanitize(),
		"{database}", pgx.Identifier{c.Database}.Sanitize(),
		"{schema}", pgx.Identifier{c.Schema}.Sanitize(),
		"{createRole}", createRole(&c),
	).Replace(text)
}

func newConnector(t *testing.T, options *Options) *Connector {
	t.Helper()
	c, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func target(config Config) warehouse.Target {
	return warehouse.NewTarget("8", "wc_test", &config, warehouse.KeyPair{})
}

// runProbe runs a probe that may connect to private addresses.
func runProbe(t *testing.T, config Config) ([]warehouse.StepResult, *warehouse.ProbeError) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a failing test must not hang
	defer cancel()
	results, err := newConnector(t, &Options{AllowPrivateAddresses: true}).Probe(ctx, target(config))
	return results, probeError(t, err)
}

// probeError returns err as a *warehouse.ProbeError, which must not contain the password or the driver's error.
func probeError(t *testing.T, err error) *warehouse.ProbeError {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := err.(*warehouse.ProbeError)
	if !ok {
		t.Fatalf("the error is a %T, want a *warehouse.ProbeError: %v", err, err)
	}
	for _, text := range []string{e.Error(), e.Hint, e.Fix} {
		if strings.Contains(text, password) {
			t.Errorf("%q contains the password", text)
		}
	}
	if e.Err != nil {
		t.Errorf("the error wraps a %T", e.Err)
	}
	if e.Hint == "" && e.Code != warehouse.CodeUnknown {
		t.Errorf("%s has no hint", e.Code)
	}
	return e
}
