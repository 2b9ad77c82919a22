package warehouse_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A ruled type has rules for JSON alone, which field by field decoding would pass over.
type ruled string

func (r *ruled) UnmarshalJSON([]byte) error { return nil }

type inner struct {
	A string `json:"a"`
}

func TestNewRegistryRejects(t *testing.T) {
	t.Parallel()
	type plain struct {
		A string `json:"a"`
		B string `json:"b"`
	}
	of := func(config func() any) *warehousetest.Connector { return &warehousetest.Connector{ConfigFunc: config} }
	names := func(names ...string) func() []string { return func() []string { return names } }
	newPlain := func() any { return &plain{} }
	kept := &plain{}
	// Made at run time, since go vet finds it in source.
	twice := reflect.StructOf([]reflect.StructField{
		{Name: "A", Type: reflect.TypeFor[string](), Tag: `json:"a"`},
		{Name: "B", Type: reflect.TypeFor[string](), Tag: `json:"a"`},
	})

	for _, test := range []struct {
		name, typ string
		connector warehouse.Connector
		want      string
	}{
		{"an empty type name", "", &warehousetest.Connector{}, "the type name of *warehousetest.Connector is empty"},
		{"a blank type name", " ", &warehousetest.Connector{}, "the type name of *warehousetest.Connector is empty"},
		{"a type name that no database takes", "a\x00", &warehousetest.Connector{}, `the type name "a\x00" is not UTF-8 without NUL`},
		{"nil", "x", nil, `the connector of type "x" is nil`},
		{"a nil pointer", "x", (*warehousetest.Connector)(nil), `the connector of type "x" is nil`},
		{"a config that is no pointer", "x", of(func() any { return plain{} }), "Config returned warehouse_test.plain: return a pointer to a struct"},
		{"a nil config", "x", of(func() any { return nil }), "Config returned <nil>: return a pointer to a struct"},
		{"a nil pointer as config", "x", of(func() any { return (*plain)(nil) }), "Config returned *warehouse_test.plain: return a pointer to a struct"},
		{"a map as config", "x", of(func() any { return &map[string]string{} }), "return a pointer to a struct"},
		{"one config for all", "x", of(func() any { return kept }), "Config returned the same pointer twice: return a fresh one"},
		{"a field without a tag", "x", of(func() any { return &struct{ A string }{} }), "config field A has no JSON name: give it a tag"},
		{"a field without a name", "x", of(func() any {
			return &struct {
				A string `json:",omitempty"`
			}{}
		}), "config field A has no JSON name: give it a tag"},
		{"an embedded struct", "x", of(func() any { return &struct{ inner }{} }), "config field inner is embedded: name it"},
		{"a nested struct", "x", of(func() any {
			return &struct {
				A inner `json:"a"`
			}{}
		}), "config field A is a warehouse_test.inner: use a string, number, bool"},
		{"a pointer field", "x", of(func() any {
			return &struct {
				A *string `json:"a"`
			}{}
		}), "config field A is a *string"},
		{"a map field", "x", of(func() any {
			return &struct {
				A map[string]string `json:"a"`
			}{}
		}), "config field A is a map[string]string"},
		{"bytes", "x", of(func() any {
			return &struct {
				A []byte `json:"a"`
			}{}
		}), "config field A is a []uint8"},
		{"an interface", "x", of(func() any {
			return &struct {
				A any `json:"a"`
			}{}
		}), "config field A is a interface {}"},
		{"a type with rules for JSON alone", "x", of(func() any {
			return &struct {
				A ruled `json:"a"`
			}{}
		}), "config field A is a warehouse_test.ruled, whose own JSON would be passed over: give it UnmarshalText"},
		{"a list of them", "x", of(func() any {
			return &struct {
				A []ruled `json:"a"`
			}{}
		}), "config field A is a []warehouse_test.ruled, whose own JSON would be passed over"},
		{"a number that is a text", "x", of(func() any {
			return &struct {
				A json.Number `json:"a"`
			}{}
		}), "config field A is a json.Number, whose own JSON would be passed over"},
		{"an option that is not kept", "x", of(func() any {
			return &struct {
				A int `json:"a,string"`
			}{}
		}), `config field A has the JSON option "string", which is not supported here`},
		{"a reserved name", "x", of(func() any {
			return &struct {
				A string `json:"type"`
			}{}
		}), `config field A has the reserved name "type"`},
		{"two fields of one name", "x", of(func() any { return reflect.New(twice).Interface() }), `two config fields are named "a"`},
		{"an unknown sensitive field", "x", &warehousetest.Connector{ConfigFunc: newPlain, SensitiveFieldsFunc: names("pasword")},
			`SensitiveFields names "pasword", which is not a config field`},
		{"an unknown immutable field", "x", &warehousetest.Connector{ConfigFunc: newPlain, ImmutableFieldsFunc: names("A")},
			`ImmutableFields names "A", which is not a config field`},
		{"an unknown host field", "x", &warehousetest.Connector{ConfigFunc: newPlain, PresetFieldsFunc: names("")},
			`PresetFields names "", which is not a config field`},
		{"a host field that is sensitive", "x", &warehousetest.Connector{ConfigFunc: newPlain, PresetFieldsFunc: names("a"), SensitiveFieldsFunc: names("a")},
			`field "a" is preset by the host, so it can be neither sensitive nor immutable`},
		{"a host field that is immutable", "x", &warehousetest.Connector{ConfigFunc: newPlain, PresetFieldsFunc: names("a"), ImmutableFieldsFunc: names("a")},
			`field "a" is preset by the host, so it can be neither sensitive nor immutable`},
		{"a sensitive field that is immutable", "x", &warehousetest.Connector{ConfigFunc: newPlain, SensitiveFieldsFunc: names("a"), ImmutableFieldsFunc: names("a")},
			`field "a" is sensitive, so it cannot be immutable`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := warehouse.NewRegistry(map[string]warehouse.Connector{test.typ: test.connector})
			if err == nil || !strings.Contains(err.Error(), test.want) || r != nil {
				t.Errorf("NewRegistry = %v, %v, want an error that says %q", r, err, test.want)
			}
		})
	}
}

