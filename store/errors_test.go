package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/warehouse"
)

// serverError is like an error of a PostgreSQL driver: one of its fields contains a row.
type serverError struct{ Code, Detail string }

func (e *serverError) Error() string    { return "rejected (SQLSTATE " + e.Code + ")" }
func (e *serverError) SQLState() string { return e.Code }

func newMock(t *testing.T) (*store.Store, sqlmock.Sqlmock) {
	t.Helper()
	db, mock, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mock.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return over(t, db, store.DialectPostgreSQL), mock
}

// methods are the methods of a store, each with the first word of its first statement.
var methods = []struct {
	name, statement string
	reads           bool
	call            func(context.Context, warehouse.Store) error
}{
	{"List", "SELECT", true, func(ctx context.Context, s warehouse.Store) error { _, err := s.List(ctx, "acme"); return err }},
	{"Get", "SELECT", true, func(ctx context.Context, s warehouse.Store) error {
		_, err := s.Get(ctx, "acme", "wc_acme")
		return err
	}},
	{"Page", "SELECT", true, func(ctx context.Context, s warehouse.Store) error { _, err := s.Page(ctx, "", 10); return err }},
	{"Create", "INSERT", false, func(ctx context.Context, s warehouse.Store) error { return s.Create(ctx, newRow("acme")) }},
	{"Update", "UPDATE", false, func(ctx context.Context, s warehouse.Store) error { return s.Update(ctx, newRow("acme")) }},
	{"RecordTest", "UPDATE", false, func(ctx context.Context, s warehouse.Store) error {
		return s.RecordTest(ctx, newRow("acme"), warehouse.TestResult{TestedAt: time.Unix(1, 0)})
	}},
	{"Delete", "DELETE", false, func(ctx context.Context, s warehouse.Store) error { return s.Delete(ctx, "acme", "wc_acme") }},
	{"Reseal", "UPDATE", false, func(ctx context.Context, s warehouse.Store) error {
		return s.Reseal(ctx, "acme", "wc_acme", []byte("old"), []byte("new"))
	}},
}

// wantDatabaseError checks that err is not one of warehouse's sentinels, and that it contains the message
// of the driver's error but not the error itself.
func wantDatabaseError(t *testing.T, err error, message string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), "store: ") || !strings.Contains(err.Error(), message) {
		t.Errorf("the error is %v, want %q in it", err, message)
	}
	for _, sentinel := range []error{warehouse.ErrNotFound, warehouse.ErrExists, warehouse.ErrChanged} {
		if errors.Is(err, sentinel) {
			t.Errorf("a failure of the database is reported as %q", sentinel)
		}
	}
	var server *serverError
	if errors.As(err, &server) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "in-detail") {
		t.Errorf("the driver's error, which may contain a row, is in %#v", err)
	}
}

func TestDriverErrors(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		t.Run(method.name, func(t *testing.T) {
			t.Parallel()
			// After 40003 (statement_completion_unknown) a retry could apply the statement twice.
			for _, cause := range []error{errors.New("disk full"), &serverError{"23514", "in-detail"}, &serverError{"40003", "in-detail"}} {
				s, mock := newMock(t)
				if method.reads {
					mock.ExpectQuery(method.statement).WillReturnError(cause)
				} else {
					mock.ExpectExec(method.statement).WillReturnError(cause)
				}
				wantDatabaseError(t, method.call(t.Context(), s), cause.Error())
			}
		})
	}
}

func TestReadErrorBetweenRows(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		if !method.reads {
			continue
		}
		t.Run(method.name, func(t *testing.T) {
			t.Parallel()
			s, mock := newMock(t)
			mock.ExpectQuery(method.statement).WillReturnRows(sqlmock.NewRows([]string{"id"}).
				AddRow("wc_1").AddRow("wc_2").RowError(1, errors.New("connection reset")))
			wantDatabaseError(t, method.call(t.Context(), s), "connection reset")
		})
	}
}

func TestRowsAffectedError(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		if method.reads {
			continue
		}
		t.Run(method.name, func(t *testing.T) {
			t.Parallel()
			s, mock := newMock(t)
			mock.ExpectExec(method.statement).WillReturnResult(sqlmock.NewErrorResult(errors.New("no count")))
			wantDatabaseError(t, method.call(t.Context(), s), "no count")
		})
	}
}

