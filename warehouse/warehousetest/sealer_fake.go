// A sealer for tests, which needs no keyset, no file and no network.

package warehousetest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
)

// NewSealer returns a sealer that really encrypts, under a key of its own that nobody keeps: AES-256-GCM
// of the standard library. What one sealer sealed, another does not open.
func NewSealer() warehouse.Sealer {
	var key [32]byte
	rand.Read(key[:])
	// Neither fails for a key of 32 bytes.
	block, _ := aes.NewCipher(key[:])
	gcm, _ := cipher.NewGCMWithRandomNonce(block)
	return &memorySealer{aead: func() cipher.AEAD { return gcm }}
}

type memorySealer struct {
	aead func() cipher.AEAD // prints as an address: see warehouse.Target
}

func (s *memorySealer) Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("warehousetest: seal: %w", err)
	}
	return s.aead().Seal(nil, nil, plaintext, associatedData), nil
}

func (s *memorySealer) Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("warehousetest: open: %w", err)
	}
	plaintext, err := s.aead().Open(nil, nil, sealed, associatedData)
	if err != nil {
		return nil, warehouse.ErrNotAuthentic
	}
	return plaintext, nil
}