func TestNewRegistryReportsAllErrors(t *testing.T) {
	t.Parallel()
	_, err := warehouse.NewRegistry(map[string]warehouse.Connector{
		"": &warehousetest.Connector{},
		"b": &warehousetest.Connector{ConfigFunc: func() any {
			return &struct {
				A string
				B string `json:"id"`
			}{}
		}},
		"c": nil,
	})
	const want = "warehouse: the type name of *warehousetest.Connector is empty\n" +
		"warehouse: the connector of type \"b\": config field A has no JSON name: give it a tag\n" +
		"config field B has the reserved name \"id\"\n" +
		"warehouse: the connector of type \"c\" is nil"
	if err == nil {
		t.Fatal("NewRegistry found nothing")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRegistryLookup(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{}
	r, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": &warehousetest.Connector{}, "bigquery": fake})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"bigquery", "snowflake"}, r.Types()); diff != "" {
		t.Errorf("Types: (-want +got):\n%s", diff)
	}
	if c, err := r.Lookup("bigquery"); err != nil || c != fake {
		t.Errorf("Lookup = %v, %v", c, err)
	}
	if _, err := r.Lookup("Bigquery"); err == nil || err.Error() != `warehouse: unknown type "Bigquery": known are bigquery, snowflake` {
		t.Errorf("the error is %v", err)
	}
	none, err := warehouse.NewRegistry(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Lookup("x"); err == nil || err.Error() != `warehouse: unknown type "x": known are none` {
		t.Errorf("the error is %v", err)
	}
}

func TestNewServiceRejects(t *testing.T) {
	t.Parallel()
	r, err := warehouse.NewRegistry(nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, sealer := warehousetest.NewStore(), warehousetest.NewSealer()
	for _, test := range []struct {
		want    string
		store   warehouse.Store
		sealer  warehouse.Sealer
		types   *warehouse.Registry
		options *warehouse.Options
	}{
		{"the store is nil", nil, sealer, r, nil},
		{"the store is nil", (*warehousetest.FaultyStore)(nil), sealer, r, nil},
		{"the sealer is nil", rows, nil, r, nil},
		{"the registry of connectors is nil", rows, sealer, nil, nil},
		{"Options.ProbeTimeout is negative", rows, sealer, r, &warehouse.Options{ProbeTimeout: -1}},
		{"Options.MaxProbes is negative", rows, sealer, r, &warehouse.Options{MaxProbes: -1}},
	} {
		if s, err := warehouse.NewService(test.store, test.sealer, test.types, test.options); s != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("NewService = %v, %v, want an error that says %q", s, err, test.want)
		}
	}
	if _, err := warehouse.NewService(rows, sealer, r, nil); err != nil {
		t.Errorf("with its parts and no options: %v", err)
	}
}
