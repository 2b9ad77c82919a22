// What the rules of the suite for sealers check.

package warehousetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/warehousekit/warehousekit/warehouse"
)

func checkRoundTrip(ctx context.Context, sealer warehouse.Sealer) error {
	for _, size := range []int{0, 1, 48, 4 << 10, 64 << 10} {
		plaintext := randomBytes(size)
		if err := roundTrip(ctx, sealer, plaintext, rowData("org")); err != nil {
			return fmt.Errorf("of %d bytes %w", size, err)
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
	if err := mustNotOpen(ctx, sealer, sealed, rowData("other org"), "the associated data of another organisation's row"); err != nil {
		return err
	}
	for i := range data {
		if err := mustNotOpen(ctx, sealer, sealed, flipped(data, i), fmt.Sprintf("byte %d of the associated data changed", i)); err != nil {
			return err
		}
	}
	for what, other := range map[string][]byte{
		"its last byte cut off":   data[:len(data)-1],
		"a byte added at its end": append(slices.Clone(data), 0),
		"none":                    nil,
	} {
		if err := mustNotOpen(ctx, sealer, sealed, other, "the associated data changed: "+what); err != nil {
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
	for _, i := range positions(len(sealed)) {
		for what, forged := range map[string][]byte{
			"changed":               flipped(sealed, i),
			"and what follows cut":  sealed[:i],
			"and what precedes cut": sealed[i+1:],
		} {
			if err := mustNotOpen(ctx, sealer, forged, data, fmt.Sprintf("byte %d of the %d sealed bytes %s", i, len(sealed), what)); err != nil {
				return err
			}
		}
	}
	another, err := mustSeal(ctx, sealer, []byte("secret"), data)
	if err != nil {
		return err
	}
	half := len(sealed) / 2
	for what, forged := range map[string][]byte{
		"a byte added at the end":                append(slices.Clone(sealed), 0xff),
		"the halves of two sealed texts joined":  append(slices.Clone(sealed[:half]), another[min(half, len(another)):]...),
		"64 random bytes in place of the sealed": randomBytes(64),
	} {
		if err := mustNotOpen(ctx, sealer, forged, data, what); err != nil {
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
	if form := reveals(sealed, plaintext); form != "" {
		return fmt.Errorf("the sealed bytes hold some of it %s", form)
	}
	return nil
}

func checkArgumentsUnchanged(ctx context.Context, sealer warehouse.Sealer) error {
	// Each argument has room behind it, which an append would write to.
	plaintext, plaintextChanged := watched([]byte("secret"))
	data, dataChanged := watched(rowData("org"))
	sealed, err := mustSeal(ctx, sealer, plaintext, data)
	if err != nil {
		return err
	}
	if plaintextChanged() || dataChanged() {
		return errors.New("Seal wrote to its arguments, or behind them")
	}
	sealed, sealedChanged := watched(sealed)
	if _, err := sealer.Open(ctx, sealed, data); err != nil {
		return fmt.Errorf("Open failed: %w", err)
	}
	if sealedChanged() || dataChanged() {
		return errors.New("Open wrote to its arguments, or behind them")
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
		return errors.New("what Seal returned changed with its arguments")
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

func checkEndedContext(ctx context.Context, sealer warehouse.Sealer) error {
	sealed, err := mustSeal(ctx, sealer, []byte("secret"), rowData("org"))
	if err != nil {
		return err
	}
	for what, ended := range endedContexts(ctx) {
		if _, err := sealer.Seal(ended, []byte("secret"), rowData("org")); err == nil {
			return fmt.Errorf("Seal succeeded with a context that was %s", what)
		}
		_, err := sealer.Open(ended, sealed, rowData("org"))
		switch {
		case err == nil:
			return fmt.Errorf("Open succeeded with a context that was %s", what)
		case errors.Is(err, warehouse.ErrNotAuthentic):
			return fmt.Errorf("Open answered a context that was %s with warehouse.ErrNotAuthentic", what)
		}
	}
	return nil
}

func checkErrors(ctx context.Context, sealer warehouse.Sealer) error {
	plaintext, data := randomBytes(64), rowData("org")
	sealed, err := mustSeal(ctx, sealer, plaintext, data)
	if err != nil {
		return err
	}
	var found []error
	collect := func(_ []byte, err error) { found = append(found, err) }
	collect(sealer.Open(ctx, sealed, rowData("other org")))
	for _, i := range positions(len(sealed)) {
		collect(sealer.Open(ctx, flipped(sealed, i), data))
		collect(sealer.Open(ctx, sealed[:i], data))
	}
	for _, ended := range endedContexts(ctx) {
		collect(sealer.Seal(ended, plaintext, data))
		collect(sealer.Open(ended, sealed, data))
	}
	for _, err := range found {
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			if form := reveals(fmt.Appendf(nil, verb, err), plaintext); form != "" {
				return fmt.Errorf("an error of type %T holds some of it %s, printed with %s", err, form, verb)
			}
		}
	}
	return nil
}

func checkConcurrency(ctx context.Context, sealer warehouse.Sealer) error {
	const goroutines = 100
	errs := make([]error, goroutines)
	var all sync.WaitGroup
	for i := range goroutines {
		all.Go(func() {
			errs[i] = roundTrip(ctx, sealer, randomBytes(256), rowData(fmt.Sprint("org ", i)))
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("of %d goroutines at once, one %w", goroutines, err)
		}
	}
	return nil
}

func roundTrip(ctx context.Context, sealer warehouse.Sealer, plaintext, data []byte) error {
	sealed, err := mustSeal(ctx, sealer, plaintext, data)
	if err != nil {
		return err
	}
	got, err := sealer.Open(ctx, sealed, data)
	if err != nil {
		return fmt.Errorf("did not open: %w", err)
	}
	if !bytes.Equal(got, plaintext) {
		return fmt.Errorf("came back as %d other bytes", len(got))
	}
	return nil
}

func mustSeal(ctx context.Context, sealer warehouse.Sealer, plaintext, data []byte) ([]byte, error) {
	sealed, err := sealer.Seal(ctx, plaintext, data)
	if err != nil {
		return nil, fmt.Errorf("did not seal: %w", err)
	}
	if len(sealed) == 0 {
		return nil, errors.New("was sealed into no bytes at all") // which a store takes for "unchanged"
	}
	return sealed, nil
}

// mustNotOpen gives Open copies, so that a sealer which writes to its arguments spoils no other case.
func mustNotOpen(ctx context.Context, sealer warehouse.Sealer, sealed, data []byte, what string) error {
	got, err := sealer.Open(ctx, slices.Clone(sealed), slices.Clone(data))
	switch {
	case err == nil:
		return fmt.Errorf("Open succeeded with %s", what)
	case !errors.Is(err, warehouse.ErrNotAuthentic):
		return fmt.Errorf("Open answered %s with an error that does not wrap warehouse.ErrNotAuthentic: %w", what, err)
	case len(got) > 0:
		return fmt.Errorf("Open returned %d bytes beside its error with %s", len(got), what)
	}
	return nil
}

func endedContexts(ctx context.Context) map[string]context.Context {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithTimeout(ctx, 0)
	cancel()
	return map[string]context.Context{"cancelled": cancelled, "past its deadline": late}
}
