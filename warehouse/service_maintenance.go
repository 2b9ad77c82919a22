package warehouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maintenanceBatch is how many rows are read at a time.
const maintenanceBatch = 100

// An UnopenableError lists connections whose secrets do not open. It wraps [ErrNotAuthentic].
type UnopenableError struct {
	Checked int      // number of rows checked
	IDs     []string // of the rows that did not open
}

// Error returns a message with the first few IDs.
func (e *UnopenableError) Error() string {
	const most = 10
	ids := strings.Join(e.IDs[:min(most, len(e.IDs))], ", ")
	if len(e.IDs) > most {
		ids += ", …"
	}
	return fmt.Sprintf("%v: %d of %d connections: %s", ErrNotAuthentic, len(e.IDs), e.Checked, ids)
}

// Unwrap returns [ErrNotAuthentic].
func (e *UnopenableError) Unwrap() error { return ErrNotAuthentic }

// Verify opens the secrets of the given number of rows, chosen at random; if zero, 100. Call it when a
// host starts, to detect a lost or wrong keyset. Verify returns an [*UnopenableError] if rows do not open.
// If none of the checked rows opens, the keyset is wrong and the host should not start. If only some do
// not open, those are lost: log them and start. Any other error means that the check failed.
func (s *Service) Verify(ctx context.Context, rows int) error {
	if rows <= 0 {
		rows = 100
	}
	// IDs are random, so the rows that follow a random one are a random sample.
	found := UnopenableError{}
	from := newID()
	after, wrapped := from, false
	for found.Checked < rows {
		page, err := s.store.Page(ctx, after, min(maintenanceBatch, rows-found.Checked))
		if err != nil {
			return err
		}
		for _, row := range page {
			if wrapped && row.ID > from {
				return found.orNil()
			}
			if err := s.check(ctx, row, &found); err != nil {
				return err
			}
			after = row.ID
		}
		if len(page) == 0 {
			if wrapped {
				break
			}
			after, wrapped = "", true
		}
	}
	return found.orNil()
}

func (e *UnopenableError) orNil() error {
	if len(e.IDs) == 0 {
		return nil
	}
	return e
}

func (s *Service) check(ctx context.Context, row Row, found *UnopenableError) error {
	found.Checked++
	plaintext, err := openBytes(ctx, s.sealer, row)
	if err == nil {
		defer clear(plaintext)
		if _, err := secretsIn(row, plaintext); err == nil {
			return nil
		}
	} else if !errors.Is(err, ErrNotAuthentic) {
		return err
	}
	found.IDs = append(found.IDs, row.ID)
	return nil
}

// ResealProgress is the progress of a [Service.Reseal].
type ResealProgress struct {
	After    string // the ID of the last row done, from which another Reseal can continue
	Resealed int    // number of rows resealed by this call
}

// Reseal opens and seals the secrets of every row again. After a rotation of the sealer's keys, nothing is
// then sealed with the old key. It starts after the row with the given ID, or with the first row if "",
// and is safe while the service runs. It calls progress, which may be nil, after each batch.
//
// Reseal skips rows that do not open, and returns their IDs in an [*UnopenableError] at the end. It stops
// at any other error, including ctx's; another Reseal can continue from the last progress.
func (s *Service) Reseal(ctx context.Context, after string, progress func(ResealProgress)) error {
	done := ResealProgress{After: after}
	failed := UnopenableError{}
	for {
		page, err := s.store.Page(ctx, done.After, maintenanceBatch)
		if err != nil {
			return err
		}
		for _, row := range page {
			resealed, err := s.reseal(ctx, row)
			failed.Checked++
			switch {
			case errors.Is(err, ErrNotAuthentic):
				failed.IDs = append(failed.IDs, row.ID)
			case err != nil:
				return err
			case resealed:
				done.Resealed++
			}
			done.After = row.ID
		}
		if progress != nil {
			progress(done)
		}
		if len(page) < maintenanceBatch {
			return failed.orNil()
		}
	}
}

// reseal seals one row again. If its sealed bytes changed in between, it retries, since the new ones may
// be sealed with the old key.
func (s *Service) reseal(ctx context.Context, row Row) (bool, error) {
	for range changeAttempts {
		sealed, err := s.resealed(ctx, row)
		if err != nil {
			return false, err
		}
		err = s.store.Reseal(ctx, row.Organisation, row.ID, slices.Clone(row.Sealed), sealed)
		if err == nil || errors.Is(err, ErrNotFound) {
			return err == nil, nil
		}
		if !errors.Is(err, ErrChanged) {
			return false, err
		}
		if row, err = s.store.Get(ctx, row.Organisation, row.ID); errors.Is(err, ErrNotFound) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return false, fmt.Errorf("warehouse: reseal connection %s: %w", row.ID, ErrChanged)
}

// resealed returns the secrets of a row, sealed again. Those of version 1 are then bound to the row as it
// is. Others are not encoded again, which keeps members that only a later version knows.
func (s *Service) resealed(ctx context.Context, row Row) ([]byte, error) {
	plaintext, err := openBytes(ctx, s.sealer, row)
	if err != nil {
		return nil, err
	}
	defer clear(plaintext)
	kept, err := secretsIn(row, plaintext)
	switch {
	case errors.Is(err, ErrNotAuthentic):
		return nil, err
	case err == nil && kept.version == 1:
		return seal(ctx, s.sealer, row.Connection, kept)
	}
	return sealBytes(ctx, s.sealer, row.Connection, plaintext)
}
