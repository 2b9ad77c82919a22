// Package warehousetest is what a host tests with: a fake connector, a service that is ready to use, and
// the suites that an implementation of the core's interfaces has to pass.
//
// A handler's test needs no network, no database and no RSA key:
//
//	fake := &warehousetest.Connector{
//		ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
//			return nil, errors.New("role not granted")
//		},
//	}
//	service := warehousetest.NewService(t, fake, nil)
//
// The author of a connector runs [TestConnector], of a store [TestStore], and of a sealer [TestSealer]:
// what they report names the rule that was broken, and why it exists.
//
//	func TestMine(t *testing.T) {
//		warehousetest.TestConnector(t, mine.New(), `{"host":"127.0.0.1:1","password":"made up for this"}`, nil)
//	}
package warehousetest
