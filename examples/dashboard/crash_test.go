package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/store/tinkseal"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// kills returns how often a process is killed: more often in CI.
func kills() int {
	if os.Getenv("CI") == "true" {
		return 50
	}
	return 10
}

func TestKill(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		killRepeatedly(t, filepath.Join(t.TempDir(), "connections.db"), store.DialectSQLite, sqlite.Open)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		killRepeatedly(t, pgtest.DSN(t), store.DialectPostgreSQL, postgres.Open)
	})
}

func killRepeatedly(t *testing.T, name string, dialect store.Dialect, open func(string) (*sql.DB, error)) {
	dir := t.TempDir()
	var customers []*customer
	for i := range 8 {
		customers = append(customers, newCustomer(fmt.Sprintf("killed-%d", i)))
	}
	for range kills() {
		p := start(t, dir, "-db", name)
		for _, c := range customers {
			c.urls = []string{p.url}
		}
		checkAll(t, customers)
		for _, c := range customers { // at least one request before the kill
			if err := c.act(t.Context()); err != nil {
				t.Error(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+rand.IntN(200))*time.Millisecond)
		context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })
		work(ctx, t, customers)
		cancel()
		_ = p.cmd.Wait()
		if output := p.output.String(); strings.Contains(output, "level=ERROR") {
			t.Errorf("before it was killed, the dashboard logged %s", output)
		}
	}
	p := start(t, dir, "-db", name)
	for _, c := range customers {
		c.urls = []string{p.url}
	}
	checkAll(t, customers)
	checkKeys(t, name, dialect, open, filepath.Join(dir, "warehousekit.keyset.json"))
	checkCoverage(t, customers)
}

// checkCoverage fails the test if the customers did not get at least one response of each kind.
func checkCoverage(t *testing.T, customers []*customer) {
	t.Helper()
	counts := make(map[int]int)
	for _, c := range customers {
		for status, n := range c.counts {
			counts[status] += n
		}
	}
	t.Logf("responses by status: %v", counts)
	for _, status := range []int{200, 201, 204} {
		if counts[status] == 0 {
			t.Errorf("no response had status %d", status)
		}
	}
}

// A keyChecker is a connector whose probe only checks that the private key matches the public key.
type keyChecker struct{ *snowflake.Connector }

var errOtherKey = errors.New("the private key does not match the public key")

func (keyChecker) Probe(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(target.Keys.PrivateKey())
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errOtherKey
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	if base64.StdEncoding.EncodeToString(public) != target.Keys.PublicKey {
		return nil, errOtherKey
	}
	return nil, nil
}

// checkKeys checks the key pair of every row.
func checkKeys(t *testing.T, name string, dialect store.Dialect, open func(string) (*sql.DB, error), keyset string) {
	t.Helper()
	db, err := open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := store.New(db, dialect)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := tinkseal.File{Path: keyset}.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := tinkseal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	connector, err := snowflake.New(&snowflake.Options{Product: product, KeyBits: 2048, KeyPool: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer connector.Close()
	service := warehousetest.NewService(t, nil, &warehousetest.ServiceOptions{
		Store: rows, Sealer: sealer,
		Connectors: map[string]warehouse.Connector{"snowflake": keyChecker{connector}},
	})
	all, err := rows.Page(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all {
		result, err := service.Test(t.Context(), warehouse.Caller{Organisation: row.Organisation}, row.ID)
		if err != nil || !result.Success {
			t.Errorf("the key of connection %s: %v %s", row.ID, err, result.Error)
		}
	}
}
