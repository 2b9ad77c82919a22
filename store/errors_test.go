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

// serverError is an error as PostgreSQL's drivers have them, with a field that holds a row.
type serverError struct{ Code, Detail string }

func (e *serverError) Error() string    { return "the server says no (SQLSTATE " + e.Code + ")" }
func (e *serverError) SQLState() string { return e.Code }

func failing(t *testing.T) (*store.Store, sqlmock.Sqlmock) {
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

// methods are all of a store's, with the head of the statement that each sends first.
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
		return s.RecordTest(ctx, "acme", "wc_acme", 1, warehouse.TestResult{TestedAt: time.Unix(1, 0)})
	}},
	{"Delete", "DELETE", false, func(ctx context.Context, s warehouse.Store) error { return s.Delete(ctx, "acme", "wc_acme") }},
	{"Reseal", "UPDATE", false, func(ctx context.Context, s warehouse.Store) error {
		return s.Reseal(ctx, "acme", "wc_acme", []byte("old"), []byte("new"))
	}},
}

// isNoDecision checks that a failure of the database is not taken for an answer about the row, and that
// nothing of the driver's error but its message is left.
func isNoDecision(t *testing.T, err error, message string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), "store: ") || !strings.Contains(err.Error(), message) {
		t.Errorf("the error is %v, want one that says %q", err, message)
	}
	for _, decision := range []error{warehouse.ErrNotFound, warehouse.ErrExists, warehouse.ErrChanged} {
		if errors.Is(err, decision) {
			t.Errorf("a failure of the database is told as %q", decision)
		}
	}
	var server *serverError
	if errors.As(err, &server) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "in-detail") {
		t.Errorf("the driver's error, which may hold a row, is still in %#v", err)
	}
}

func TestDriverErrors(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		t.Run(method.name, func(t *testing.T) {
			t.Parallel()
			// After 40003 nobody knows whether the statement was done, so it is not tried again.
			for _, cause := range []error{errors.New("disk full"), &serverError{"23514", "in-detail"}, &serverError{"40003", "in-detail"}} {
				s, mock := failing(t)
				if method.reads {
					mock.ExpectQuery(method.statement).WillReturnError(cause)
				} else {
					mock.ExpectExec(method.statement).WillReturnError(cause)
				}
				isNoDecision(t, method.call(t.Context(), s), cause.Error())
			}
		})
	}
}

func TestRowsThatBreakOff(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		if !method.reads {
			continue
		}
		t.Run(method.name, func(t *testing.T) {
			t.Parallel()
			s, mock := failing(t)
			mock.ExpectQuery(method.statement).WillReturnRows(sqlmock.NewRows([]string{"id"}).
				AddRow("wc_1").AddRow("wc_2").RowError(1, errors.New("connection reset")))
			isNoDecision(t, method.call(t.Context(), s), "connection reset")
		})
	}
}

func TestCountsOfRowsThatFail(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		if method.reads {
			continue
		}
		t.Run(method.name, func(t *testing.T) {
			t.Parallel()
			s, mock := failing(t)
			mock.ExpectExec(method.statement).WillReturnResult(sqlmock.NewErrorResult(errors.New("no count")))
			isNoDecision(t, method.call(t.Context(), s), "no count")
		})
	}
}

// Whoever loses a race reads why, and that may fail, too.
func TestReasonsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		if method.statement != "UPDATE" {
			continue
		}
		t.Run(method.name, func(t *testing.T) {
			t.Parallel()
			s, mock := failing(t)
			mock.ExpectExec("UPDATE").WillReturnResult(driver.RowsAffected(0))
			mock.ExpectQuery("SELECT").WillReturnError(errors.New("connection reset"))
			isNoDecision(t, method.call(t.Context(), s), "connection reset")
		})
	}
}

func TestSerializationFailuresAreTriedAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s, mock := failing(t)
			for range 3 {
				mock.ExpectExec("INSERT").WillReturnError(&serverError{code, "in-detail"})
			}
			mock.ExpectExec("INSERT").WillReturnResult(driver.RowsAffected(1))
			if err := s.Create(t.Context(), newRow("acme")); err != nil {
				t.Errorf("Create = %v", err)
			}

			s, mock = failing(t)
			mock.ExpectQuery("SELECT").WillReturnError(&serverError{code, "in-detail"})
			mock.ExpectQuery("SELECT").WillReturnRows(sqlmock.NewRows([]string{"id"}))
			if _, err := s.List(t.Context(), "acme"); err != nil {
				t.Errorf("List = %v", err)
			}
		})
	}
}

func TestSerializationFailuresEndSomeTime(t *testing.T) {
	t.Parallel()
	s, mock := failing(t)
	for range 8 {
		mock.ExpectExec("DELETE").WillReturnError(&serverError{"40001", "in-detail"})
	}
	isNoDecision(t, s.Delete(t.Context(), "acme", "wc_acme"), "SQLSTATE 40001")
}

func TestTryingAgainEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s, mock := failing(t)
	ctx, cancel := context.WithCancel(t.Context())
	mock.MatchExpectationsInOrder(false)
	mock.ExpectExec("DELETE").WillReturnError(canceling{&serverError{"40001", "in-detail"}, cancel})
	err := s.Delete(ctx, "acme", "wc_acme")
	isNoDecision(t, err, "SQLSTATE 40001")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Delete = %v, want the context's error", err)
	}
}

// canceling ends a context while it is asked for its code.
type canceling struct {
	*serverError
	cancel context.CancelFunc
}

func (c canceling) SQLState() string {
	c.cancel()
	return c.serverError.SQLState()
}

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
