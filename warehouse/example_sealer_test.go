package warehouse_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// vaultSealer is a host's own vault as a Sealer. Which of the vault's errors are final only the host
// knows: those become ErrNotAuthentic, and all others stay as they are.
type vaultSealer struct{ client *vaultClient }

func (s vaultSealer) Seal(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	return s.client.Encrypt(ctx, "connections", plaintext, associatedData)
}

func (s vaultSealer) Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error) {
	plaintext, err := s.client.Decrypt(ctx, "connections", sealed, associatedData)
	if errors.Is(err, errInvalidCiphertext) {
		return nil, warehouse.ErrNotAuthentic
	}
	return plaintext, err
}

// A host's test of it is one line: warehousetest.TestSealer(t, vaultSealer{client}).
func ExampleSealer() {
	ctx := context.Background()
	var sealer warehouse.Sealer = vaultSealer{newVaultClient()}

	sealed, err := sealer.Seal(ctx, []byte("a private key"), []byte("organisation 8"))
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := sealer.Open(ctx, sealed, []byte("organisation 8"))
	fmt.Printf("%s, %v\n", opened, err)

	_, err = sealer.Open(ctx, sealed, []byte("organisation 9"))
	fmt.Println(errors.Is(err, warehouse.ErrNotAuthentic))
	// Output:
	// a private key, <nil>
	// true
}

// vaultClient stands in for the vault's own client.
type vaultClient struct{ keys map[string]warehouse.Sealer }

var errInvalidCiphertext = errors.New("vault: invalid ciphertext")

func newVaultClient() *vaultClient {
	return &vaultClient{map[string]warehouse.Sealer{"connections": warehousetest.NewSealer()}}
}

func (c *vaultClient) Encrypt(ctx context.Context, key string, plaintext, associatedData []byte) ([]byte, error) {
	return c.keys[key].Seal(ctx, plaintext, associatedData)
}

func (c *vaultClient) Decrypt(ctx context.Context, key string, ciphertext, associatedData []byte) ([]byte, error) {
	plaintext, err := c.keys[key].Open(ctx, ciphertext, associatedData)
	if errors.Is(err, warehouse.ErrNotAuthentic) {
		return nil, errInvalidCiphertext
	}
	return plaintext, err
}
