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

func TestRotation(t *testing.T) {
	t.Parallel()
	first := newKeyset(t)
	before := sealed(t, first)

	added := rotated(t, first, (*Keyset).AddKey)
	if !opens(t, added, before) {
		t.Error("after AddKey, a secret of the old key does not open")
	}
	if !opens(t, first, sealed(t, added)) {
		t.Error("after AddKey, the new key seals already, and other replicas cannot open the result")
	}

	promoted := rotated(t, added, (*Keyset).Promote)
	after := sealed(t, promoted)
	if !opens(t, promoted, before) {
		t.Error("after Promote, a secret of the old key does not open")
	}
	if !opens(t, added, after) {
		t.Error("after AddKey, a secret that another replica sealed with the new key does not open")
	}
	if opens(t, first, after) {
		t.Error("after Promote, the new key does not seal")
	}

	disabled := rotated(t, promoted, (*Keyset).DisableOld)
	if opens(t, disabled, before) || !opens(t, disabled, after) {
		t.Error("after DisableOld, the old key opens, or the new one does not")
	}
	if !opens(t, rotated(t, disabled, (*Keyset).EnableOld), before) {
		t.Error("after EnableOld, the old key does not open")
	}

	deleted := rotated(t, disabled, (*Keyset).DeleteDisabled)
	if opens(t, rotated(t, deleted, (*Keyset).EnableOld), before) || !opens(t, deleted, after) {
		t.Error("after DeleteDisabled, the old key opens, or the new one does not")
	}
	if strings.Contains(deleted.String(), ",") {
		t.Errorf("the rotation left more than one key: %s", deleted)
	}
}

func TestRotationKeepsReceiver(t *testing.T) {
	t.Parallel()
	keys := rotated(t, newKeyset(t), (*Keyset).AddKey)
	before := keys.String()
	rotated(t, keys, (*Keyset).AddKey)
	rotated(t, keys, (*Keyset).Promote)
	rotated(t, keys, (*Keyset).DisableOld, (*Keyset).DeleteDisabled)
	if after := keys.String(); after != before {
		t.Errorf("the %s became the %s", before, after)
	}
}

func TestPromoteErrors(t *testing.T) {
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

func TestDeleteDisabledKeepsEnabledKeys(t *testing.T) {
	t.Parallel()
	keys := rotated(t, newKeyset(t), (*Keyset).AddKey, (*Keyset).Promote)
	before := keys.String()
	if after := rotated(t, keys, (*Keyset).DeleteDisabled).String(); after != before {
		t.Errorf("DeleteDisabled turned the %s into the %s", before, after)
	}
}

func TestKeysetString(t *testing.T) {
	t.Parallel()
	keys := rotated(t, newKeyset(t), (*Keyset).AddKey, (*Keyset).Promote, (*Keyset).DisableOld, (*Keyset).AddKey)
	got := keys.String()
	parts := strings.Split(strings.TrimPrefix(got, "keyset of "), ", ")
	if len(parts) != 3 || !strings.HasSuffix(parts[0], " (disabled)") || !strings.HasSuffix(parts[1], " (primary)") || strings.Contains(parts[2], "(") {
		t.Errorf("String = %q", got)
	}
}
