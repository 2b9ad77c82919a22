package warehouse

import (
	"context"
	"fmt"
)

// A Connector is the code for one warehouse type. It is registered by its type name in a [Registry].
//
// Its methods must be safe for concurrent use.
type Connector interface {
	// Config returns a pointer to a new struct with the defaults. Each exported field has a JSON
	// tag with the name that the customer uses; fields are shown in the order of the struct. A
	// config is flat: its fields are strings, numbers, bools, slices of those, or types that
	// implement [encoding.TextUnmarshaler], whose errors the customer reads.
	//
	// A field whose default is its zero value is required, unless it is a bool or its tag has
	// omitempty or omitzero; only such an optional field may be blank. Rules about several fields
	// belong in [Validator].
	//
	// Connections outlive releases. A field that is added later needs a default or must be
	// optional, since stored configs lack it. A field that becomes sensitive needs a new name.
	Config() any

	// SensitiveFields returns the JSON names of the config fields that are sealed at rest and never
	// returned. Nil means none.
	SensitiveFields() []string

	// Probe tests the connection. It returns all of its steps in order, including those not
	// reached, and the first error; [RunSteps] does both. It must return by ctx's deadline, release
	// everything it opened, and not retry. The text of a plain error becomes the connection's last
	// error; a [ProbeError] adds a code, a hint and a fix. Probe must not retain target's secrets.
	Probe(ctx context.Context, target Target) ([]StepResult, error)

	// SetupScript returns the script that the customer's administrator runs once in the warehouse.
	// The config is a pointer as Config returns it. Its sensitive fields have their defaults, since
	// a script must not hold a secret. The same arguments must give the same script. publicKey is
	// "" unless the connector is a [KeyPairConnector].
	SetupScript(config any, publicKey string) (string, error)
}

// A Target is one connection with its secrets, for a probe. It prints and encodes without them: they
// are held in functions, since package fmt does not call methods of values in unexported fields.
type Target struct {
	Organisation string
	ConnectionID string
	Keys         KeyPair // zero for a type without a key pair

	config func() any
}

// NewTarget returns a target with the given config, a pointer as the connector's Config returns it.
// It is for tests of a connector; a Service creates its own targets.
func NewTarget(organisation, connectionID string, config any, keys KeyPair) Target {
	return Target{
		Organisation: organisation,
		ConnectionID: connectionID,
		Keys:         keys,
		config:       func() any { return config },
	}
}

// Config returns the config, a pointer as the connector's Config method returns it, with the
// sensitive fields filled in. It is nil for the zero Target.
func (t Target) Config() any {
	if t.config == nil {
		return nil
	}
	return t.config()
}

// String returns the connection's ID and organisation.
func (t Target) String() string {
	return fmt.Sprintf("connection %s of organisation %q", t.ConnectionID, t.Organisation)
}
