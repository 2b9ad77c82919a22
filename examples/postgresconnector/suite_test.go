package postgresconnector

import (
	"fmt"
	"net"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestConnector(t *testing.T) {
	t.Parallel()
	for _, sslmode := range []string{"disable", "require"} {
		t.Run(sslmode, func(t *testing.T) {
			c := newConnector(t, &Options{AllowPrivateAddresses: true})
			at := func(address string) (warehouse.Connector, string) {
				host, port, err := net.SplitHostPort(address)
				if err != nil {
					t.Error(err)
				}
				const fields = `{"host": %q, "port": %s, "database": "shop", "password": "correct horse battery", "sslmode": %q}`
				return c, fmt.Sprintf(fields, host, port, sslmode)
			}
			_, fields := at(fmt.Sprintf("127.0.0.1:%d", refusedPort(t)))
			warehousetest.TestConnector(t, c, fields, &warehousetest.ConnectorOptions{At: at})
		})
	}
}
