package warehouse

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// A Sealer encrypts secrets and binds them to their row. It has the shape of Tink's AEADWithContext, so
// any key management service that Tink supports fits. Package store/tinkseal has an implementation;
// warehousetest.TestSealer tests one.
//
// Its methods must be safe for concurrent use. They must not retain or modify their arguments, and the
// caller owns the result. When ctx has ended, they return an error that wraps ctx.Err(). Their errors
// must not contain the plaintext.
type Sealer interface {
	// Seal encrypts plaintext, of up to 64 KiB, and binds it to associatedData. Its result is never
	// empty.
	Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error)

	// Open decrypts the result of Seal. An error that wraps [ErrNotAuthentic] is permanent: the
	// bytes will not open with these keys. Any other error is temporary.
	Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error)
}

// secrets is the plaintext of Row.Sealed. Do not store it in longer-lived values.
type secrets struct {
	keys    []payloadKey
	fields  map[string]json.RawMessage // sensitive fields by their JSON names
	version int
}

func secretsOf(keys KeyPair, fields map[string]json.RawMessage) secrets {
	s := secrets{fields: fields}
	if private := keys.PrivateKey(); len(private) > 0 {
		s.keys = []payloadKey{{PublicKey: keys.PublicKey, PrivateKey: private}}
	}
	return s
}

// privateKey returns the private key of a public key, or nil.
func (s secrets) privateKey(publicKey string) []byte {
	for _, key := range s.keys {
		if key.PublicKey == publicKey {
			return key.PrivateKey
		}
	}
	return nil
}

// payload is the sealed form of secrets. Rows outlive releases, so its versions are permanent. Version 1
// has no Row. Keys is a list with room for the second key of a rotation.
type payload struct {
	Version int                        `json:"version"`
	Row     []byte                     `json:"row,omitempty"` // the result of rowDigest
	Keys    []payloadKey               `json:"keys,omitempty"`
	Fields  map[string]json.RawMessage `json:"fields,omitempty"`
}

type payloadKey struct {
	PublicKey  string `json:"public_key"`
	PrivateKey []byte `json:"private_key"`
}

const payloadVersion = 2

// maxPlaintext is the limit that a Sealer may rely on. Sensitive values add up over several updates.
const maxPlaintext = 64 << 10

// sealingLabel is the start of the associated data. Rows outlive releases, so its layout is permanent.
const sealingLabel = "warehousekit connection secrets v1"

// associatedData returns the label, organisation, connection and public key, each preceded by its length
// as four big-endian bytes. The lengths make the encoding unambiguous.
func associatedData(c Connection) []byte {
	var out []byte
	for _, part := range []string{sealingLabel, c.Organisation, c.ID, c.PublicKey} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}

// rowDigest returns the SHA-256 of everything in a row that an administrator or a probe acts on. It is
// sealed with the secrets, which makes a row authentic as a whole: whoever can write to the database but
// has no key cannot change it unnoticed.
//
// Each part that is not empty is hashed as its name and its value, each preceded by its length as eight
// big-endian bytes. Rows outlive releases, so this is permanent. A part that is added later must be empty
// for all rows that exist.
func rowDigest(c Connection) []byte {
	h := sha256.New()
	for _, part := range []struct{ name, value string }{
		{"organisation", c.Organisation},
		{"id", c.ID},
		{"type", c.Type},
		{"config", string(c.Config)},
		{"preset", string(c.Preset)},
		{"public_key", c.PublicKey},
		{"setup_script", c.SetupScript},
		{"revision", strconv.FormatInt(c.Revision, 10)},
	} {
		if part.value == "" {
			continue
		}
		for _, text := range []string{part.name, part.value} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
			h.Write([]byte(text))
		}
	}
	return h.Sum(nil)
}

// seal seals the secrets of a connection, and binds them to it as it is going to be stored.
func seal(ctx context.Context, sealer Sealer, c Connection, s secrets) ([]byte, error) {
	plaintext, err := json.Marshal(payload{Version: payloadVersion, Row: rowDigest(c), Keys: s.keys, Fields: s.fields})
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

// verify checks that a row is authentic, and forgets its secrets.
func verify(ctx context.Context, sealer Sealer, row Row) error {
	plaintext, err := openBytes(ctx, sealer, row)
	if err != nil {
		return err
	}
	defer clear(plaintext)
	_, err = verifyBound(row, plaintext)
	return err
}

// verifyBound checks that plaintext, which is that of row.Sealed, was sealed for the row in its present
// state. It returns the version. Secrets of version 1 are not bound to a state.
func verifyBound(row Row, plaintext []byte) (version int, err error) {
	var p struct {
		Version int    `json:"version"`
		Row     []byte `json:"row"`
	}
	err = json.Unmarshal(plaintext, &p)
	switch {
	case p.Version > payloadVersion:
		return 0, fmt.Errorf("warehouse: the secrets of connection %s were sealed by a later version (%d) of this package", row.ID, p.Version)
	case err != nil || p.Version < 1:
		return 0, errPayload(row)
	case p.Version > 1 && !bytes.Equal(p.Row, rowDigest(row.Connection)):
		return 0, fmt.Errorf("warehouse: connection %s was changed in the database, by something other than this package: %w", row.ID, ErrNotAuthentic)
	}
	return p.Version, nil
}

func errPayload(row Row) error {
	return fmt.Errorf("warehouse: the secrets of connection %s are not in a form that this version wrote", row.ID)
}

// secretsIn decodes the plaintext of row.Sealed.
func secretsIn(row Row, plaintext []byte) (secrets, error) {
	version, err := verifyBound(row, plaintext)
	if err != nil {
		return secrets{}, err
	}
	var p payload
	if json.Unmarshal(plaintext, &p) != nil {
		return secrets{}, errPayload(row)
	}
	s := secrets{keys: p.Keys, fields: p.Fields, version: version}
	if row.PublicKey != "" && len(s.privateKey(row.PublicKey)) == 0 {
		return secrets{}, fmt.Errorf("warehouse: the secrets of connection %s lack its private key", row.ID)
	}
	return s, nil
}
