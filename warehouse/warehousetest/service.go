package warehousetest

import (
	"context"
	"log/slog"
	"maps"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// FakeType is the type name under which [NewService] registers its connector.
const FakeType = "fake"

// ServiceOptions are options of [NewService]. The zero value is ready to use.
type ServiceOptions struct {
	// Store holds the rows. If nil, it is [NewStore].
	Store warehouse.Store

	// Sealer seals the secrets. If nil, it is [NewSealer].
	Sealer warehouse.Sealer

	// Connectors are more connectors, by type name.
	Connectors map[string]warehouse.Connector

	// Options are the options of the service. If Logger is nil, the service logs to the test's output.
	Options warehouse.Options
}

// NewService returns a service for a test, with connector registered as [FakeType]. If connector is nil,
// only options.Connectors are registered, or a new [Connector] if there are none. Options may be nil.
//
// When the test ends, NewService shuts the service down, which waits for running probes.
func NewService(t testing.TB, connector warehouse.Connector, options *ServiceOptions) *warehouse.Service {
	t.Helper()
	var o ServiceOptions
	if options != nil {
		o = *options
	}
	if o.Store == nil {
		o.Store = NewStore()
	}
	if o.Sealer == nil {
		o.Sealer = NewSealer()
	}
	if o.Options.Logger == nil {
		o.Options.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	if connector == nil && len(o.Connectors) == 0 {
		connector = &Connector{}
	}
	types := make(map[string]warehouse.Connector)
	maps.Copy(types, o.Connectors)
	if connector != nil {
		types[FakeType] = connector
	}
	registry, err := warehouse.NewRegistry(types)
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(o.Store, o.Sealer, registry, &o.Options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return service
}
