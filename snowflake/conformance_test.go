package snowflake_test

import (
	"context"
	"net"
	"testing"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// Not parallel, since it counts goroutines.
func TestConformance(t *testing.T) {
	const fields = `{"account_identifier": "xy12345.us-east-1", "warehouse": "\"my wh\"", "role": "loader"}`
	at := func(address string) (warehouse.Connector, string) {
		c := newConnector(t, &snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1, Endpoint: "http://" + address})
		return c, fields
	}
	c := newConnector(t, &snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1})
	// Send no DNS query.
	snowflake.SetNetwork(c, func(context.Context, *net.Dialer, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	}, nil)
	warehousetest.TestConnector(t, c, fields, &warehousetest.ConnectorOptions{At: at})
}