// A write that changes no row reads the row to find the reason.
func TestReadErrorAfterLostRace(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		if method.statement != "UPDATE" {
			continue
		}
		t.Run(method.name, func(t *testing.T) {
			t.Parallel()
			s, mock := newMock(t)
			mock.ExpectExec("UPDATE").WillReturnResult(driver.RowsAffected(0))
			mock.ExpectQuery("SELECT").WillReturnError(errors.New("connection reset"))
			wantDatabaseError(t, method.call(t.Context(), s), "connection reset")
		})
	}
}

func TestRetrySerializationFailures(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s, mock := newMock(t)
			for range 3 {
				mock.ExpectExec("INSERT").WillReturnError(&serverError{code, "in-detail"})
			}
			mock.ExpectExec("INSERT").WillReturnResult(driver.RowsAffected(1))
			if err := s.Create(t.Context(), newRow("acme")); err != nil {
				t.Errorf("Create = %v", err)
			}

			s, mock = newMock(t)
			mock.ExpectQuery("SELECT").WillReturnError(&serverError{code, "in-detail"})
			mock.ExpectQuery("SELECT").WillReturnRows(sqlmock.NewRows([]string{"id"}))
			if _, err := s.List(t.Context(), "acme"); err != nil {
				t.Errorf("List = %v", err)
			}
		})
	}
}

func TestRetryGivesUp(t *testing.T) {
	t.Parallel()
	s, mock := newMock(t)
	for range 8 {
		mock.ExpectExec("DELETE").WillReturnError(&serverError{"40001", "in-detail"})
	}
	wantDatabaseError(t, s.Delete(t.Context(), "acme", "wc_acme"), "SQLSTATE 40001")
}

func TestRetryEndsWithContext(t *testing.T) {
	t.Parallel()
	s, mock := newMock(t)
	ctx, cancel := context.WithCancel(t.Context())
	mock.MatchExpectationsInOrder(false)
	mock.ExpectExec("DELETE").WillReturnError(canceling{&serverError{"40001", "in-detail"}, cancel})
	err := s.Delete(ctx, "acme", "wc_acme")
	wantDatabaseError(t, err, "SQLSTATE 40001")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Delete = %v, want the context's error", err)
	}
}

// canceling is an error that cancels a context when its code is read.
type canceling struct {
	*serverError
	cancel context.CancelFunc
}

func (c canceling) SQLState() string {
	c.cancel()
	return c.serverError.SQLState()
}

// If a row fails a check, PostgreSQL returns the whole row in a field of the error.
func TestErrorsOmitRow(t *testing.T) {
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
			t.Fatal("Create succeeds with a row that fails the check")
		}
		if _, ok := errors.AsType[*pgconn.PgError](err); ok {
			t.Error("the error wraps the driver's")
		}
		printed := everyForm(t, err)
		for _, secret := range []string{"in-config", "in-sealed", hex.EncodeToString(row.Sealed), "acme", "Failing row"} {
			if strings.Contains(printed, secret) {
				t.Errorf("the error contains %q: %s", secret, printed)
			}
		}
	})
}

// The driver's error of a failed connection has the whole configuration in a field.
func TestErrorsOmitPassword(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, "postgres://someone:in-password@127.0.0.1:1/nothing?sslmode=disable")
	s := over(t, db, store.DialectPostgreSQL)
	for name, err := range map[string]error{
		"Migrate":  s.Migrate(t.Context()),
		"Validate": s.Validate(t.Context()),
		"Delete":   s.Delete(t.Context(), "acme", "wc_1"),
	} {
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s = %v, want the address in the error", name, err)
		}
		var connecting *pgconn.ConnectError
		if errors.As(err, &connecting) || strings.Contains(everyForm(t, err), "in-password") {
			t.Errorf("the error of %s contains the password: %#v", name, err)
		}
	}
	if printed := everyForm(t, s) + everyForm(t, struct{ inner *store.Store }{s}); strings.Contains(printed, "in-password") {
		t.Errorf("printing the store shows the password: %s", printed)
	}
}

// everyForm returns a value as fmt, log/slog and encoding/json print it.
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

func TestSerializationFailureSQLState(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, pgtest.With(t, pgtest.DSN(t), "default_transaction_isolation", "serializable"))
	migrated(t, db, store.DialectPostgreSQL)
	_, err := db.ExecContext(t.Context(), `DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`)
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) || coded.SQLState() != "40001" {
		t.Errorf("SQLState of the driver's error: %v, want 40001", err)
	}
}
