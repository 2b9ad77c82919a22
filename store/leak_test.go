package store_test

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
)

// PostgreSQL tells the whole row that fails a check in a field of its errors.
func TestErrorsHoldNoRow(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect store.Dialect, open func() *sql.DB) {
		db := open()
		s := migrated(t, db, dialect)
		if dialect == store.DialectPostgreSQL {
			exec(t, db, `ALTER TABLE warehouse_connections ADD CHECK (revision <> 5)`)
		} else {
			exec(t, db, `CREATE TRIGGER refuse BEFORE INSERT ON warehouse_connections WHEN NEW.revision = 5
				BEGIN SELECT RAISE(ABORT, 'refused'); END`)
		}
		row := newRow("acme")
		row.Revision = 5
		err := s.Create(t.Context(), row)
		if err == nil {
			t.Fatal("the row is not refused")
		}
		if _, ok := errors.AsType[*pgconn.PgError](err); ok {
			t.Error("the driver's error is still there")
		}
		told := everyForm(t, err)
		for _, secret := range []string{"in-config", "in-sealed", hex.EncodeToString(row.Sealed), "acme", "Failing row"} {
			if strings.Contains(told, secret) {
				t.Errorf("the error tells %q: %s", secret, told)
			}
		}
	})
}

// The driver's error of a connection that fails has the whole configuration in a field.
func TestErrorsHoldNoPassword(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, "postgres://someone:in-password@127.0.0.1:1/nothing?sslmode=disable")
	s := over(t, db, store.DialectPostgreSQL)
	for name, err := range map[string]error{
		"Migrate":  s.Migrate(t.Context()),
		"Validate": s.Validate(t.Context()),
		"Delete":   s.Delete(t.Context(), "acme", "wc_1"),
	} {
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s = %v, want an error that says what could not be reached", name, err)
		}
		var connecting *pgconn.ConnectError
		if errors.As(err, &connecting) || strings.Contains(everyForm(t, err), "in-password") {
			t.Errorf("%s tells the password: %#v", name, err)
		}
	}
	if told := everyForm(t, s) + everyForm(t, struct{ inner *store.Store }{s}); strings.Contains(told, "in-password") {
		t.Errorf("the store prints the password: %s", told)
	}
}

// everyForm is all that loggers and reporters make of a value.
func everyForm(t *testing.T, value any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+"\n", value)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("", "value", value)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("", "value", value)
	if encoded, err := json.Marshal(value); err == nil {
		b.Write(encoded)
	}
	return b.String()
}

func TestSerializationFailuresOfARealServer(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, pgtest.With(t, pgtest.DSN(t), "default_transaction_isolation", "serializable"))
	migrated(t, db, store.DialectPostgreSQL)
	_, err := db.ExecContext(t.Context(), `DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`)
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) || coded.SQLState() != "40001" {
		t.Errorf("the driver does not tell the state as the store reads it: %v", err)
	}
}
