package warehouse

import (
	"context"
	"errors"
	"fmt"
)

// A TeardownConnector is a connector with a script that undoes its setup script.
type TeardownConnector interface {
	Connector

	// TeardownScript returns the script that the customer's administrator runs when the connection
	// is no longer wanted. It drops the objects that the setup script created, except those that
	// hold data or that others may use; statements for these may be in comments. The config is as
	// for SetupScript. The same config must give the same script.
	TeardownScript(config any) (string, error)
}

// ErrNoTeardown is returned when the connection's type is not a [TeardownConnector].
var ErrNoTeardown = errors.New("warehouse: connections of this type have no teardown script")

// TeardownScript returns the script that undoes the setup script of a connection. It needs the row, so
// call it before [Service.Delete]. It returns [ErrNotFound] if the connection does not exist, and
// [ErrNoTeardown] if its connector is not a [TeardownConnector].
func (s *Service) TeardownScript(ctx context.Context, caller Caller, id string) (string, error) {
	return observe(ctx, s, caller, Event{Action: ActionRead, ConnectionID: id}, func(e *Event) (string, error) {
		row, err := s.row(ctx, caller, id)
		if err != nil {
			return "", err
		}
		e.about(row.Connection)
		if err := verify(ctx, s.sealer, row); err != nil {
			return "", err
		}
		r, err := s.connectorOf(row)
		if err != nil {
			return "", err
		}
		c, ok := r.Connector.(TeardownConnector)
		if !ok {
			return "", ErrNoTeardown
		}
		// Without the sensitive fields: a script must not hold a secret.
		config, err := r.load(row.Connection, nil)
		if err != nil {
			return "", err
		}
		script, err := c.TeardownScript(config)
		if err != nil {
			return "", fmt.Errorf("warehouse: write the teardown script of type %q: %w", row.Type, err)
		}
		return script, nil
	})
}
