// Keysets that a key management service has wrapped.

package tinkseal

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

var (
	errNoKMS      = errors.New("the KMS is nil")
	errNotWrapped = errors.New("this is not a Tink keyset in JSON that a KMS has wrapped")
)

// UnwrapKeyset reads a keyset that [Keyset.Wrap] or tinkey wrapped: Tink's JSON of an encrypted keyset. An
// error of the KMS is wrapped, so that errors.Is and errors.As find what it was.
func UnwrapKeyset(ctx context.Context, wrapped []byte, kms tink.AEADWithContext) (*Keyset, error) {
	k, err := unwrap(ctx, wrapped, kms)
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	return k, nil
}

// Wrap returns the keyset in Tink's JSON, encrypted by the KMS without associated data, as tinkey does it.
// The keys' ids, types and states stay readable in it. An error of the KMS is wrapped.
func (k *Keyset) Wrap(ctx context.Context, kms tink.AEADWithContext) ([]byte, error) {
	handle, err := k.open()
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	if kms == nil {
		return nil, fmt.Errorf("tinkseal: %w", errNoKMS)
	}
	call := &kmsCall{kms: kms}
	var b bytes.Buffer
	if err := handle.WriteWithContext(ctx, keyset.NewJSONWriter(&b), call, nil); err != nil {
		return nil, fmt.Errorf("tinkseal: wrap the keyset: %w", call.cause())
	}
	return b.Bytes(), nil
}

// WithContext makes a [tink.AEADWithContext] of a KMS client that takes no context, which some of Tink's
// are. An ended context is answered before the KMS is asked; a call under way is not cut short.
func WithContext(kms tink.AEAD) tink.AEADWithContext {
	if kms == nil {
		return nil
	}
	return contextless{kms}
}

func unwrap(ctx context.Context, wrapped []byte, kms tink.AEADWithContext) (*Keyset, error) {
	if kms == nil {
		return nil, errNoKMS
	}
	if len(bytes.TrimSpace(wrapped)) == 0 {
		return nil, errEmpty
	}
	if !isWrapped(wrapped) {
		return nil, errNotWrapped
	}
	call := &kmsCall{kms: kms}
	handle, err := keyset.ReadWithContext(ctx, keyset.NewJSONReader(bytes.NewReader(wrapped)), call, nil)
	if err != nil {
		return nil, fmt.Errorf("unwrap the keyset: %w", call.cause())
	}
	if err := check(handle); err != nil {
		return nil, err
	}
	return &Keyset{handle: func() *keyset.Handle { return handle }}, nil
}

// kmsCall keeps the error of a KMS, which Tink flattens to text.
type kmsCall struct {
	kms   tink.AEADWithContext
	asked bool
	err   error
}

// cause is why Tink failed: the KMS's error, or what is wrong before or after its call. Tink's own words
// are left out, since they could quote the keyset.
func (c *kmsCall) cause() error {
	switch {
	case c.err != nil:
		return fmt.Errorf("the KMS: %w", c.err)
	case !c.asked:
		return errNotWrapped
	}
	return errBroken
}

func (c *kmsCall) EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) (out []byte, err error) {
	c.asked = true
	out, c.err = c.kms.EncryptWithContext(ctx, plaintext, associatedData)
	return out, c.err
}

func (c *kmsCall) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) (out []byte, err error) {
	c.asked = true
	out, c.err = c.kms.DecryptWithContext(ctx, ciphertext, associatedData)
	return out, c.err
}

type contextless struct{ kms tink.AEAD }

func (c contextless) EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.kms.Encrypt(plaintext, associatedData)
}

func (c contextless) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.kms.Decrypt(ciphertext, associatedData)
}
