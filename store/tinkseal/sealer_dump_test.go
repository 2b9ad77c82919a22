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

func TestNoDumpHoldsASecret(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("of the store in memory", func(t *testing.T) {
		t.Parallel()
		rows := warehousetest.NewStore()
		live(t, rows, der)
		var dump strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&dump, verb, rows)
		}
		holdsNo(t, dump.String(), der)
	})
	t.Run("of SQLite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		db, err := sqlite.Open(filepath.Join(dir, "connections.db"))
		live(t, migrated(t, db, err, store.DialectSQLite), der)
		var dump bytes.Buffer
		files, err := os.ReadDir(dir) // the journal too
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
		holdsNo(t, dump.String(), der)
	})
	t.Run("of PostgreSQL", func(t *testing.T) {
		t.Parallel()
		db, err := postgres.Open(pgtest.DSN(t))
		live(t, migrated(t, db, err, store.DialectPostgreSQL), der)
		// As pg_dump does: every column as text, and the bytes as they are.
		var text string
		var sealed []byte
		if err := db.QueryRowContext(t.Context(), `SELECT c::text, sealed FROM warehouse_connections c`).Scan(&text, &sealed); err != nil {
			t.Fatal(err)
		}
		holdsNo(t, text+string(sealed), der)
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

// live creates a connection with the key and a password, tests it in vain, and changes the password.
func live(t *testing.T, rows warehouse.Store, der []byte) {
	t.Helper()
	keys, err := tinkseal.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := tinkseal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{
		NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
			return warehouse.NewKeyPair("the public half", der), nil
		},
		ProbeFunc: func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
			return nil, fmt.Errorf("login failed with %s and %x",
				target.Config().(*warehousetest.Config).Password, target.Keys.PrivateKey())
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(rows, sealer, connectors, nil)
	if err != nil {
		t.Fatal(err)
	}
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
		t.Fatalf("the test ended with %+v, %v", result, err)
	}
}

// holdsNo looks for the secrets in each of the forms in which they could be there.
func holdsNo(t *testing.T, dump string, der []byte) {
	t.Helper()
	if len(dump) == 0 {
		t.Fatal("the dump is empty")
	}
	lower := strings.ToLower(dump)
	for _, secret := range [][]byte{der, []byte(typedPassword)} {
		middle := secret[len(secret)/4 : len(secret)/2] // of the whole, any part would do
		if strings.Contains(dump, string(middle)) {
			t.Errorf("the dump holds %d bytes of a secret as they are", len(middle))
		}
		if strings.Contains(lower, hex.EncodeToString(middle)) {
			t.Error("the dump holds a part of a secret in hex")
		}
		for shift := range 3 { // where in the text the secret began
			encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), secret...))
			part := encoded[len(encoded)/4 : len(encoded)/2]
			url := strings.NewReplacer("+", "-", "/", "_").Replace(part)
			if strings.Contains(dump, part) || strings.Contains(dump, url) {
				t.Error("the dump holds a part of a secret in base64")
			}
		}
	}
}
