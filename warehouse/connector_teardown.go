// Undoing what a setup script made, for the types that can say how.

package warehouse

import (
	"context"
	"errors"
	"fmt"
)

// A TeardownConnector is a connector that can also say how its setup script is undone.
type TeardownConnector interface {
	Connector

	// TeardownScript returns what the customer's administrator runs once the connection is no
	// longer wanted. It drops what the setup script made and nothing that holds data or that
	// others may use: statements for those may be there as comments. The config is as for
	// SetupScript. The same config gives the same script.
	TeardownScript(config any) (string, error)
}

// ErrNoTeardown says that the connection's type is not a [TeardownConnector].
var ErrNoTeardown = errors.New("warehouse: connections of this type have no teardown script")

// TeardownScript returns what the customer's administrator runs in the warehouse once a connection is no
// longer wanted. The row is needed to write it, so ask before [Service.Delete]. It returns [ErrNotFound]
// if the connection is not there, and [ErrNoTeardown] if its connector is no [TeardownConnector].
func (s *Service) TeardownScript(ctx context.Context, caller Caller, id string) (string, error) {
	return observe(ctx, s, caller, Event{Action: ActionRead, ConnectionID: id}, func(e *Event) (string, error) {
		row, err := s.row(ctx, caller, id)
		if err != nil {
			return "", err
		}
		e.about(row.Connection)
		r, err := s.connectorOf(row)
		if err != nil {
			return "", err
		}
		c, ok := r.Connector.(TeardownConnector)
		if !ok {
			return "", ErrNoTeardown
		}
		// With the stored fields alone, as for the setup script, so that it cannot hold a secret.
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
