package warehouse

import "fmt"

// ConfigAs returns a config, which the methods of a [Connector] get as an any, as a *T:
//
//	config, err := warehouse.ConfigAs[Config](target.Config())
//
// It returns an error if config is of another type or nil.
func ConfigAs[T any](config any) (*T, error) {
	c, ok := config.(*T)
	if !ok || c == nil {
		return nil, fmt.Errorf("warehouse: the config is a %T, want a non-nil %T", config, c)
	}
	return c, nil
}
