package snowflake_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/warehouse"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	c := newConnector(t, &snowflake.Options{Product: "Flagsmith", KeyPool: -1})
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": c})
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
	if got.Title != "Snowflake" || got.SetupLanguage != "sql" || !got.KeyPair || got.Summary == "" || got.SetupInstructions == "" {
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
		`{"account_identifier": "xy12345.us-east-1"}`:           true,
		`{"account_identifier": "x", "warehouse": "\"my wh\""}`: true,
		`{}`:                         false,
		`{"account_identifier": ""}`: false,
		`{"account_identifier": 1}`:  false,
		`{"account_identifier": "x", "stage": "FLAGSMITH_STAGE"}`: false,
		`{"account_identifier": "x", "type": "snowflake"}`:        false,
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
