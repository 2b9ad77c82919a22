package warehousetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A hooked is a store whose methods a test replaces.
type hooked struct {
	list       func(ctx context.Context, organisation string) ([]warehouse.Row, error)
	get        func(ctx context.Context, organisation, id string) (warehouse.Row, error)
	create     func(ctx context.Context, row warehouse.Row) error
	update     func(ctx context.Context, row warehouse.Row) error
	recordTest func(ctx context.Context, row warehouse.Row, result warehouse.TestResult) error
	delete     func(ctx context.Context, organisation, id string) error
	page       func(ctx context.Context, after string, limit int) ([]warehouse.Row, error)
	reseal     func(ctx context.Context, organisation, id string, old, sealed []byte) error
}

func (h *hooked) List(ctx context.Context, organisation string) ([]warehouse.Row, error) {
	return h.list(ctx, organisation)
}
func (h *hooked) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	return h.get(ctx, organisation, id)
}
func (h *hooked) Create(ctx context.Context, row warehouse.Row) error { return h.create(ctx, row) }
func (h *hooked) Update(ctx context.Context, row warehouse.Row) error { return h.update(ctx, row) }
func (h *hooked) RecordTest(ctx context.Context, row warehouse.Row, result warehouse.TestResult) error {
	return h.recordTest(ctx, row, result)
}
func (h *hooked) Delete(ctx context.Context, organisation, id string) error {
	return h.delete(ctx, organisation, id)
}
func (h *hooked) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	return h.page(ctx, after, limit)
}
func (h *hooked) Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error {
	return h.reseal(ctx, organisation, id, old, sealed)
}

// brokenStore is a case of a store in memory some of whose methods hook replaces.
func brokenStore(name, rule string, hook func(h *hooked, s warehouse.Store)) brokenCase[warehouse.Store] {
	return brokenCase[warehouse.Store]{name: name, rule: rule, open: func(*testing.T) warehouse.Store {
		s := NewStore()
		h := &hooked{s.List, s.Get, s.Create, s.Update, s.RecordTest, s.Delete, s.Page, s.Reseal}
		hook(h, s)
		return h
	}}
}

// ignore returns err, or nil if it is the ignored one.
func ignore(ignored, err error) error {
	if errors.Is(err, ignored) {
		return nil
	}
	return err
}

// changeRow makes a store that creates another row than it is given.
func changeRow(change func(*warehouse.Row)) func(*hooked, warehouse.Store) {
	return func(h *hooked, s warehouse.Store) {
		h.create = func(ctx context.Context, row warehouse.Row) error {
			change(&row)
			return s.Create(ctx, row)
		}
	}
}

// changeResult makes a store that records another result than it is given.
func changeResult(change func(*warehouse.TestResult)) func(*hooked, warehouse.Store) {
	return beforeRecord(func(_ warehouse.Row, _ *warehouse.Row, result *warehouse.TestResult) (bool, error) {
		change(result)
		return true, nil
	})
}

// beforeRecord makes a store that calls before with the stored row in RecordTest, and returns its error if it
// returns false.
func beforeRecord(before func(stored warehouse.Row, row *warehouse.Row, result *warehouse.TestResult) (bool, error)) func(*hooked, warehouse.Store) {
	return func(h *hooked, s warehouse.Store) {
		h.recordTest = func(ctx context.Context, row warehouse.Row, result warehouse.TestResult) error {
			stored, err := s.Get(ctx, row.Organisation, row.ID)
			if err != nil {
				return err
			}
			if record, err := before(stored, &row, &result); !record {
				return err
			}
			return s.RecordTest(ctx, row, result)
		}
	}
}

// beforeUpdate makes a store that calls before with the stored row in Update.
func beforeUpdate(before func(stored warehouse.Row, row *warehouse.Row) error) func(*hooked, warehouse.Store) {
	return func(h *hooked, s warehouse.Store) {
		h.update = func(ctx context.Context, row warehouse.Row) error {
			stored, err := s.Get(ctx, row.Organisation, row.ID)
			if err == nil {
				err = before(stored, &row)
			}
			if err != nil {
				return err
			}
			if stored, err = s.Get(ctx, row.Organisation, row.ID); err != nil {
				return err
			}
			if row.Revision < 0 {
				row.Revision = stored.Revision
			}
			return s.Update(ctx, row)
		}
	}
}

