// A service that is ready to use.

package warehousetest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// FakeType is the type name under which [NewService] registers the connector.
const FakeType = "fake"

// NewService returns a service over a store in memory and a sealer with a key of its own, with the
// connector registered as "fake". What it logs, a fake's panic say, is in the test's output. When the test
// ends, it waits for the probes under way. To test with options, an event hook say, build a service of
// [NewStore], [NewSealer] and warehouse.NewRegistry instead.
func NewService(t testing.TB, connector warehouse.Connector) *warehouse.Service {
	t.Helper()
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{FakeType: connector})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(NewStore(), NewSealer(), connectors, &warehouse.Options{
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
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
