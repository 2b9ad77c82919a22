package warehouse

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A Registry holds a host's connectors by type name. It is immutable.
type Registry struct {
	types map[string]registered
}

type registered struct {
	Connector
	shape *shape
}

// NewRegistry returns a registry of the given connectors. It returns one error that lists every empty type
// name, nil connector, unsupported config and contradiction between field lists.
func NewRegistry(connectors map[string]Connector) (*Registry, error) {
	r := &Registry{types: make(map[string]registered, len(connectors))}
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(connectors)) {
		c := connectors[name]
		switch {
		case strings.TrimSpace(name) == "":
			wrong = append(wrong, fmt.Errorf("warehouse: the type name of %T is empty", c))
			continue
		case !isStorable(name):
			wrong = append(wrong, fmt.Errorf("warehouse: the type name %q is not UTF-8 without NUL", name))
			continue
		case isNil(c):
			wrong = append(wrong, fmt.Errorf("warehouse: the connector of type %q is nil", name))
			continue
		}
		shape, err := shapeOf(c)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("warehouse: the connector of type %q: %w", name, err))
			continue
		}
		r.types[name] = registered{Connector: c, shape: shape}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return r, nil
}

// Types returns the type names, sorted.
func (r *Registry) Types() []string { return slices.Sorted(maps.Keys(r.types)) }

func (r *Registry) lookup(typ string) (registered, error) {
	c, ok := r.types[typ]
	if !ok {
		return registered{}, fmt.Errorf("warehouse: unknown type %q: known are %s", typ, r.known())
	}
	return c, nil
}

func (r *Registry) known() string {
	if len(r.types) == 0 {
		return "none"
	}
	return strings.Join(r.Types(), ", ")
}

func isNil(v any) bool {
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Interface:
		return rv.IsNil()
	}
	return false
}
