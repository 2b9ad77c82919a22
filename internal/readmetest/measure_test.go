package readmetest

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

var measure = flag.Bool("measure", false, "measure the README's table of failures, which takes several minutes")

// TestMeasure prints the error and the time of three failed logins: of Snowflake's driver alone, with its defaults
// and with a deadline, and of the connector. The README's table has the numbers.
//
//	go test ./internal/readmetest -run Measure -v -timeout 30m -measure
func TestMeasure(t *testing.T) {
	t.Parallel()
	if !*measure {
		t.Skip("takes minutes: run it with -measure")
	}
	var all sync.WaitGroup
	for name, faults := range map[string][]snowflaketest.Fault{
		"503":       {snowflaketest.Status(503)},
		"hang":      {snowflaketest.Hang()},
		"wrong key": nil,
	} {
		a := newAccount(t)
		if name == "wrong key" {
			a.setUp(t, a.newKeyPair(t).PublicKey)
		} else {
			a.setUp(t, a.keys.PublicKey)
		}
		a.server.Inject(snowflaketest.AtLogin, faults...)
		for client, connect := range map[string]func() error{
			"driver":               func() error { return a.ping(t, time.Hour) },
			"driver, 5 s deadline": func() error { return a.ping(t, 5*time.Second) },
			"warehousekit":         func() error { return a.probe(t) },
		} {
			all.Go(func() {
				start := time.Now()
				err := connect()
				t.Logf("%s, %s, after %.1f s: %v", name, client, time.Since(start).Seconds(), err)
			})
		}
	}
	all.Wait()
}

// An account is a stand-in for Snowflake, and the connection to it.
type account struct {
	server    *snowflaketest.Server
	connector *snowflake.Connector
	config    *snowflake.Config
	keys      warehouse.KeyPair
}

func newAccount(t *testing.T) *account {
	t.Helper()
	server := snowflaketest.New()
	t.Cleanup(server.Close)
	connector, err := snowflake.New(&snowflake.Options{Product: "Example", KeyBits: 2048, KeyPool: -1, Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connector.Close() })
	config, err := warehouse.ConfigAs[snowflake.Config](connector.Config())
	if err != nil {
		t.Fatal(err)
	}
	config.AccountIdentifier = "xy12345"
	a := &account{server: server, connector: connector, config: config}
	a.keys = a.newKeyPair(t)
	return a
}

func (a *account) newKeyPair(t *testing.T) warehouse.KeyPair {
	t.Helper()
	keys, err := a.connector.NewKeyPair(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (a *account) setUp(t *testing.T, publicKey string) {
	t.Helper()
	script, err := a.connector.SetupScript(a.config, publicKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.server.Run(script); err != nil {
		t.Fatal(err)
	}
}

// ping logs in with the driver alone, configured as its documentation shows.
func (a *account) ping(t *testing.T, timeout time.Duration) error {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(a.keys.PrivateKey())
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(strings.TrimPrefix(a.server.URL, "http://"))
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account: string(a.config.AccountIdentifier), User: a.config.User.Name(), Role: string(a.config.Role),
		Warehouse: string(a.config.Warehouse), Database: string(a.config.Database), Schema: string(a.config.Schema),
		Authenticator: gosnowflake.AuthTypeJwt, PrivateKey: key.(*rsa.PrivateKey),
		Protocol: "http", Host: host, Port: number,
	}))
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return db.PingContext(ctx)
}

// probe logs in with the connector, by the service's default deadline.
func (a *account) probe(t *testing.T) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4500*time.Millisecond)
	defer cancel()
	_, err := a.connector.Probe(ctx, warehouse.NewTarget("8", "wc_1", a.config, a.keys))
	if failure, ok := errors.AsType[*warehouse.ProbeError](err); ok {
		return fmt.Errorf("%s\n%s: %s\n%s", failure.Message, failure.Code, failure.Hint, failure.Fix)
	}
	return err
}
