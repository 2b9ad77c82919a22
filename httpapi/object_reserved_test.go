package httpapi

import (
	"reflect"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// The core reserves the names of members, so that no config field can be mistaken for one.
func TestMembersAreReserved(t *testing.T) {
	t.Parallel()
	names := []string{"non_field_errors"}
	for _, body := range []any{diagnosedObject{}, detail(400, "").body} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(body)) {
			if !f.Anonymous {
				names = append(names, f.Tag.Get("json"))
			}
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := reflect.StructOf([]reflect.StructField{
				{Name: "A", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`json:"` + name + `"`)},
			})
			_, err := warehouse.NewRegistry(map[string]warehouse.Connector{
				"fake": &warehousetest.Connector{ConfigFunc: func() any { return reflect.New(config).Interface() }},
			})
			if err == nil || !strings.Contains(err.Error(), "reserved name") {
				t.Errorf("NewRegistry = %v, want an error about a reserved name", err)
			}
		})
	}
}
