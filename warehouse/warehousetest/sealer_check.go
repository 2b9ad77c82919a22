package warehousetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/warehousekit/warehousekit/warehouse"
)

func checkRoundTrip(ctx context.Context, sealer warehouse.Sealer) error {
	for _, size := range []int{0, 1, 48, 4 << 10, 64 << 10} {
		plaintext := randomBytes(size)
		if err := roundTrip(ctx, sealer, plaintext, rowData("org")); err != nil {
			return fmt.Errorf("%d bytes: %w", size, err)
		}
	}
	return nil
}

func checkAssociatedData(ctx context.Context, sealer warehouse.Sealer) error {
	data := rowData("org")
	sealed, err := mustSeal(ctx, sealer, []byte("secret"), data)
	if err != nil {
		return err
	}
	others := map[string][]byte{
		"of another organisation": rowData("other org"),
		"without its last byte":   data[:len(data)-1],
		"with a byte added":       append(slices.Clone(data), 0),
		"that is nil":             nil,
	}
	for i := range data {
		others[fmt.Sprintf("with byte %d changed", i)] = flipped(data, i)
	}
	for how, other := range others {
		if err := mustNotOpen(ctx, sealer, sealed, other, "associated data "+how); err != nil {
			return err
		}
	}
	return nil
}

func checkTampering(ctx context.Context, sealer warehouse.Sealer) error {
	data := rowData("org")
	sealed, err := mustSeal(ctx, sealer, []byte("secret"), data)
	if err != nil {
		return err
	}
	another, err := mustSeal(ctx, sealer, []byte("secret"), data)
	if err != nil {
		return err
	}
	half := len(sealed) / 2
	forgeries := map[string][]byte{
		"a byte added":                append(slices.Clone(sealed), 0xff),
		"halves of two sealed values": append(slices.Clone(sealed[:half]), another[min(half, len(another)):]...),
		"64 random bytes":             randomBytes(64),
	}
	for _, i := range positions(len(sealed)) {
		forgeries[fmt.Sprintf("byte %d of %d changed", i, len(sealed))] = flipped(sealed, i)
		forgeries[fmt.Sprintf("the first %d of %d bytes", i, len(sealed))] = sealed[:i]
		forgeries[fmt.Sprintf("the last %d of %d bytes", len(sealed)-i-1, len(sealed))] = sealed[i+1:]
	}
	for how, forged := range forgeries {
		if err := mustNotOpen(ctx, sealer, forged, data, how); err != nil {
			return err
		}
	}
	return nil
}

func checkFresh(ctx context.Context, sealer warehouse.Sealer) error {
	seen := make(map[string]bool)
	for range 8 {
		sealed, err := mustSeal(ctx, sealer, []byte("secret"), rowData("org"))
		if err != nil {
			return err
		}
		if seen[string(sealed)] {
			return errors.New("Seal returned the same bytes twice")
		}
		seen[string(sealed)] = true
	}
	return nil
}

func checkHidden(ctx context.Context, sealer warehouse.Sealer) error {
	plaintext := randomBytes(256)
	sealed, err := mustSeal(ctx, sealer, plaintext, rowData("org"))
	if err != nil {
		return err
	}
	if form := newSecret("", plaintext, "").in(string(sealed)); form != "" {
		return fmt.Errorf("the sealed bytes contain the plaintext %s", form)
	}
	return nil
}

func checkArgumentsUnchanged(ctx context.Context, sealer warehouse.Sealer) error {
	// The spare capacity of the arguments finds a sealer that appends to them.
	plaintext, plaintextChanged := watched([]byte("secret"))
	data, dataChanged := watched(rowData("org"))
	sealed, err := mustSeal(ctx, sealer, plaintext, data)
	if err != nil {
		return err
	}
	if plaintextChanged() || dataChanged() {
		return errors.New("Seal wrote to its arguments or their spare capacity")
	}
	sealed, sealedChanged := watched(sealed)
	if _, err := sealer.Open(ctx, sealed, data); err != nil {
		return fmt.Errorf("Open failed: %w", err)
	}
	if sealedChanged() || dataChanged() {
		return errors.New("Open wrote to its arguments or their spare capacity")
	}
	return nil
}

func checkNothingKept(ctx context.Context, sealer warehouse.Sealer) error {
	want := randomBytes(48)
	plaintext, data := slices.Clone(want), rowData("org")
	returned, err := mustSeal(ctx, sealer, plaintext, data)
	if err != nil {
		return err
	}
	sealed := slices.Clone(returned)
	clear(plaintext)
	clear(data)
	if !bytes.Equal(returned, sealed) {
		return errors.New("the result of Seal changed with its arguments")
	}
	clear(returned)

	data = rowData("org")
	for _, when := range []string{"after Seal's arguments and result were overwritten", "after Open's were"} {
		passed := slices.Clone(sealed)
		got, err := sealer.Open(ctx, passed, data)
		if err != nil {
			return fmt.Errorf("Open failed %s: %w", when, err)
		}
		clear(passed)
		clear(data)
		if !bytes.Equal(got, want) {
			return fmt.Errorf("Open returned another plaintext %s", when)
		}
		clear(got)
		data = rowData("org")
	}
	return nil
}