// anyOrganisation returns the organisation of the row of an id.
func anyOrganisation(ctx context.Context, s warehouse.Store, id string) string {
	page, _ := s.Page(ctx, "", 1000)
	for _, row := range page {
		if row.ID == id {
			return row.Organisation
		}
	}
	return ""
}

// lateReseal replaces any sealed bytes if the old ones were stored a millisecond ago.
func lateReseal(h *hooked, s warehouse.Store) {
	h.reseal = func(ctx context.Context, organisation, id string, old, sealed []byte) error {
		stored, err := s.Get(ctx, organisation, id)
		if err != nil || !bytes.Equal(stored.Sealed, old) {
			return errors.Join(err, warehouse.ErrChanged)
		}
		time.Sleep(time.Millisecond)
		if stored, err = s.Get(ctx, organisation, id); err != nil {
			return err
		}
		return s.Reseal(ctx, organisation, id, stored.Sealed, sealed)
	}
}

func isNewer(stored warehouse.Row, result *warehouse.TestResult) bool {
	return stored.LastTest != nil && stored.LastTest.TestedAt.After(result.TestedAt)
}

func TestStoreSuite(t *testing.T) {
	t.Parallel()
	testSuite(t, storeRules, []brokenCase[warehouse.Store]{
		brokenStore("List of none is an error", "is empty at first", func(h *hooked, s warehouse.Store) {
			h.list = func(ctx context.Context, organisation string) ([]warehouse.Row, error) {
				listed, err := s.List(ctx, organisation)
				if err == nil && len(listed) == 0 {
					err = warehouse.ErrNotFound
				}
				return listed, err
			}
		}),
		brokenStore("Delete of none succeeds", "is empty at first", func(h *hooked, s warehouse.Store) {
			h.delete = func(ctx context.Context, organisation, id string) error {
				return ignore(warehouse.ErrNotFound, s.Delete(ctx, organisation, id))
			}
		}),
		brokenStore("Create resets the revision", "returns a row as it was created", changeRow(func(row *warehouse.Row) { row.Revision = 1 })),
		brokenStore("a second Create succeeds", "holds one row per organisation", func(h *hooked, s warehouse.Store) {
			h.create = func(ctx context.Context, row warehouse.Row) error {
				return ignore(warehouse.ErrExists, s.Create(ctx, row))
			}
		}),
		brokenStore("a taken id is ErrExists", "refuses an id of another organisation", func(h *hooked, s warehouse.Store) {
			h.create = func(ctx context.Context, row warehouse.Row) error {
				if err := s.Create(ctx, row); err != nil {
					return errors.Join(err, warehouse.ErrExists)
				}
				return nil
			}
		}),
		brokenStore("Delete keeps the organisation", "deletes a row completely", func(h *hooked, s warehouse.Store) {
			deleted := ""
			h.delete = func(ctx context.Context, organisation, id string) error {
				deleted = organisation
				return s.Delete(ctx, organisation, id)
			}
			h.create = func(ctx context.Context, row warehouse.Row) error {
				if row.Organisation == deleted {
					return warehouse.ErrExists
				}
				return s.Create(ctx, row)
			}
		}),
		brokenStore("Get ignores the organisation", "hides the rows of other organisations", func(h *hooked, s warehouse.Store) {
			h.get = func(ctx context.Context, _, id string) (warehouse.Row, error) {
				return s.Get(ctx, anyOrganisation(ctx, s, id), id)
			}
		}),
		brokenStore("Reseal ignores the organisation", "hides the rows of other organisations", func(h *hooked, s warehouse.Store) {
			h.reseal = func(ctx context.Context, _, id string, _, sealed []byte) error {
				row, err := s.Get(ctx, anyOrganisation(ctx, s, id), id)
				return errors.Join(err, s.Reseal(ctx, row.Organisation, id, row.Sealed, sealed))
			}
		}),
		brokenStore("organisations fold case", "compares organisations byte by byte", changeRow(func(row *warehouse.Row) {
			row.Organisation = strings.ToLower(row.Organisation)
		})),
		brokenStore("ids fold case", "compares ids byte by byte", func(h *hooked, s warehouse.Store) {
			h.get = func(ctx context.Context, organisation, id string) (warehouse.Row, error) {
				return s.Get(ctx, organisation, strings.ToLower(id))
			}
		}),
		brokenStore("Page goes backwards", "pages through all rows once and in order", func(h *hooked, s warehouse.Store) {
			h.page = func(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
				page, err := s.Page(ctx, after, limit)
				slices.Reverse(page)
				return page, err
			}
		}),
		brokenStore("Page begins at the id", "pages through all rows once and in order", func(h *hooked, s warehouse.Store) {
			h.page = func(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
				return s.Page(ctx, strings.TrimSuffix(after, "a"), limit)
			}
		}),
		brokenStore("Page ignores the limit", "pages through all rows once and in order", func(h *hooked, s warehouse.Store) {
			h.page = func(ctx context.Context, after string, _ int) ([]warehouse.Row, error) {
				return s.Page(ctx, after, 1000)
			}
		}),
		brokenStore("Page needs the row of the id", "pages on while rows are created and deleted", func(h *hooked, s warehouse.Store) {
			h.page = func(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
				if after != "" && anyOrganisation(ctx, s, after) == "" {
					return nil, nil
				}
				return s.Page(ctx, after, limit)
			}
		}),
		brokenStore("Update replaces the whole row", "updates only the fields that an update may change", func(h *hooked, s warehouse.Store) {
			h.update = func(ctx context.Context, row warehouse.Row) error {
				if err := s.Update(ctx, row); err != nil {
					return err
				}
				stored, err := s.Get(ctx, row.Organisation, row.ID)
				row.Revision, row.Sealed = stored.Revision, stored.Sealed
				return errors.Join(err, s.Delete(ctx, row.Organisation, row.ID), s.Create(ctx, row))
			}
		}),
		brokenStore("Update ignores the revision", "refuses an update at another revision", beforeUpdate(func(_ warehouse.Row, row *warehouse.Row) error {
			row.Revision = -1
			return nil
		})),
		brokenStore("Update keeps the sealed bytes", "replaces the sealed bytes with those of an update", beforeUpdate(func(stored warehouse.Row, row *warehouse.Row) error {
			row.Sealed = stored.Sealed
			return nil
		})),
		brokenStore("Update keeps the last test", "replaces the last test with that of an update", beforeUpdate(func(stored warehouse.Row, row *warehouse.Row) error {
			if row.LastTest == nil {
				row.LastTest = stored.LastTest
			}
			return nil
		})),
		brokenStore("an empty error text is a success", "returns a test result as it was recorded", changeResult(func(result *warehouse.TestResult) {
			result.Success = result.Error == ""
		})),
		brokenStore("a part of the diagnosis is dropped", "returns a test result as it was recorded", changeResult(func(result *warehouse.TestResult) {
			result.Diagnosis.Fix = ""
		})),
		brokenStore("results of any revision are recorded", "refuses a test result for another revision",
			beforeRecord(func(stored warehouse.Row, row *warehouse.Row, _ *warehouse.TestResult) (bool, error) {
				row.Revision = stored.Revision
				return true, nil
			})),
		brokenStore("a newer result hides another revision", "refuses a test result for another revision",
			beforeRecord(func(stored warehouse.Row, _ *warehouse.Row, result *warehouse.TestResult) (bool, error) {
				return !isNewer(stored, result), nil
			})),
		brokenStore("times are rounded", "keeps the newest test result", changeResult(func(result *warehouse.TestResult) {
			result.TestedAt = result.TestedAt.Truncate(time.Microsecond)
		})),
		brokenStore("a result of the same time is dropped", "keeps the newest test result",
			beforeRecord(func(stored warehouse.Row, _ *warehouse.Row, result *warehouse.TestResult) (bool, error) {
				return stored.LastTest == nil || !stored.LastTest.TestedAt.Equal(result.TestedAt), nil
			})),
		brokenStore("an older result is an error", "keeps the newest test result",
			beforeRecord(func(stored warehouse.Row, _ *warehouse.Row, result *warehouse.TestResult) (bool, error) {
				return !isNewer(stored, result), warehouse.ErrChanged
			})),
		brokenStore("the later time always wins", "records the result of a later test after the clock has stepped back",
			beforeRecord(func(_ warehouse.Row, row *warehouse.Row, _ *warehouse.TestResult) (bool, error) {
				row.LastTest = nil
				return true, nil
			})),
		brokenStore("results of earlier configs count", "records a first test result of any time", func(h *hooked, s warehouse.Store) {
			var newest time.Time
			beforeRecord(func(_ warehouse.Row, _ *warehouse.Row, result *warehouse.TestResult) (bool, error) {
				older := result.TestedAt.Before(newest)
				newest = result.TestedAt
				return !older, nil
			})(h, s)
		}),
		brokenStore("Reseal counts the revision", "reseals without any other change", func(h *hooked, s warehouse.Store) {
			h.reseal = func(ctx context.Context, organisation, id string, old, sealed []byte) error {
				if err := s.Reseal(ctx, organisation, id, old, sealed); err != nil {
					return err
				}
				stored, err := s.Get(ctx, organisation, id)
				return errors.Join(err, s.Update(ctx, stored))
			}
		}),
		brokenStore("Reseal does not compare", "reseals only the given sealed bytes", func(h *hooked, s warehouse.Store) {
			h.reseal = func(ctx context.Context, organisation, id string, _, sealed []byte) error {
				stored, err := s.Get(ctx, organisation, id)
				return errors.Join(err, s.Reseal(ctx, organisation, id, stored.Sealed, sealed))
			}
		}),
		brokenStore("texts are trimmed", "keeps any text", changeRow(func(row *warehouse.Row) { row.SetupScript = strings.TrimSpace(row.SetupScript) })),
		brokenStore("JSON is encoded again", "keeps the bytes of JSON", changeRow(func(row *warehouse.Row) {
			var config map[string]any
			if err := json.Unmarshal(row.Config, &config); err == nil {
				row.Config, _ = json.Marshal(config)
			}
		})),
		brokenStore("times are in another zone", "keeps times to the nanosecond in UTC", func(h *hooked, s warehouse.Store) {
			h.get = func(ctx context.Context, organisation, id string) (warehouse.Row, error) {
				row, err := s.Get(ctx, organisation, id)
				row.CreatedAt = row.CreatedAt.In(time.FixedZone("UTC", 0))
				return row, err
			}
		}),
		brokenStore("scripts are cut", "keeps long and binary values", changeRow(func(row *warehouse.Row) {
			row.SetupScript = row.SetupScript[:min(len(row.SetupScript), 65_535)]
		})),
		brokenStore("arguments are kept", "copies its arguments", func(h *hooked, s warehouse.Store) {
			var sealed []byte
			h.create = func(ctx context.Context, row warehouse.Row) error {
				sealed = row.Sealed
				return s.Create(ctx, row)
			}
			h.get = func(ctx context.Context, organisation, id string) (warehouse.Row, error) {
				row, err := s.Get(ctx, organisation, id)
				row.Sealed = bytes.Clone(sealed)
				return row, err
			}
		}),
		brokenStore("results are cached", "copies its results", func(h *hooked, s warehouse.Store) {
			var cached []warehouse.Row
			h.page = func(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
				if cached == nil {
					cached, _ = s.Page(ctx, after, limit)
				}
				return cached, nil
			}
			h.get = func(ctx context.Context, organisation, id string) (warehouse.Row, error) {
				if len(cached) == 1 {
					return cached[0], nil
				}
				return s.Get(ctx, organisation, id)
			}
		}),
		brokenStore("contexts are ignored", "does nothing if the context has ended", func(h *hooked, s warehouse.Store) {
			h.update = func(ctx context.Context, row warehouse.Row) error { return s.Update(context.WithoutCancel(ctx), row) }
		}),
		brokenStore("a canceled Update is half done", "makes a whole change or none if the context ends", func(h *hooked, s warehouse.Store) {
			h.update = func(ctx context.Context, row warehouse.Row) error {
				sealed := row.Sealed
				stored, err := s.Get(ctx, row.Organisation, row.ID)
				if err != nil {
					return err
				}
				row.Sealed = stored.Sealed
				if err := s.Update(ctx, row); err != nil {
					return err
				}
				time.Sleep(time.Millisecond)
				return s.Reseal(ctx, row.Organisation, row.ID, row.Sealed, sealed)
			}
		}),
		brokenStore("Create checks and then writes", "lets one of simultaneous creates succeed", func(h *hooked, s warehouse.Store) {
			h.create = func(ctx context.Context, row warehouse.Row) error {
				if listed, err := s.List(ctx, row.Organisation); err != nil || len(listed) > 0 {
					return errors.Join(err, warehouse.ErrExists)
				}
				time.Sleep(time.Millisecond)
				return ignore(warehouse.ErrExists, s.Create(ctx, row))
			}
		}),
		brokenStore("Update checks and then writes", "lets one of simultaneous updates succeed", beforeUpdate(func(stored warehouse.Row, row *warehouse.Row) error {
			if stored.Revision != row.Revision {
				return warehouse.ErrChanged
			}
			time.Sleep(time.Millisecond)
			row.Revision = -1
			return nil
		})),
		brokenStore("a second RecordTest is refused", "keeps the newest of simultaneous test results", func(h *hooked, s warehouse.Store) {
			var running atomic.Int64
			beforeRecord(func(warehouse.Row, *warehouse.Row, *warehouse.TestResult) (bool, error) {
				defer running.Add(-1)
				busy := running.Add(1) > 1
				time.Sleep(time.Millisecond)
				return !busy, errors.New("busy")
			})(h, s)
		}),
		brokenStore("a result outlives its config now and then", "keeps no test result for an older config", func(h *hooked, s warehouse.Store) {
			h.recordTest = func(ctx context.Context, row warehouse.Row, result warehouse.TestResult) error {
				stored, err := s.Get(ctx, row.Organisation, row.ID)
				if err != nil || stored.Revision != row.Revision {
					return errors.Join(err, warehouse.ErrChanged)
				}
				time.Sleep(time.Millisecond)
				for ; ; row.Revision++ {
					if err := s.RecordTest(ctx, row, result); !errors.Is(err, warehouse.ErrChanged) {
						return err
					}
				}
			}
		}),
		brokenStore("a change prevents a Delete", "deletes in spite of simultaneous changes", func(h *hooked, s warehouse.Store) {
			h.delete = func(ctx context.Context, organisation, id string) error {
				before, _ := s.Get(ctx, organisation, id)
				time.Sleep(time.Millisecond)
				if now, _ := s.Get(ctx, organisation, id); now.Revision != before.Revision {
					return warehouse.ErrChanged
				}
				return s.Delete(ctx, organisation, id)
			}
		}),
		brokenStore("Reseal writes the row that it read", "loses no update to a simultaneous reseal", func(h *hooked, s warehouse.Store) {
			h.reseal = func(ctx context.Context, organisation, id string, old, sealed []byte) error {
				stored, err := s.Get(ctx, organisation, id)
				if err != nil || !bytes.Equal(stored.Sealed, old) {
					return errors.Join(err, warehouse.ErrChanged)
				}
				stored.Sealed = sealed
				time.Sleep(time.Millisecond)
				return errors.Join(s.Delete(ctx, organisation, id), s.Create(ctx, stored))
			}
		}),
		brokenStore("Reseal checks and then writes", "loses no update to a simultaneous reseal", lateReseal),
		brokenStore("Reseal checks and then writes, twice", "lets one of simultaneous reseals succeed", lateReseal),
	})
}
