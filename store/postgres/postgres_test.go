package postgres_test

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store/postgres"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(pgtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var schema string
	if err := db.QueryRowContext(t.Context(), `SELECT current_schema()`).Scan(&schema); err != nil || !strings.HasPrefix(schema, "test_") {
		t.Errorf("the schema is %q, %v", schema, err)
	}
	if got := db.Stats().MaxOpenConnections; got != 16 {
		t.Errorf("the pool has up to %d connections", got)
	}
}

// A password with characters that are special in a URL or a keyword list can make the DSN unparsable.
func TestOpenErrorsOmitPassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://user:in-pass#tail/1@host/db",
		"postgres://user:in-pass tail@host/db",
		"postgres://user:in-pass%zztail@host/db",
		"postgres://user:in-pass[tail@host:5432/db",
		"postgres://user:in-password@host:port/db",
		"postgres://user:in-password@host/db?sslmode=in-pass",
		"postgres://host/db?user=u&password=in-pass%zztail",
		"postgres://user:in-password@host/db?connect_timeout=in-pass",
		"host=h user=u password=in-pass tail",
		"host=h user=u password='in-password",
		"host=h user=u password=in-password port=in-pass",
		"host=h user=u password='in-pass''tail' sslmode=x",
		"in-password",
	} {
		db, err := postgres.Open(dsn)
		if err == nil {
			db.Close() // some of them parse
			continue
		}
		if printed := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(printed, "in-pass") || strings.Contains(printed, "tail") {
			t.Errorf("the error for %q contains the password: %s", dsn, printed)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	_, err := postgres.Open("postgres://user:pass%zz@host/db")
	if err == nil || !strings.Contains(err.Error(), "percent-encoded") {
		t.Errorf("Open = %v", err)
	}
	_, err = postgres.Open("postgres://user:password@host/db?sslmode=verify-full&sslrootcert=/not/there.pem")
	if err == nil || !strings.Contains(err.Error(), "/not/there.pem") {
		t.Errorf("Open with a missing certificate = %v, want the file's name", err)
	}
}

func TestPoolOmitsPassword(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open("postgres://someone:in-password@127.0.0.1:1/nothing?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	outer := struct{ inner any }{db}
	err = db.PingContext(t.Context())
	if err == nil {
		t.Fatal("something listens on port 1")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if printed := fmt.Sprintf(strings.Repeat(verb+" ", 4), db, outer, &outer, err.Error()); strings.Contains(printed, "in-password") {
			t.Errorf("%s shows the password: %s", verb, printed)
		}
	}
}

func TestLoginErrorOmitsPassword(t *testing.T) {
	t.Parallel()
	dsn, err := url.Parse(pgtest.DSN(t))
	if err != nil || dsn.User == nil {
		skip(t, "the server's DSN is not a URL with a user")
	}
	dsn.User = url.UserPassword(dsn.User.Username(), "in-password")
	db, err := postgres.Open(dsn.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.PingContext(t.Context())
	if err == nil {
		skip(t, "the server does not ask for a password")
	}
	if strings.Contains(err.Error(), "in-password") {
		t.Errorf("the error contains the password: %v", err)
	}
}

func TestOpenRejectsEmptyDSN(t *testing.T) {
	t.Parallel()
	if db, err := postgres.Open(""); err == nil {
		_ = db.Close()
		t.Error("Open accepts an empty DSN, with which libpq uses a default database")
	}
}

// skip skips a test that this machine cannot run. In CI, the test fails instead.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
