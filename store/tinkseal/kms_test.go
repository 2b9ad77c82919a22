package tinkseal

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/warehousekit/warehousekit/warehouse"
)

func newKMS(t *testing.T) tink.AEADWithContext {
	t.Helper()
	uri, err := fakekms.NewKeyURI()
	if err != nil {
		t.Fatal(err)
	}
	kms, err := fakekms.NewAEAD(uri)
	if err != nil {
		t.Fatal(err)
	}
	return KMSFromAEAD(kms)
}

var errThrottled = errors.New("kms: throttled")

// brokenKMS returns the same result for every call.
type brokenKMS struct {
	out []byte
	err error
}

func (k brokenKMS) EncryptWithContext(context.Context, []byte, []byte) ([]byte, error) {
	return k.out, k.err
}

func (k brokenKMS) DecryptWithContext(context.Context, []byte, []byte) ([]byte, error) {
	return k.out, k.err
}

func TestWrap(t *testing.T) {
	t.Parallel()
	keys, kms := newKeyset(t), newKMS(t)
	wrapped, err := keys.Wrap(t.Context(), kms)
	if err != nil {
		t.Fatal(err)
	}
	unwrapped, err := UnwrapKeyset(t.Context(), wrapped, kms)
	if err != nil {
		t.Fatal(err)
	}
	if !opens(t, unwrapped, sealed(t, keys)) {
		t.Error("the unwrapped keyset does not open a secret of the original")
	}
	// Like tinkey: JSON without associated data.
	if _, err := keyset.ReadWithContext(t.Context(), keyset.NewJSONReader(bytes.NewReader(wrapped)), kms, nil); err != nil {
		t.Errorf("Tink cannot read it: %v", err)
	}
}

func TestWrapHidesKeys(t *testing.T) {
	t.Parallel()
	keys, err := ParseKeyset(readTestdata(t, "test-keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := keys.Wrap(t.Context(), newKMS(t))
	if err != nil {
		t.Fatal(err)
	}
	mustHideKey(t, "the wrapped keyset", string(wrapped))
}

func TestKMSErrorIsWrapped(t *testing.T) {
	t.Parallel()
	keys := newKeyset(t)
	wrapped, err := keys.Wrap(t.Context(), newKMS(t))
	if err != nil {
		t.Fatal(err)
	}
	_, wrapErr := keys.Wrap(t.Context(), brokenKMS{err: errThrottled})
	_, unwrapErr := UnwrapKeyset(t.Context(), wrapped, brokenKMS{err: errThrottled})
	for _, err := range []error{wrapErr, unwrapErr} {
		if !errors.Is(err, errThrottled) {
			t.Errorf("the error is %v, want it to wrap the KMS's", err)
		}
		if errors.Is(err, warehouse.ErrNotAuthentic) {
			t.Errorf("a temporary error of the KMS is reported as final: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := UnwrapKeyset(ctx, wrapped, newKMS(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("UnwrapKeyset = %v, want context.Canceled", err)
	}
	if _, err := keys.Wrap(ctx, newKMS(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("Wrap = %v, want context.Canceled", err)
	}
	if _, err := UnwrapKeyset(t.Context(), wrapped, newKMS(t)); err == nil {
		t.Error("UnwrapKeyset succeeds with another KMS key")
	}
}

func TestUnwrapKeysetErrors(t *testing.T) {
	t.Parallel()
	wrapped, err := newKeyset(t).Wrap(t.Context(), newKMS(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, data string
		kms        tink.AEADWithContext
		want       string
	}{
		{"nothing", "", newKMS(t), "the keyset is empty"},
		{"text", "hunter2", newKMS(t), "not a Tink keyset in JSON that a KMS has wrapped"},
		{"a keyset in the clear", string(readTestdata(t, "test-keyset.json")), newKMS(t), "not a Tink keyset in JSON that a KMS has wrapped"},
		{"unknown members", `{"encryptedKeyset":"aHVudGVyMg==","hunter2":1}`, newKMS(t), "not a Tink keyset in JSON that a KMS has wrapped"},
		{"a KMS that returns something else", string(wrapped), brokenKMS{out: []byte("hunter2")}, "the keyset contains a key that Tink cannot use"},
		{"no KMS", string(wrapped), nil, "the KMS is nil"},
		{"no KMS without a context", string(wrapped), KMSFromAEAD(nil), "the KMS is nil"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := UnwrapKeyset(t.Context(), []byte(test.data), test.kms)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("UnwrapKeyset = %v, want %q in the error", err, test.want)
			}
		})
	}
}
