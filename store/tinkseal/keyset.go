// A keyset, and where it comes from.

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

// A Keyset is the keys that a [Sealer] seals under. It does not change: the methods that rotate it return
// another. It prints, under every verb and in every encoding, without its keys, and its zero value is
// refused everywhere.
type Keyset struct {
	handle func() *keyset.Handle // prints as an address: see warehouse.Target
}

// What is wrong with a keyset. None says more of what was read than its kind, for it may hold keys.
var (
	errNoKeyset  = errors.New("there is no keyset: make one with NewKeyset, or load one")
	errEmpty     = errors.New("the keyset is empty")
	errNotTink   = errors.New("this is not a Tink keyset in JSON")
	errWrapped   = errors.New("the keyset is wrapped by a KMS, and cannot be read without it")
	errNoPrimary = errors.New("the keyset has no enabled primary key")
	errBroken    = errors.New("the keyset holds a key that Tink cannot use")
	errPublic    = errors.New("the keyset holds public or private keys of key pairs, which do not seal")
	errRemote    = errors.New("the keyset holds a key that lives in a KMS: let the KMS wrap the keyset instead")
	errNotAEAD   = errors.New("the keyset holds keys of another kind than AEAD")
)

// NewKeyset returns a keyset of one new AES-256-GCM key.
func NewKeyset() (*Keyset, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("tinkseal: make a key: %w", err)
	}
	return KeysetFromHandle(handle)
}

// ParseKeyset reads a keyset in Tink's JSON, in the clear: what a secret manager returned, say. It keeps
// nothing of data, and its errors hold nothing of it. It refuses what is empty or not a keyset, one
// without an enabled primary key, and one of keys that are not for AEAD.
func ParseKeyset(data []byte) (*Keyset, error) {
	k, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	return k, nil
}

// KeysetFromEnv reads a keyset in Tink's JSON from the named environment variable. One that is unset or
// empty is an error.
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

// KeysetFromHandle returns a keyset of the keys that a host holds as Tink's own type.
func KeysetFromHandle(handle *keyset.Handle) (*Keyset, error) {
	if err := check(handle); err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	return &Keyset{handle: func() *keyset.Handle { return handle }}, nil
}

// Cleartext returns the keyset in Tink's JSON, keys and all, for a secret manager to keep.
func (k *Keyset) Cleartext() ([]byte, error) {
	handle, err := k.open()
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		return nil, errors.New("tinkseal: encode the keyset") // the cause could quote it
	}
	return b.Bytes(), nil
}

// String lists the keys by their ids, which are not secret, in the order in which they were added:
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

// check refuses keys that cannot seal. Keys that live in a KMS could, but Tink answers a KMS that is down
// as it answers a forged ciphertext, and the two must not be confused.
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
