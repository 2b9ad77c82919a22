package tinkseal

import (
	"strings"
	"testing"
)

func rotated(t *testing.T, keys *Keyset, steps ...func(*Keyset) (*Keyset, error)) *Keyset {
	t.Helper()
	for _, step := range steps {
		var err error
		if keys, err = step(keys); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestARotationStrandsNothing(t *testing.T) {
	t.Parallel()
	first := newKeyset(t)
	before := sealed(t, first)

	added := rotated(t, first, (*Keyset).AddKey)
	if !opens(t, added, before) {
		t.Error("with a key added, what was sealed before does not open")
	}
	if !opens(t, first, sealed(t, added)) {
		t.Error("a key that was only added seals, and replicas that do not know it open nothing")
	}

	promoted := rotated(t, added, (*Keyset).Promote)
	after := sealed(t, promoted)
	if !opens(t, promoted, before) {
		t.Error("with the new key promoted, what was sealed before does not open")
	}
	if !opens(t, added, after) {
		t.Error("a replica that knows the new key does not open what it sealed elsewhere")
	}
	if opens(t, first, after) {
		t.Error("promoted, the new key does not seal")
	}

	disabled := rotated(t, promoted, (*Keyset).DisableOld)
	if opens(t, disabled, before) || !opens(t, disabled, after) {
		t.Error("with the old key disabled, it opens, or the new one does not")
	}
	if !opens(t, rotated(t, disabled, (*Keyset).EnableOld), before) {
		t.Error("enabled again, the old key does not open")
	}

	deleted := rotated(t, disabled, (*Keyset).DeleteDisabled)
	if opens(t, rotated(t, deleted, (*Keyset).EnableOld), before) || !opens(t, deleted, after) {
		t.Error("with the old key deleted, it opens, or the new one does not")
	}
	if strings.Contains(deleted.String(), ",") {
		t.Errorf("a rotation left more than one key: %s", deleted)
	}
}

func TestAKeysetNeverChanges(t *testing.T) {
	t.Parallel()
	keys := rotated(t, newKeyset(t), (*Keyset).AddKey)
	before := keys.String()
	rotated(t, keys, (*Keyset).AddKey)
	rotated(t, keys, (*Keyset).Promote)
	rotated(t, keys, (*Keyset).DisableOld, (*Keyset).DeleteDisabled)
	if after := keys.String(); after != before {
		t.Errorf("it was the %s and is the %s", before, after)
	}
}

func TestOnlyAKeyThatWasAddedIsPromoted(t *testing.T) {
	t.Parallel()
	keys := newKeyset(t)
	if _, err := keys.Promote(); err == nil {
		t.Error("Promote succeeded without a new key")
	}
	done := rotated(t, keys, (*Keyset).AddKey, (*Keyset).Promote)
	if _, err := done.Promote(); err == nil {
		t.Error("Promote succeeded twice for one new key")
	}
	disabled := rotated(t, keys, (*Keyset).AddKey, (*Keyset).DisableOld)
	if _, err := disabled.Promote(); err == nil {
		t.Error("Promote succeeded with a disabled key")
	}
}

func TestDeletingDeletesOnlyDisabledKeys(t *testing.T) {
	t.Parallel()
	keys := rotated(t, newKeyset(t), (*Keyset).AddKey, (*Keyset).Promote)
	before := keys.String()
	if after := rotated(t, keys, (*Keyset).DeleteDisabled).String(); after != before {
		t.Errorf("DeleteDisabled turned the %s into the %s", before, after)
	}
}

func TestAKeysetNamesItsKeys(t *testing.T) {
	t.Parallel()
	keys := rotated(t, newKeyset(t), (*Keyset).AddKey, (*Keyset).Promote, (*Keyset).DisableOld, (*Keyset).AddKey)
	got := keys.String()
	parts := strings.Split(strings.TrimPrefix(got, "keyset of "), ", ")
	if len(parts) != 3 || !strings.HasSuffix(parts[0], " (disabled)") || !strings.HasSuffix(parts[1], " (primary)") || strings.Contains(parts[2], "(") {
		t.Errorf("String = %q", got)
	}
}
