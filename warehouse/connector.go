// What a warehouse type must be able to do.

package warehouse

import (
	"context"
	"fmt"
)

// A Connector is the code for one warehouse type. It is registered by its type name in a [Registry].
//
// Its methods may be called by any number of goroutines at once.
type Connector interface {
	// Config returns a pointer to a fresh struct with the defaults filled in. Each exported field
	// carries a JSON tag, whose name the customer uses; the order of the fields is the order in
	// which they are shown. A config is flat: its fields are strings, numbers, bools, slices of
	// those, or types that unmarshal themselves from text (encoding.TextUnmarshaler), whose
	// errors the customer reads.
	//
	// A field whose default is its zero value is required, unless it is a bool or its tag says
	// omitempty or omitzero; only such an optional field may be blank. What one field's type
	// cannot check alone belongs in [Validator].
	//
	// Connections outlive releases. A field that is added later needs a default, or must be
	// optional, since what is stored lacks it; one that is to become sensitive needs a new name.
	Config() any

	// SensitiveFields names the config fields, by their JSON names, that are sealed at rest and
	// are never shown again. Nil means that there are none.
	SensitiveFields() []string

	// Probe tests the connection. It returns all of its steps in order, those not reached included,
	// and the first error; [RunSteps] does both. It must return by ctx's deadline, release
	// everything it opened before that, and retry nothing. The text of a plain error becomes the
	// connection's last error, word for word; a [ProbeError] adds a code, a hint and a fix. Probe
	// must not keep target's secrets.
	Probe(ctx context.Context, target Target) ([]StepResult, error)

	// SetupScript returns what the customer's administrator runs once in the warehouse. The
	// config is a pointer as Config returns it, filled in, with the sensitive fields at their
	// defaults, so that a script cannot hold a secret. The same arguments give the same script.
	// publicKey is "" unless the connector is a [KeyPairConnector].
	SetupScript(config any, publicKey string) (string, error)
}

// A Target is one connection as a probe sees it, with its secrets. It prints, under every verb and
// in every encoding, without them: they are kept behind functions, since redacting methods of a type
// are not called where a value sits in an unexported field.
type Target struct {
	Organisation string
	ConnectionID string
	Keys         KeyPair // zero for a type without a key pair

	config func() any
}

// NewTarget returns a target with the given config, a pointer as the connector's Config returns it.
// The service makes the targets of real probes; NewTarget is for testing a connector by itself.
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

// String names the connection, and nothing that is secret.
func (t Target) String() string {
	return fmt.Sprintf("connection %s of organisation %q", t.ConnectionID, t.Organisation)
}
