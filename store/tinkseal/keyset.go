package tinkseal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// A Keyset is the set of keys of a [Sealer]. It is immutable: the methods that rotate it return a new one.
// Neither printing nor encoding it shows its keys. Every function rejects its zero value.
type Keyset struct {
	handle func() *keyset.Handle // prints as an address
}

// Errors of a keyset. None of them quotes its input, which may contain keys.
var (
	errNoKeyset  = errors.New("there is no keyset: create one with NewKeyset, or load one")
	errEmpty     = errors.New("the keyset is empty")
	errNotTink   = errors.New("the data is not a Tink keyset in JSON")
	errWrapped   = errors.New("the keyset is wrapped by a KMS and cannot be read without it")
	errNoPrimary = errors.New("the keyset has no enabled primary key")
	errBroken    = errors.New("the keyset contains a key that Tink cannot use")
	errPublic    = errors.New("the keyset contains keys of a key pair, which cannot seal")
	errRemote    = errors.New("the keyset contains a key that is stored in a KMS: wrap the keyset with the KMS instead")
	errNotAEAD   = errors.New("the keyset contains keys that are not AEAD keys")
)

// NewKeyset returns a keyset with one new AES-256-GCM key.
func NewKeyset() (*Keyset, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("tinkseal: create a key: %w", err)
	}
	return KeysetFromHandle(handle)
}

// ParseKeyset parses a cleartext keyset in Tink's JSON, for example from a secret manager. It does not
// retain data, and its errors do not quote it. It returns an error if data is empty or not a keyset, if
// the keyset has no enabled primary key, and if a key is not an AEAD key.
func ParseKeyset(data []byte) (*Keyset, error) {
	k, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	return k, nil
}

// KeysetFromEnv is like [ParseKeyset] for the value of the named environment variable. It returns an error
// if the variable is unset or empty.
func KeysetFromEnv(name string) (*Keyset, error) {
	value := os.Getenv(name)
	if value == "" {
		return nil, fmt.Errorf("tinkseal: the environment variable %s is unset or empty", name)
	}
	k, err := parse([]byte(value))
	if err != nil {
		return nil, fmt.Errorf("tinkseal: the environment variable %s: %w", name, err)
	}
	return k, nil
}

// KeysetFromHandle returns a keyset with the keys of a Tink handle.
func KeysetFromHandle(handle *keyset.Handle) (*Keyset, error) {
	if err := check(handle); err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	return &Keyset{handle: func() *keyset.Handle { return handle }}, nil
}

// Cleartext returns the keyset in Tink's JSON with its keys in cleartext, for a secret manager.
func (k *Keyset) Cleartext() ([]byte, error) {
	handle, err := k.open()
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		return nil, errors.New("tinkseal: encode the keyset") // the cause could quote a key
	}
	return b.Bytes(), nil
}

// String lists the ids of the keys, which are not secret, in the order in which they were added:
// "keyset of 17 (disabled), 23, 42 (primary)".
func (k *Keyset) String() string {
	handle, err := k.open()
	if err != nil {
		return "no keyset"
	}
	info := handle.KeysetInfo()
	var keys []string
	for _, key := range info.GetKeyInfo() {
		text := fmt.Sprint(key.GetKeyId())
		switch {
		case key.GetKeyId() == info.GetPrimaryKeyId():
			text += " (primary)"
		case key.GetStatus() != tinkpb.KeyStatusType_ENABLED:
			text += " (" + strings.ToLower(key.GetStatus().String()) + ")"
		}
		keys = append(keys, text)
	}
	return "keyset of " + strings.Join(keys, ", ")
}

func (k *Keyset) open() (*keyset.Handle, error) {
	if k == nil || k.handle == nil {
		return nil, errNoKeyset
	}
	return k.handle(), nil
}

func parse(data []byte) (*Keyset, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errEmpty
	}
	raw, err := keyset.NewJSONReader(bytes.NewReader(data)).Read()
	switch {
	case err != nil && isWrapped(data):
		return nil, errWrapped
	case err != nil:
		return nil, errNotTink
	case len(raw.GetKey()) == 0:
		return nil, errEmpty
	case !hasPrimary(raw):
		return nil, errNoPrimary
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, errBroken
	}
	if err := check(handle); err != nil {
		return nil, err
	}
	return &Keyset{handle: func() *keyset.Handle { return handle }}, nil
}

func isWrapped(data []byte) bool {
	var members struct {
		EncryptedKeyset *string `json:"encryptedKeyset"`
	}
	return json.Unmarshal(data, &members) == nil && members.EncryptedKeyset != nil
}

func hasPrimary(raw *tinkpb.Keyset) bool {
	for _, key := range raw.GetKey() {
		if key.GetKeyId() == raw.GetPrimaryKeyId() && key.GetStatus() == tinkpb.KeyStatusType_ENABLED {
			return true
		}
	}
	return false
}

// check rejects keys that cannot seal. It also rejects keys that are stored in a KMS: for those, Tink
// returns the same error whether the KMS is down or the ciphertext is forged.
func check(handle *keyset.Handle) error {
	if handle.Len() == 0 {
		return errEmpty
	}
	for _, key := range insecurecleartextkeyset.KeysetMaterial(handle).GetKey() {
		switch key.GetKeyData().GetKeyMaterialType() {
		case tinkpb.KeyData_ASYMMETRIC_PUBLIC, tinkpb.KeyData_ASYMMETRIC_PRIVATE:
			return errPublic
		case tinkpb.KeyData_REMOTE:
			return errRemote
		}
	}
	if _, err := aead.New(handle); err != nil {
		return errNotAEAD
	}
	return nil
}
