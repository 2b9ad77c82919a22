package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	warehousetest.TestStore(t, func(*testing.T) warehouse.Store { return store.NewMemory() })
}

func TestMemoryPrintsNothingThatItHolds(t *testing.T) {
	t.Parallel()
	m := store.NewMemory()
	row := warehouse.Row{
		Connection: warehouse.Connection{ID: "wc_1", Organisation: "acme", Config: []byte(`{"account":"in-config"}`)},
		Sealed:     []byte("in-sealed"),
	}
	if err := m.Create(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	outer := struct{ inner warehouse.Store }{m}
	for _, value := range []any{m, *m, outer, &outer} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			printed := fmt.Sprintf(verb, value)
			for _, secret := range []string{"acme", "in-config", "in-sealed", "696e2d", "[105 110 45"} {
				if strings.Contains(printed, secret) {
					t.Errorf("%s of a %T prints %q", verb, value, secret)
				}
			}
		}
	}
}
