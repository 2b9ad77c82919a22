package store_test

import (
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
)

// A migration is a transaction, in which each of these is a step.
func TestMigrateThatFailsIsRolledBack(t *testing.T) {
	t.Parallel()
	failure := errors.New("disk full")
	ok := driver.RowsAffected(0)
	none := func() *sqlmock.Rows { return sqlmock.NewRows([]string{"version"}).AddRow(0) }
	for _, test := range []struct {
		name   string
		script func(mock sqlmock.Sqlmock)
	}{
		{"begin", func(mock sqlmock.Sqlmock) { mock.ExpectBegin().WillReturnError(failure) }},
		{"lock", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnError(failure)
			mock.ExpectRollback()
		}},
		{"version", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(ok)
			mock.ExpectExec("CREATE TABLE IF NOT EXISTS warehouse_migrations").WillReturnResult(ok)
			mock.ExpectQuery("SELECT").WillReturnError(failure)
			mock.ExpectRollback()
		}},
		{"statement", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(ok)
			mock.ExpectExec("CREATE TABLE IF NOT EXISTS warehouse_migrations").WillReturnResult(ok)
			mock.ExpectQuery("SELECT").WillReturnRows(none())
			mock.ExpectExec("CREATE TABLE warehouse_connections").WillReturnError(failure)
			mock.ExpectRollback()
		}},
		{"record", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(ok)
			mock.ExpectExec("CREATE TABLE IF NOT EXISTS warehouse_migrations").WillReturnResult(ok)
			mock.ExpectQuery("SELECT").WillReturnRows(none())
			mock.ExpectExec("CREATE TABLE warehouse_connections").WillReturnResult(ok)
			mock.ExpectExec("CREATE UNIQUE INDEX").WillReturnResult(ok)
			mock.ExpectExec("INSERT INTO warehouse_migrations").WillReturnError(failure)
			mock.ExpectRollback()
		}},
		{"commit", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(ok)
			mock.ExpectExec("CREATE TABLE IF NOT EXISTS warehouse_migrations").WillReturnResult(ok)
			mock.ExpectQuery("SELECT").WillReturnRows(none())
			mock.ExpectExec("CREATE TABLE warehouse_connections").WillReturnResult(ok)
			mock.ExpectExec("CREATE UNIQUE INDEX").WillReturnResult(ok)
			mock.ExpectExec("INSERT INTO warehouse_migrations").WillReturnResult(ok)
			mock.ExpectCommit().WillReturnError(failure)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, mock := failing(t)
			test.script(mock)
			isNoDecision(t, s.Migrate(t.Context()), "disk full")
		})
	}
}
