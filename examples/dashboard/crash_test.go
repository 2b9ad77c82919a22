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
)

// kills is how often a process is killed: a few times at every run, and many times before a change lands.
func kills() int {
	if os.Getenv("CI") == "true" {
		return 50
	}
	return 10
}

func TestNothingIsLostWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	t.Run("on SQLite", func(t *testing.T) {
		t.Parallel()
		killAgainAndAgain(t, filepath.Join(t.TempDir(), "connections.db"), store.DialectSQLite, sqlite.Open)
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		killAgainAndAgain(t, pgtest.DSN(t), store.DialectPostgreSQL, postgres.Open)
	})
}

func killAgainAndAgain(t *testing.T, name string, dialect store.Dialect, open func(string) (*sql.DB, error)) {
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
		lookAll(t, customers)
		for _, c := range customers { // so that something has happened however soon it ends
			if err := c.act(t.Context()); err != nil {
				t.Error(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+rand.IntN(200))*time.Millisecond)
		context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })
		work(ctx, t, customers)
		cancel()
		_ = p.cmd.Wait()
		if said := p.output.String(); strings.Contains(said, "level=ERROR") {
			t.Errorf("before it was killed, the dashboard logged %s", said)
		}
	}
	p := start(t, dir, "-db", name)
	for _, c := range customers {
		c.urls = []string{p.url}
	}
	lookAll(t, customers)
	everyKeyMatches(t, name, dialect, open, filepath.Join(dir, "warehousekit.keyset.json"))
	enoughHappened(t, customers)
}

// enoughHappened fails a run in which the customers were told too little for it to show anything.
func enoughHappened(t *testing.T, customers []*customer) {
	t.Helper()
	counts := make(map[int]int)
	for _, c := range customers {
		for status, n := range c.counts {
			counts[status] += n
		}
	}
	t.Logf("answers by status: %v", counts)
	for _, status := range []int{200, 201, 204} {
		if counts[status] == 0 {
			t.Errorf("no request was answered with %d", status)
		}
	}
}

// A keyChecker is a connector whose probe looks at the key that it is handed, and connects to nothing.
type keyChecker struct{ *snowflake.Connector }

var errOtherKey = errors.New("the private key is not that of the public key")

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

// everyKeyMatches opens every row's secrets with the keyset, and compares the halves of its key pair.
func everyKeyMatches(t *testing.T, name string, dialect store.Dialect, open func(string) (*sql.DB, error), keyset string) {
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
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": keyChecker{connector}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(rows, sealer, connectors, nil)
	if err != nil {
		t.Fatal(err)
	}
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
