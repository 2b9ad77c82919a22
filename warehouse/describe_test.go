package warehouse_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A level restricts its values.
type level string

func (level) Restrictions() map[string]any {
	return map[string]any{"enum": []string{"low", "high"}}
}

func TestDescribeFields(t *testing.T) {
	t.Parallel()
	type config struct {
		Name   string   `json:"name" title:"Name" help:"A <name>." example:"7"`
		Port   uint16   `json:"port" example:"5432"`
		Small  int8     `json:"small"`
		Big    int64    `json:"big"`
		Size   uint64   `json:"size,omitempty"`
		TLS    bool     `json:"tls"`
		Ratio  float64  `json:"ratio"`
		Note   string   `json:"note,omitempty"`
		Tags   []string `json:"tags" example:"[\"a\"]"`
		Level  level    `json:"level"`
		Levels []level  `json:"levels,omitempty"`
		Mode   mode     `json:"mode" enum:"slow,fast"`
		Secret string   `json:"secret"`
		Preset string   `json:"preset"`
	}
	fake := &warehousetest.Connector{
		ConfigFunc:          func() any { return &config{Port: 1, Ratio: 0.5, Level: "low", Mode: "fast", Preset: "p"} },
		SensitiveFieldsFunc: func() []string { return []string{"secret"} },
		ImmutableFieldsFunc: func() []string { return []string{"name"} },
		PresetFieldsFunc:    func() []string { return []string{"preset"} },
	}
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"b": fake, "a": fake})
	if err != nil {
		t.Fatal(err)
	}
	types := registry.Describe()
	if len(types) != 2 || types[0].Type != "a" || types[1].Type != "b" {
		t.Fatalf("the types are %+v, want a and b", types)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(`{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"type": "object",
		"properties": {
			"name": {"type": "string", "title": "Name", "description": "A <name>.", "examples": ["7"], "minLength": 1, "x-immutable": true},
			"port": {"type": "integer", "examples": [5432], "default": 1, "maximum": 65535, "minimum": 0},
			"small": {"type": "integer", "maximum": 127, "minimum": -128},
			"big": {"type": "integer"},
			"size": {"type": "integer", "minimum": 0},
			"tls": {"type": "boolean", "default": false},
			"ratio": {"type": "number", "default": 0.5},
			"note": {"type": "string"},
			"tags": {"type": "array", "examples": [["a"]], "items": {"type": "string"}},
			"level": {"type": "string", "default": "low", "enum": ["low", "high"], "minLength": 1},
			"levels": {"type": "array", "items": {"enum": ["low", "high"], "type": "string"}},
			"mode": {"type": "string", "default": "fast", "enum": ["slow", "fast"], "minLength": 1},
			"secret": {"type": "string", "minLength": 1, "writeOnly": true}
		},
		"required": ["name", "small", "big", "tags", "secret"],
		"additionalProperties": false
	}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(types[0].ConfigSchema)); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
}

func TestDescribeDefaults(t *testing.T) {
	t.Parallel()
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": struct{ warehouse.Connector }{new(warehousetest.Connector)}})
	if err != nil {
		t.Fatal(err)
	}
	got := registry.Describe()[0]
	want := warehouse.TypeDescription{
		Type: "fake", Description: warehouse.Description{Title: "fake", SetupLanguage: "text"}, ConfigSchema: got.ConfigSchema,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !slices.Equal(registry.Describe()[0].ConfigSchema, got.ConfigSchema) {
		t.Error("two calls return different schemas")
	}
}
