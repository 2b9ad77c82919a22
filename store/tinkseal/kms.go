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
	errNotWrapped = errors.New("the data is not a Tink keyset in JSON that a KMS has wrapped")
)

// UnwrapKeyset decrypts a keyset that [Keyset.Wrap] or tinkey wrapped: Tink's JSON of an encrypted keyset.
// Its error wraps the error of the KMS, if any.
func UnwrapKeyset(ctx context.Context, wrapped []byte, kms tink.AEADWithContext) (*Keyset, error) {
	k, err := unwrap(ctx, wrapped, kms)
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %w", err)
	}
	return k, nil
}

// Wrap returns the keyset in Tink's JSON, encrypted by the KMS without associated data, as in tinkey. The
// keys' ids, types and states stay readable. Its error wraps the error of the KMS, if any.
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

// KMSFromAEAD adapts a KMS client whose methods take no context, as some of Tink's do not. The context is
// checked before each call; it does not interrupt a running one.
func KMSFromAEAD(kms tink.AEAD) tink.AEADWithContext {
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

// kmsCall records the error of a KMS, which Tink does not wrap.
type kmsCall struct {
	kms    tink.AEADWithContext
	called bool
	err    error
}

// cause returns the KMS's error, or an error for the data before or after its call. It never returns
// Tink's error, which could quote the keyset.
func (c *kmsCall) cause() error {
	switch {
	case c.err != nil:
		return fmt.Errorf("the KMS: %w", c.err)
	case !c.called:
		return errNotWrapped
	}
	return errBroken
}

func (c *kmsCall) EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) (out []byte, err error) {
	c.called = true
	out, c.err = c.kms.EncryptWithContext(ctx, plaintext, associatedData)
	return out, c.err
}

func (c *kmsCall) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) (out []byte, err error) {
	c.called = true
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