func checkSealerContext(ctx context.Context, sealer warehouse.Sealer) error {
	sealed, err := mustSeal(ctx, sealer, []byte("secret"), rowData("org"))
	if err != nil {
		return err
	}
	for how, ended := range endedContexts(ctx) {
		if _, err := sealer.Seal(ended, []byte("secret"), rowData("org")); err == nil {
			return fmt.Errorf("Seal succeeded with a context that was %s", how)
		}
		if _, err := sealer.Open(ended, sealed, rowData("org")); err == nil || errors.Is(err, warehouse.ErrNotAuthentic) {
			return fmt.Errorf("Open with a context that was %s returned %v, want another error", how, err)
		}
	}
	return nil
}

func checkSealerErrors(ctx context.Context, sealer warehouse.Sealer) error {
	plaintext, data := randomBytes(64), rowData("org")
	sealed, err := mustSeal(ctx, sealer, plaintext, data)
	if err != nil {
		return err
	}
	var errs []error
	collect := func(_ []byte, err error) { errs = append(errs, err) }
	collect(sealer.Open(ctx, sealed, rowData("other org")))
	for _, i := range positions(len(sealed)) {
		collect(sealer.Open(ctx, flipped(sealed, i), data))
		collect(sealer.Open(ctx, sealed[:i], data))
	}
	for _, ended := range endedContexts(ctx) {
		collect(sealer.Seal(ended, plaintext, data))
		collect(sealer.Open(ended, sealed, data))
	}
	secret := newSecret("", plaintext, "")
	for _, err := range errs {
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			if form := secret.in(fmt.Sprintf(verb, err)); form != "" {
				return fmt.Errorf("an error of type %T, printed with %s, contains the plaintext %s", err, verb, form)
			}
		}
	}
	return nil
}

func checkSealerConcurrency(ctx context.Context, sealer warehouse.Sealer) error {
	return firstError(atOnce(100, func(i int) error {
		if err := roundTrip(ctx, sealer, randomBytes(256), rowData(fmt.Sprint("org ", i))); err != nil {
			return fmt.Errorf("with 100 goroutines at once, %w", err)
		}
		return nil
	}))
}

func roundTrip(ctx context.Context, sealer warehouse.Sealer, plaintext, data []byte) error {
	sealed, err := mustSeal(ctx, sealer, plaintext, data)
	if err != nil {
		return err
	}
	got, err := sealer.Open(ctx, sealed, data)
	if err != nil {
		return fmt.Errorf("Open failed: %w", err)
	}
	if !bytes.Equal(got, plaintext) {
		return fmt.Errorf("Open returned %d other bytes", len(got))
	}
	return nil
}

func mustSeal(ctx context.Context, sealer warehouse.Sealer, plaintext, data []byte) ([]byte, error) {
	sealed, err := sealer.Seal(ctx, plaintext, data)
	if err != nil {
		return nil, fmt.Errorf("Seal failed: %w", err)
	}
	if len(sealed) == 0 {
		return nil, errors.New("Seal returned no bytes") // a store takes those for "unchanged"
	}
	return sealed, nil
}

// mustNotOpen passes copies to Open, since a sealer that writes to its arguments would affect later cases.
func mustNotOpen(ctx context.Context, sealer warehouse.Sealer, sealed, data []byte, how string) error {
	got, err := sealer.Open(ctx, slices.Clone(sealed), slices.Clone(data))
	switch {
	case err == nil:
		return fmt.Errorf("Open succeeded with %s", how)
	case !errors.Is(err, warehouse.ErrNotAuthentic):
		return fmt.Errorf("Open with %s returned an error that does not wrap warehouse.ErrNotAuthentic: %w", how, err)
	case len(got) > 0:
		return fmt.Errorf("Open with %s returned %d bytes and an error", how, len(got))
	}
	return nil
}

// rowData returns associated data as package warehouse passes it: parts that follow their lengths, so with
// bytes that are not text.
func rowData(organisation string) []byte {
	var out []byte
	for _, part := range []string{"label", organisation, "wc_abc123", "MIICIjANBgkq\xff\x00"} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// flipped returns a copy with all bits of one byte flipped. In a text encoding, that is never another
// spelling of the same character.
func flipped(b []byte, i int) []byte {
	b = slices.Clone(b)
	b[i] ^= 0xff
	return b
}

// positions returns up to 100 evenly spaced indices of n bytes, including the first and the last.
func positions(n int) []int {
	out := make([]int, min(n, 100))
	for i := range out {
		out[i] = i * (n - 1) / max(len(out)-1, 1)
	}
	return out
}

// watched returns a copy of b with spare capacity, and a function that reports whether either changed.
func watched(b []byte) (copied []byte, changed func() bool) {
	whole := make([]byte, len(b)+64)
	copy(whole, b)
	before := slices.Clone(whole)
	return whole[:len(b)], func() bool { return !bytes.Equal(whole, before) }
}
