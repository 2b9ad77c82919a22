// Package warehousetest has what hosts and the authors of connectors, stores and sealers test with: fakes, a
// service that is ready to use, and conformance suites.
//
// The test of a handler needs no network, no database and no RSA key:
//
//	fake := &warehousetest.Connector{
//		ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
//			return nil, errors.New("role not granted")
//		},
//	}
//	service := warehousetest.NewService(t, fake, nil)
//
// [TestConnector], [TestStore] and [TestSealer] check an implementation. A failure names the rule that was
// broken, and why it exists.
//
//	func TestConformance(t *testing.T) {
//		warehousetest.TestConnector(t, mine.New(), `{"host":"127.0.0.1:1","password":"made up for this"}`, nil)
//	}
package warehousetest
