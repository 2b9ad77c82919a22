package postgresconnector_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/warehousekit/warehousekit/examples/postgresconnector"
	"github.com/warehousekit/warehousekit/warehouse"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestDescribe(t *testing.T) {
	t.Parallel()
	c, err := postgresconnector.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"postgresql": c})
	if err != nil {
		t.Fatal(err)
	}
	got := registry.Describe()[0]
	var schema bytes.Buffer
	if err := json.Indent(&schema, got.ConfigSchema, "", "  "); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/config_schema.json"
	if *update {
		if err := os.WriteFile(golden, schema.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), schema.String()); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	if got.Title != "PostgreSQL" || got.SetupLanguage != "sql" || got.KeyPair || got.Summary == "" || got.SetupInstructions == "" {
		t.Errorf("the description is %+v", got)
	}

	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.ConfigSchema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("config.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("config.json")
	if err != nil {
		t.Fatalf("the schema is not valid: %v", err)
	}
	for config, valid := range map[string]bool{
		`{"host": "db.example.com", "database": "d", "password": "p"}`:                          true,
		`{"host": "::1", "port": 5433, "database": "d", "password": "p", "sslmode": "require"}`: true,
		`{"host": "h", "database": "d"}`:                                                        false,
		`{"host": "h", "database": "d", "password": "p", "port": 65536}`:                        false,
		`{"host": "h", "database": "d", "password": "p", "port": "5432"}`:                       false,
		`{"host": "h", "database": "d", "password": "p", "sslmode": "prefer"}`:                  false,
	} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(config)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); (err == nil) != valid {
			t.Errorf("%s: %v", config, err)
		}
	}
}
