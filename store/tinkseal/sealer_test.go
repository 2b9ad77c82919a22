package tinkseal

import (
	"context"
	"errors"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func newKeyset(t *testing.T) *Keyset {
	t.Helper()
	keys, err := NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func newSealer(t *testing.T, keys *Keyset) *Sealer {
	t.Helper()
	sealer, err := New(keys)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func TestSealer(t *testing.T) {
	t.Parallel()
	warehousetest.TestSealer(t, newSealer(t, newKeyset(t)))
}

func TestSealerWithManyKeys(t *testing.T) {
	t.Parallel()
	keys := rotated(t, newKeyset(t), (*Keyset).AddKey, (*Keyset).Promote, (*Keyset).AddKey)
	warehousetest.TestSealer(t, newSealer(t, keys))
}

func TestSealerContext(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, newKeyset(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sealer.Seal(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Seal = %v, want context.Canceled", err)
	}
	if _, err := sealer.Open(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v, want context.Canceled", err)
	}
}

func TestOpenErrorHasNoDetails(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, newKeyset(t))
	for _, sealed := range [][]byte{nil, []byte("x"), make([]byte, 100)} {
		if _, err := sealer.Open(t.Context(), sealed, nil); err != warehouse.ErrNotAuthentic {
			t.Errorf("Open of %d bytes = %v, want warehouse.ErrNotAuthentic itself", len(sealed), err)
		}
	}
}

func TestNewRejectsZeroKeyset(t *testing.T) {
	t.Parallel()
	for _, keys := range []*Keyset{nil, {}} {
		if _, err := New(keys); !errors.Is(err, errNoKeyset) {
			t.Errorf("New = %v, want %v", err, errNoKeyset)
		}
	}
}
