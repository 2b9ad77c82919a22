// Work on all rows, whatever their organisation: checking that the secrets open, and sealing them anew.

package warehouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maintenanceBatch is how many rows are read at once.
const maintenanceBatch = 100

// An UnopenableError lists connections whose secrets do not open. It wraps [ErrNotAuthentic].
type UnopenableError struct {
	Checked int      // how many rows were looked at
	IDs     []string // of those that did not open
}

// Error names the connections, the first few of them.
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

// Verify opens the secrets of up to the given number of rows, picked at random; 0 means 100. A host
// calls it when it starts, so that a lost or wrong keyset is found then, and not by a customer's first
// test. It returns an [*UnopenableError] if there are rows that do not open: with the wrong keyset, all
// that were checked, and then a host should not start; fewer mean that those rows are lost, which is to be
// logged and no reason to let the others wait. Any other error means that it could not be found out.
func (s *Service) Verify(ctx context.Context, rows int) error {
	if rows <= 0 {
		rows = 100
	}
	// Ids are random, so the rows from a random place on are a random sample.
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

// ResealProgress says how far a [Service.Reseal] has come.
type ResealProgress struct {
	After    string // the id of the last row that is done: another Reseal goes on from here
	Resealed int    // rows that were sealed anew since this Reseal began
}

// Reseal opens the secrets of every row and seals them anew, so that after a rotation nothing is left that
// the old key sealed. It begins after the row of the given id, "" for all, and works while the service
// runs: a row that is changed or deleted meanwhile loses nothing. After each batch, and at the end, it
// tells progress, which may be nil.
//
// A row that does not open is skipped, and named in the [*UnopenableError] at the end. Any other error,
// ctx's included, stops it; the last progress says from where to go on.
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

// reseal seals one row anew, and again if others changed its sealed bytes meanwhile: what they wrote may
// still be under the old key.
func (s *Service) reseal(ctx context.Context, row Row) (bool, error) {
	for range changeAttempts {
		sealed, err := s.sealedAnew(ctx, row)
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
	return false, fmt.Errorf("warehouse: seal connection %s anew: %w", row.ID, ErrChanged)
}

// sealedAnew seals the very bytes that it opens, so that nothing in them is lost that this version does
// not know of.
func (s *Service) sealedAnew(ctx context.Context, row Row) ([]byte, error) {
	plaintext, err := openBytes(ctx, s.sealer, row)
	if err != nil {
		return nil, err
	}
	defer clear(plaintext)
	return sealBytes(ctx, s.sealer, row.Connection, plaintext)
}
