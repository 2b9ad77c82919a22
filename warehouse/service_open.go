package warehouse

import (
	"context"
	"iter"
)

// Open returns the connection of the caller's organisation and its target, which holds the config with the
// secrets and prints without them. It is for the host's own jobs over warehouses that database/sql does not
// reach; see also [Service.OpenDB]. It returns [ErrNotFound] if the organisation has no connection, and
// [ErrNotAuthentic] if the row was changed in the database.
func (s *Service) Open(ctx context.Context, caller Caller) (Target, Connection, error) {
	var opened openedRow
	connection, err := observe(ctx, s, caller, Event{Action: ActionOpen}, func(e *Event) (_ Connection, err error) {
		opened, err = s.openRow(ctx, caller, e)
		return opened.row.Connection, err
	})
	return opened.target, connection, err
}

// An openedRow is a row with its connector, and with its secrets in the target.
type openedRow struct {
	row       Row
	connector registered
	target    Target
	kept      secrets // to be redacted from the connector's errors
}

// openRow opens the row of the organisation's one connection.
func (s *Service) openRow(ctx context.Context, caller Caller, e *Event) (openedRow, error) {
	rows, err := s.store.List(ctx, caller.Organisation)
	if err != nil {
		return openedRow{}, err
	}
	if len(rows) == 0 {
		return openedRow{}, ErrNotFound
	}
	row := rows[0]
	e.about(row.Connection)
	connector, err := s.connectorOf(row)
	if err != nil {
		return openedRow{}, err
	}
	target, kept, err := s.target(ctx, connector, row)
	if err != nil {
		return openedRow{}, err
	}
	return openedRow{row, connector, target, kept}, nil
}

// All returns an iterator over the connections of all organisations, sorted by id, for the host's own jobs.
// It opens no secrets, and so does not notice a row that was changed in the database: call [Service.Open] or
// [Service.OpenDB], which do, before you use a connection, and do not show its script. An error ends the
// iteration. Each iteration is one event, without an organisation.
func (s *Service) All(ctx context.Context) iter.Seq2[Connection, error] {
	return func(yield func(Connection, error) bool) {
		c := newCall(ctx, Caller{}, Event{Action: ActionAll})
		var err error
		defer func() { s.report(c, err) }()
		for after, more := "", true; more; {
			var page []Row
			if page, err = s.store.Page(ctx, after, maintenanceBatch); err != nil {
				yield(Connection{}, err)
				return
			}
			for _, row := range page {
				if !yield(row.Connection, nil) {
					return
				}
				after = row.ID
			}
			more = len(page) == maintenanceBatch
		}
	}
}
