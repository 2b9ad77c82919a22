package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// A DatabaseConnector is a connector whose warehouse database/sql can talk to.
type DatabaseConnector interface {
	Connector

	// Database returns what opens sessions in the warehouse as the target says: with the stored
	// key, in the role, database and schema that were tested. It does not connect yet. What it
	// returns may keep the target's secrets for as long as it is used.
	Database(target Target) (driver.Connector, error)
}

// ErrNoDatabase says that the connection's type is not a [DatabaseConnector].
var ErrNoDatabase = errors.New("warehouse: connections of this type cannot be opened as a database")

// OpenDB opens the warehouse of the caller's organisation as a database, with the stored secrets: this is
// how a host's delivery job uses what its customer connected. It returns the connection too, whose
// Status says whether its last test passed, and whose Revision tells when it was changed: the database
// stays what it was when it was opened, so a long-lived one is closed and opened anew then.
//
// Like sql.Open, OpenDB makes no session; the first use does. The pool is the caller's to limit, and to
// Close. [ErrNotFound] if the organisation has no connection, [ErrNoDatabase] if its type cannot do it.
func (s *Service) OpenDB(ctx context.Context, caller Caller) (*sql.DB, Connection, error) {
	var db *sql.DB
	connection, err := observe(ctx, s, caller, Event{Action: ActionOpen}, func(e *Event) (Connection, error) {
		row, err := s.only(ctx, caller)
		if err != nil {
			return Connection{}, err
		}
		e.about(row.Connection)
		r, err := s.connectorOf(row)
		if err != nil {
			return Connection{}, err
		}
		connector, ok := r.Connector.(DatabaseConnector)
		if !ok {
			return Connection{}, ErrNoDatabase
		}
		target, kept, err := s.target(ctx, r, row)
		if err != nil {
			return Connection{}, err
		}
		opener, err := connector.Database(target)
		if err != nil {
			return Connection{}, fmt.Errorf("warehouse: open connection %s as a database: %w", row.ID, kept.redactError(err))
		}
		db = sql.OpenDB(opener)
		return row.Connection, nil
	})
	return db, connection, err
}

// only returns the organisation's one row.
func (s *Service) only(ctx context.Context, caller Caller) (Row, error) {
	connections, err := s.store.List(ctx, caller.Organisation)
	if err != nil {
		return Row{}, err
	}
	if len(connections) == 0 {
		return Row{}, ErrNotFound
	}
	return s.store.Get(ctx, caller.Organisation, connections[0].ID)
}
