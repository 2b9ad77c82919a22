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

func TestConnectPostgreSQL(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t) // a separate server, because roles are global
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
	status, response := p.call("POST", "8", "", string(body))
	if status != http.StatusCreated || !strings.Contains(response, `"public_key":null`) {
		t.Fatalf("create: %d %s", status, response)
	}
	id := decode[connection](t, response).ID

	if got := p.test("8", id); got.Success || !strings.Contains(got.Error, "password authentication failed") {
		t.Errorf("before setup, the test returned %+v", got)
	}
	run(`CREATE ROLE warehouse_loader LOGIN PASSWORD '` + password + `'`)
	status, response = p.call("POST", "8", id+"/test/?include=diagnosis", "")
	diagnosed := decode[struct {
		Diagnosis struct{ Step, Code, Fix string }
	}](t, response).Diagnosis
	if status != http.StatusOK || diagnosed.Step != "schema" || diagnosed.Code != "schema_inaccessible" {
		t.Fatalf("without the schema, the test returned %d %s", status, response)
	}
	run(diagnosed.Fix)
	if got := p.test("8", id); got != (testResult{Success: true}) {
		t.Errorf("after the fix, the test returned %+v", got)
	}
	p.stop(syscall.SIGTERM)
	for name, text := range map[string]string{
		"a response": p.bodies.String(), "the output": p.output.String(), "the database": files(t, dir),
	} {
		if strings.Contains(text, password) {
			t.Errorf("%s contains the password", name)
		}
	}
}
