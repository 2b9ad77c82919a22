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
// Its methods may be called by any number of goroutines. They return an error that wraps ctx's when ctx
// has ended, and may neither keep nor change what they are given; what they return is the caller's. No
// error of theirs may hold what was sealed.
type Sealer interface {
	// Seal encrypts plaintext, of up to 64 KiB, so that it opens only together with the same
	// associatedData. What it returns is never empty.
	Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error)

	// Open is the reverse of Seal. An error that wraps [ErrNotAuthentic] means that the bytes will
	// never open here; any other, that they could not be opened now.
	Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error)
}

// secrets is what a row seals. It never travels: it is made, sealed or used, and dropped.
type secrets struct {
	keys   []payloadKey
	fields map[string]json.RawMessage // sensitive fields by their JSON names
}

func secretsOf(keys KeyPair, fields map[string]json.RawMessage) secrets {
	s := secrets{fields: fields}
	if private := keys.PrivateKey(); len(private) > 0 {
		s.keys = []payloadKey{{PublicKey: keys.PublicKey, PrivateKey: private}}
	}
	return s
}

// privateKey returns the private half of a public key, nil if it is not there.
func (s secrets) privateKey(publicKey string) []byte {
	for _, key := range s.keys {
		if key.PublicKey == publicKey {
			return key.PrivateKey
		}
	}
	return nil
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

// maxPlaintext is what a Sealer may rely on. A customer's sensitive values add up over several updates.
const maxPlaintext = 64 << 10

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
	plaintext, err := json.Marshal(payload{Version: payloadVersion, Keys: s.keys, Fields: s.fields})
	if err != nil {
		return nil, errors.New("warehouse: encode the secrets") // the cause could quote them
	}
	defer clear(plaintext)
	if len(plaintext) > maxPlaintext {
		return nil, FieldErrors{wholeConfig: {"The sensitive values are too long together."}}
	}
	return sealBytes(ctx, sealer, c, plaintext)
}

func sealBytes(ctx context.Context, sealer Sealer, c Connection, plaintext []byte) ([]byte, error) {
	sealed, err := sealer.Seal(ctx, plaintext, associatedData(c))
	if err != nil {
		return nil, fmt.Errorf("warehouse: seal the secrets of connection %s: %w", c.ID, err)
	}
	if len(sealed) == 0 || bytes.Contains(sealed, plaintext) {
		return nil, fmt.Errorf("warehouse: %T does not encrypt", sealer)
	}
	return sealed, nil
}

func openBytes(ctx context.Context, sealer Sealer, row Row) ([]byte, error) {
	plaintext, err := sealer.Open(ctx, row.Sealed, associatedData(row.Connection))
	if err != nil {
		return nil, fmt.Errorf("warehouse: open the secrets of connection %s: %w", row.ID, err)
	}
	return plaintext, nil
}

func open(ctx context.Context, sealer Sealer, row Row) (secrets, error) {
	plaintext, err := openBytes(ctx, sealer, row)
	if err != nil {
		return secrets{}, err
	}
	defer clear(plaintext)
	return secretsIn(row, plaintext)
}

// secretsIn decodes what a row sealed.
func secretsIn(row Row, plaintext []byte) (secrets, error) {
	var version struct {
		Version int `json:"version"`
	}
	var p payload
	switch {
	case json.Unmarshal(plaintext, &version) == nil && version.Version > payloadVersion:
		return secrets{}, fmt.Errorf("warehouse: the secrets of connection %s were sealed by a later version (%d) of this package", row.ID, version.Version)
	case version.Version < 1 || json.Unmarshal(plaintext, &p) != nil:
		return secrets{}, fmt.Errorf("warehouse: the secrets of connection %s are not in a form that this version wrote", row.ID)
	}
	s := secrets{keys: p.Keys, fields: p.Fields}
	if row.PublicKey != "" && len(s.privateKey(row.PublicKey)) == 0 {
		return secrets{}, fmt.Errorf("warehouse: the secrets of connection %s lack its private key", row.ID)
	}
	return s, nil
}
