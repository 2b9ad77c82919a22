package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// A DatabaseConnector is a connector whose warehouse can be used through database/sql.
type DatabaseConnector interface {
	Connector

	// Database returns a driver.Connector that opens sessions with the target's secrets, in the
	// role, database and schema that a probe tests. Database does not connect. Its result may
	// retain the target's secrets.
	Database(target Target) (driver.Connector, error)
}

// ErrNoDatabase is returned when the connection's type is not a [DatabaseConnector].
var ErrNoDatabase = errors.New("warehouse: connections of this type cannot be opened as a database")

// OpenDB opens the warehouse of the caller's organisation as a database, with the stored secrets. It is
// for the host's own jobs, such as a delivery. It also returns the connection. The database does not
// follow changes of the config: when the connection's Revision has changed, close the database and open
// it again.
//
// Like sql.Open, OpenDB does not connect. The caller limits and closes the pool. OpenDB returns
// [ErrNotFound] if the organisation has no connection, and [ErrNoDatabase] if its type has no database.
func (s *Service) OpenDB(ctx context.Context, caller Caller) (*sql.DB, Connection, error) {
	var db *sql.DB
	connection, err := observe(ctx, s, caller, Event{Action: ActionOpen}, func(e *Event) (Connection, error) {
		opened, err := s.openRow(ctx, caller, e)
		if err != nil {
			return Connection{}, err
		}
		connector, ok := opened.connector.Connector.(DatabaseConnector)
		if !ok {
			return Connection{}, ErrNoDatabase
		}
		opener, err := connector.Database(opened.target)
		if err != nil {
			return Connection{}, fmt.Errorf("warehouse: open connection %s as a database: %w", opened.row.ID, opened.kept.redactError(err))
		}
		db = sql.OpenDB(opener)
		return opened.row.Connection, nil
	})
	return db, connection, err
}
