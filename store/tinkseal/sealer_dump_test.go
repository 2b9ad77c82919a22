package tinkseal_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/store/tinkseal"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

const typedPassword = "correct horse battery staple"

func TestDumpsOmitSecrets(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		rows := warehousetest.NewStore()
		createAndTest(t, rows, der)
		var dump strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&dump, verb, rows)
		}
		mustOmitSecrets(t, dump.String(), der)
	})
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		db, err := sqlite.Open(filepath.Join(dir, "connections.db"))
		createAndTest(t, migrated(t, db, err, store.DialectSQLite), der)
		var dump bytes.Buffer
		files, err := os.ReadDir(dir) // including the write-ahead log
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(filepath.Join(dir, file.Name()))
			if err != nil {
				t.Fatal(err)
			}
			dump.Write(content)
		}
		mustOmitSecrets(t, dump.String(), der)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		db, err := postgres.Open(pgtest.DSN(t))
		createAndTest(t, migrated(t, db, err, store.DialectPostgreSQL), der)
		// Like pg_dump: every column as text, and the bytes unchanged.
		var text string
		var sealed []byte
		if err := db.QueryRowContext(t.Context(), `SELECT c::text, sealed FROM warehouse_connections c`).Scan(&text, &sealed); err != nil {
			t.Fatal(err)
		}
		mustOmitSecrets(t, text+string(sealed), der)
	})
}

func migrated(t *testing.T, db *sql.DB, err error, dialect store.Dialect) *store.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	rows, err := store.New(db, dialect)
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return rows
}

// createAndTest creates a connection with the key and a password, changes the password, and runs a test
// whose error contains both.
func createAndTest(t *testing.T, rows warehouse.Store, der []byte) {
	t.Helper()
	keys, err := tinkseal.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := tinkseal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	connector := &warehousetest.Connector{
		NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
			return warehouse.NewKeyPair("the public half", der), nil
		},
		ProbeFunc: func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
			return nil, fmt.Errorf("login failed with %s and %x",
				target.Config().(*warehousetest.Config).Password, target.Keys.PrivateKey())
		},
	}
	service := warehousetest.NewService(t, connector, &warehousetest.ServiceOptions{Store: rows, Sealer: sealer})
	caller := warehouse.Caller{Organisation: "8"}
	members := func(text string) (m warehouse.Fields) {
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	c, err := service.Create(t.Context(), caller, members(`{"type": "fake", "account": "a", "password": "typed by mistake"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Update(t.Context(), caller, c.ID, members(`{"password": "`+typedPassword+`"}`)); err != nil {
		t.Fatal(err)
	}
	if result, err := service.Test(t.Context(), caller, c.ID); err != nil || result.Success {
		t.Fatalf("Test = %+v, %v, want a failed test", result, err)
	}
}

// mustOmitSecrets looks for the secrets in clear, hex and base64.
func mustOmitSecrets(t *testing.T, dump string, der []byte) {
	t.Helper()
	if len(dump) == 0 {
		t.Fatal("the dump is empty")
	}
	lower := strings.ToLower(dump)
	for _, secret := range [][]byte{der, []byte(typedPassword)} {
		middle := secret[len(secret)/4 : len(secret)/2]
		if strings.Contains(dump, string(middle)) {
			t.Errorf("the dump contains %d bytes of a secret", len(middle))
		}
		if strings.Contains(lower, hex.EncodeToString(middle)) {
			t.Error("the dump contains a part of a secret in hex")
		}
		for shift := range 3 { // base64 depends on the offset modulo 3
			encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), secret...))
			part := encoded[len(encoded)/4 : len(encoded)/2]
			url := strings.NewReplacer("+", "-", "/", "_").Replace(part)
			if strings.Contains(dump, part) || strings.Contains(dump, url) {
				t.Error("the dump contains a part of a secret in base64")
			}
		}
	}
}
