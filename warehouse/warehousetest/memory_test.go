package warehousetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

func TestNewStore(t *testing.T) {
	t.Parallel()
	TestStore(t, func(*testing.T) warehouse.Store { return NewStore() })
}

func TestNewStorePrint(t *testing.T) {
	t.Parallel()
	m := NewStore()
	row := warehouse.Row{
		Connection: warehouse.Connection{ID: "wc_1", Organisation: "acme", Config: []byte(`{"account":"in-config"}`)},
		Sealed:     []byte("in-sealed"),
	}
	if err := m.Create(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	outer := struct{ inner warehouse.Store }{m}
	for _, value := range []any{m, *m.(*memory), outer, &outer} {
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
