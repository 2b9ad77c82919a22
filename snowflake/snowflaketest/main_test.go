package snowflaketest_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

func TestMain(m *testing.M) {
	// The driver would look for a cloud to run in, and write each refused login to stderr.
	_ = os.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
	_ = gosnowflake.GetLogger().SetLogLevel("OFF")
	os.Exit(m.Run())
}

// Keys are made once: each takes a tenth of a second or more.
var (
	firstKey  = sync.OnceValue(func() *rsa.PrivateKey { return mustKey(2048) })
	secondKey = sync.OnceValue(func() *rsa.PrivateKey { return mustKey(2048) })
)

func mustKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func publicText(key *rsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// setup is what a careful administrator would run for a loader.
func setup(key *rsa.PrivateKey) string {
	return fmt.Sprintf(`-- Example
USE ROLE SYSADMIN;
CREATE WAREHOUSE IF NOT EXISTS LOAD_WH WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;
CREATE DATABASE IF NOT EXISTS SHOP;
CREATE SCHEMA IF NOT EXISTS SHOP.EVENTS;
CREATE STAGE IF NOT EXISTS SHOP.EVENTS.FILES;
USE ROLE USERADMIN;
CREATE ROLE IF NOT EXISTS LOADER;
CREATE USER IF NOT EXISTS LOADER_SERVICE TYPE = SERVICE DEFAULT_ROLE = LOADER DEFAULT_SECONDARY_ROLES = ();
ALTER USER LOADER_SERVICE SET TYPE = SERVICE RSA_PUBLIC_KEY = '%s';
USE ROLE SECURITYADMIN;
GRANT USAGE ON WAREHOUSE LOAD_WH TO ROLE LOADER;
GRANT USAGE ON DATABASE SHOP TO ROLE LOADER;
GRANT USAGE, CREATE TABLE ON SCHEMA SHOP.EVENTS TO ROLE LOADER;
GRANT READ ON STAGE SHOP.EVENTS.FILES TO ROLE LOADER;
GRANT WRITE ON STAGE SHOP.EVENTS.FILES TO ROLE LOADER;
GRANT ROLE LOADER TO USER LOADER_SERVICE;
`, publicText(key))
}

func newServer(t *testing.T) *snowflaketest.Server {
	t.Helper()
	srv := snowflaketest.New()
	t.Cleanup(srv.Close)
	return srv
}

// readyServer has run the setup script for the first key.
func readyServer(t *testing.T) *snowflaketest.Server {
	t.Helper()
	srv := newServer(t)
	mustRun(t, srv, setup(firstKey()))
	return srv
}

func mustRun(t *testing.T, srv *snowflaketest.Server, script string) []snowflaketest.Result {
	t.Helper()
	results, err := srv.Run(script)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func config(srv *snowflaketest.Server) gosnowflake.Config {
	off := "false"
	return gosnowflake.Config{
		Account: "xy12345", User: "LOADER_SERVICE", Role: "LOADER", Warehouse: "LOAD_WH", Database: "SHOP", Schema: "EVENTS",
		Host: "127.0.0.1", Port: port(srv), Protocol: "http", Authenticator: gosnowflake.AuthTypeJwt, PrivateKey: firstKey(),
		MaxRetryCount: -1,
		Params:        map[string]*string{"CLIENT_TELEMETRY_ENABLED": &off}, Transporter: &http.Transport{},
	}
}

// open returns a database of one connection, with what the test changes about the config.
func open(t *testing.T, srv *snowflaketest.Server, change ...func(*gosnowflake.Config)) *sql.DB {
	t.Helper()
	cfg := config(srv)
	for _, c := range change {
		c(&cfg)
	}
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, cfg))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		_ = db.Close()
		cfg.Transporter.(*http.Transport).CloseIdleConnections()
	})
	return db
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(testContext(t))
}

// waitFor gives what happens in another goroutine the time to happen.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting: %s", what)
		}
	}
}

func tlsConfig(srv *snowflaketest.Server) *tls.Config { return &tls.Config{RootCAs: srv.RootCAs()} }

func port(srv *snowflaketest.Server) int {
	return int(netip.MustParseAddrPort(srv.Addr).Port())
}

// dialServer returns a dial function that reaches the server under every address.
func dialServer(srv *snowflaketest.Server) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, srv.Addr)
	}
}
