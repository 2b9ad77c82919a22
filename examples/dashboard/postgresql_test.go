package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/warehousekit/warehousekit/internal/pgtest"
)

func TestCustomerConnectsPostgreSQL(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t) // of its own, since roles are the whole server's
	administrator, err := pgx.Connect(t.Context(), server.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer administrator.Close(t.Context())
	run := func(statement string) {
		t.Helper()
		if _, err := administrator.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}

	const password = "correct horse battery staple"
	dir := t.TempDir()
	p := start(t, dir)
	body, err := json.Marshal(map[string]any{
		"type": "postgresql", "host": administrator.Config().Host, "port": administrator.Config().Port,
		"database": "postgres", "password": password, "sslmode": "disable",
	})
	if err != nil {
		t.Fatal(err)
	}
	status, answer := p.call("POST", "8", "", string(body))
	if status != http.StatusCreated || !strings.Contains(answer, `"public_key":null`) {
		t.Fatalf("create answered %d %s", status, answer)
	}
	id := decode[connection](t, answer).ID

	if got := p.test("8", id); got.Success || !strings.Contains(got.Error, "password authentication failed") {
		t.Errorf("before the script was run, the test says %+v", got)
	}
	run(`CREATE ROLE warehouse_loader LOGIN PASSWORD '` + password + `'`)
	status, answer = p.call("POST", "8", id+"/test/?include=diagnosis", "")
	diagnosed := decode[struct {
		Diagnosis struct{ Step, Code, Fix string }
	}](t, answer).Diagnosis
	if status != http.StatusOK || diagnosed.Step != "schema" || diagnosed.Code != "schema_inaccessible" {
		t.Fatalf("without the schema, the test says %d %s", status, answer)
	}
	run(diagnosed.Fix)
	if got := p.test("8", id); got != (testAnswer{Success: true}) {
		t.Errorf("after the fix was run, the test says %+v", got)
	}
	p.stop(syscall.SIGTERM)
	for where, text := range map[string]string{
		"an answer": p.seen.String(), "what it printed": p.output.String(), "the database": files(t, dir),
	} {
		if strings.Contains(text, password) {
			t.Errorf("%s holds the password", where)
		}
	}
}
