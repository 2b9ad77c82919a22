package tinkseal

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// AddKey returns the keyset with a new AES-256-GCM key. The key opens but does not seal until
// [Keyset.Promote].
func (k *Keyset) AddKey() (*Keyset, error) {
	return k.edit("add a key", func(m *keyset.Manager, _ *keyset.Handle) error {
		_, err := m.Add(aead.AES256GCMKeyTemplate())
		return err
	})
}

// Promote returns the keyset with its newest enabled key as the primary key. It returns an error if that
// key already is the primary key.
//
// Every process that opens must have loaded the new key before any process seals with it.
func (k *Keyset) Promote() (*Keyset, error) {
	return k.edit("promote a key", func(m *keyset.Manager, handle *keyset.Handle) error {
		for i := handle.Len() - 1; i >= 0; i-- {
			entry, err := handle.Entry(i)
			switch {
			case err != nil:
				return err
			case entry.IsPrimary():
				return errors.New("the newest key already is the primary key: add one first")
			case entry.KeyStatus() == keyset.Enabled:
				return m.SetPrimary(entry.KeyID())
			}
		}
		return errNoPrimary
	})
}

// DisableOld returns the keyset with all keys except the primary one disabled. They no longer open
// secrets, but stay in the keyset.
func (k *Keyset) DisableOld() (*Keyset, error) {
	return k.edit("disable the old keys", func(m *keyset.Manager, handle *keyset.Handle) error {
		return forEach(handle, keyset.Enabled, m.Disable)
	})
}

// EnableOld returns the keyset with all disabled keys enabled. It reverts [Keyset.DisableOld].
func (k *Keyset) EnableOld() (*Keyset, error) {
	return k.edit("enable the old keys", func(m *keyset.Manager, handle *keyset.Handle) error {
		return forEach(handle, keyset.Disabled, m.Enable)
	})
}

// DeleteDisabled returns the keyset without its disabled keys. Their secrets can never be
// opened again.
func (k *Keyset) DeleteDisabled() (*Keyset, error) {
	return k.edit("delete the disabled keys", func(m *keyset.Manager, handle *keyset.Handle) error {
		return forEach(handle, keyset.Disabled, m.Delete)
	})
}

func (k *Keyset) edit(op string, change func(*keyset.Manager, *keyset.Handle) error) (*Keyset, error) {
	handle, err := k.open()
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %s: %w", op, err)
	}
	m := keyset.NewManagerFromHandle(handle)
	if err := change(m, handle); err != nil {
		return nil, fmt.Errorf("tinkseal: %s: %w", op, err)
	}
	changed, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("tinkseal: %s: %w", op, err)
	}
	return KeysetFromHandle(changed)
}

// forEach calls do with the id of each key of the given status, except the primary key.
func forEach(handle *keyset.Handle, status keyset.KeyStatus, do func(id uint32) error) error {
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			return err
		}
		if entry.KeyStatus() != status || entry.IsPrimary() {
			continue
		}
		if err := do(entry.KeyID()); err != nil {
			return err
		}
	}
	return nil
}
