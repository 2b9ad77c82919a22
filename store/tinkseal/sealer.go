// The sealer: a keyset at work.

package tinkseal

import (
	"context"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Sealer seals under the primary key of a keyset and opens under any of its enabled ones. It does so
// in memory, and may be used by any number of goroutines. It prints without its keys.
type Sealer struct {
	// Functions, since they print as addresses: see warehouse.Target.
	encrypt, decrypt func(text, associatedData []byte) ([]byte, error)
}

var _ warehouse.Sealer = (*Sealer)(nil)

// New returns a sealer. It does not follow later changes of the file, or other place, that the keyset
// came from. The error is for a keyset that no function of this package made.
func New(keys *Keyset) (*Sealer, error) {
	handle, err := keys.open()
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", errNotAEAD)
	}
	return &Sealer{encrypt: primitive.Encrypt, decrypt: primitive.Decrypt}, nil
}

// Seal encrypts plaintext. It returns ctx's error if that has ended.
func (s *Sealer) Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("tinkseal: seal: %w", err)
	}
	sealed, err := s.encrypt(plaintext, associatedData)
	if err != nil {
		return nil, fmt.Errorf("tinkseal: seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal returned. It returns ctx's error if that has ended, and
// [warehouse.ErrNotAuthentic] for all else: why a ciphertext does not authenticate helps only who made it.
func (s *Sealer) Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("tinkseal: open: %w", err)
	}
	plaintext, err := s.decrypt(sealed, associatedData)
	if err != nil {
		return nil, warehouse.ErrNotAuthentic
	}
	return plaintext, nil
}
