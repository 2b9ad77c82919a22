package warehouse_test

import (
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

func TestConfigAs(t *testing.T) {
	t.Parallel()
	type config struct{ Account string }
	want := &config{Account: "xy1"}
	if got, err := warehouse.ConfigAs[config](want); err != nil || got != want {
		t.Errorf("ConfigAs = %v, %v, want %v", got, err, want)
	}
	for name, other := range map[string]any{
		"nil":          nil,
		"a nil config": (*config)(nil),
		"a struct":     config{},
		"another type": new(int),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := warehouse.ConfigAs[config](other)
			if err == nil || got != nil {
				t.Errorf("ConfigAs = %v, %v, want an error", got, err)
			}
		})
	}
}
