package tinkseal

import (
	"context"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Sealer seals with the primary key of a keyset and opens with any of its enabled keys. It works in
// memory and may be used by any number of goroutines. Printing it does not show its keys.
type Sealer struct {
	// Functions, because they print as addresses. A redacting method is not called in an unexported field.
	encrypt, decrypt func(text, associatedData []byte) ([]byte, error)
}

var _ warehouse.Sealer = (*Sealer)(nil)

// New returns a sealer. It does not follow later changes of the keyset's source, such as its file. It
// returns an error if keys is nil or the zero value.
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

// Seal encrypts plaintext. It returns an error that wraps ctx.Err() if ctx is done.
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

// Open decrypts the result of Seal. It returns an error that wraps ctx.Err() if ctx is done, and
// [warehouse.ErrNotAuthentic] for every other failure: details would only help an attacker.
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
