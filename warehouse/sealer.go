// The seam to encryption, and what is sealed.

package warehouse

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// A Sealer encrypts secrets bound to where they belong. It has the shape of Tink's AEADWithContext, so
// that any key management service that Tink knows fits. Package store/tinkseal has one;
// warehousetest.TestSealer checks one.
//
// Its methods may be called by any number of goroutines, must honour ctx if they use the network, and
// may neither keep nor change what they are given. What they return is the caller's.
type Sealer interface {
	// Seal encrypts plaintext so that it opens only together with the same associatedData.
	Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error)

	// Open is the reverse of Seal. An error that wraps [ErrUnopenable] means that the bytes will
	// never open here; any other, that they could not be opened now. No error may hold what was
	// sealed.
	Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error)
}

// secrets is what a row seals. It never travels: it is made, sealed or used, and dropped.
type secrets struct {
	privateKey []byte
	fields     map[string]json.RawMessage // sensitive fields by their JSON names
}

// payload is the sealed form of secrets. Rows outlive releases, so the form is permanent: a later one
// takes another version, and keys is a list so that a second key, during a rotation, needs none.
type payload struct {
	Version int                        `json:"version"`
	Keys    []payloadKey               `json:"keys,omitempty"`
	Fields  map[string]json.RawMessage `json:"fields,omitempty"`
}

type payloadKey struct {
	PublicKey  string `json:"public_key"`
	PrivateKey []byte `json:"private_key"`
}

const payloadVersion = 1

// sealingLabel begins the associated data and carries its version. Rows outlive releases, so the
// layout is permanent.
const sealingLabel = "warehousekit connection secrets v1"

// associatedData binds a secret to its organisation, its connection and its public key: the label and
// each part, all preceded by their length as four big-endian bytes, so that no two different lists of
// parts give the same bytes.
func associatedData(c Connection) []byte {
	var out []byte
	for _, part := range []string{sealingLabel, c.Organisation, c.ID, c.PublicKey} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}

func seal(ctx context.Context, sealer Sealer, c Connection, s secrets) ([]byte, error) {
	p := payload{Version: payloadVersion, Fields: s.fields}
	if len(s.privateKey) > 0 {
		p.Keys = []payloadKey{{PublicKey: c.PublicKey, PrivateKey: s.privateKey}}
	}
	plaintext, err := json.Marshal(p)
	if err != nil {
		return nil, errors.New("warehouse: encode the secrets") // the cause could quote them
	}
	defer clear(plaintext)
	sealed, err := sealer.Seal(ctx, plaintext, associatedData(c))
	if err != nil {
		return nil, fmt.Errorf("warehouse: seal the secrets of connection %s: %w", c.ID, err)
	}
	if bytes.Contains(sealed, plaintext) {
		return nil, fmt.Errorf("warehouse: %T does not encrypt", sealer)
	}
	return sealed, nil
}

func open(ctx context.Context, sealer Sealer, row Record) (secrets, error) {
	plaintext, err := sealer.Open(ctx, row.Sealed, associatedData(row.Connection))
	if err != nil {
		return secrets{}, fmt.Errorf("warehouse: open the secrets of connection %s: %w", row.ID, err)
	}
	defer clear(plaintext)
	var p payload
	if json.Unmarshal(plaintext, &p) != nil || p.Version < 1 {
		return secrets{}, fmt.Errorf("warehouse: the secrets of connection %s are not in a form that this version wrote", row.ID)
	}
	if p.Version > payloadVersion {
		return secrets{}, fmt.Errorf("warehouse: the secrets of connection %s were sealed by a later version (%d) of this package", row.ID, p.Version)
	}
	s := secrets{fields: p.Fields}
	for _, key := range p.Keys {
		if key.PublicKey == row.PublicKey {
			s.privateKey = key.PrivateKey
		}
	}
	if row.PublicKey != "" && s.privateKey == nil {
		return secrets{}, fmt.Errorf("warehouse: the secrets of connection %s lack its private key", row.ID)
	}
	return s, nil
}
