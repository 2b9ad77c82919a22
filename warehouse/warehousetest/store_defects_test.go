package warehousetest_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A storeDefect is something that stores get wrong, and the rule of the suite that says so.
type storeDefect struct {
	rule string
	in   func(inner warehouse.Store) warehouse.Store
}

// without turns an answer into success.
func without(err, swallowed error) error {
	if errors.Is(err, swallowed) {
		return nil
	}
	return err
}

// Defects in rows, their scope, and test results.
var storeDefects = map[string]storeDefect{
	"List of none is an error": {"an empty store has nothing", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, list: func(ctx context.Context, organisation string) ([]warehouse.Connection, error) {
			listed, err := inner.List(ctx, organisation)
			if err == nil && len(listed) == 0 {
				err = warehouse.ErrNotFound
			}
			return listed, err
		}}
	}},
	"a second Create succeeds": {"an organisation has one connection", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, create: func(ctx context.Context, row warehouse.Row) error {
			return without(inner.Create(ctx, row), warehouse.ErrExists)
		}}
	}},
	"Create looks and then writes": {"of simultaneous creates one succeeds", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, create: func(ctx context.Context, row warehouse.Row) error {
			if listed, err := inner.List(ctx, row.Organisation); err != nil || len(listed) > 0 {
				return errors.Join(err, warehouse.ErrExists)
			}
			time.Sleep(time.Millisecond)
			return without(inner.Create(ctx, row), warehouse.ErrExists)
		}}
	}},
	"a taken id is told as ErrExists": {"an id is nobody else's", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, create: func(ctx context.Context, row warehouse.Row) error {
			if err := inner.Create(ctx, row); err != nil {
				return errors.Join(err, warehouse.ErrExists)
			}
			return nil
		}}
	}},
	"deleting nothing succeeds": {"an empty store has nothing", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, delete: func(ctx context.Context, organisation, id string) error {
			return without(inner.Delete(ctx, organisation, id), warehouse.ErrNotFound)
		}}
	}},
	"Get forgets the organisation": {"another organisation's row is absent", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, get: func(ctx context.Context, _, id string) (warehouse.Row, error) {
			page, err := inner.Page(ctx, "", 1000)
			for _, row := range page {
				if row.ID == id {
					return row, nil
				}
			}
			return warehouse.Row{}, errors.Join(err, warehouse.ErrNotFound)
		}}
	}},
	"Reseal forgets the organisation": {"another organisation's row is absent", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, reseal: func(ctx context.Context, organisation, id string, old, sealed []byte) error {
			page, err := inner.Page(ctx, "", 1000)
			for _, row := range page {
				if row.ID == id {
					organisation = row.Organisation
				}
			}
			return errors.Join(err, inner.Reseal(ctx, organisation, id, old, sealed))
		}}
	}},
	"organisations fold case": {"organisations are compared byte by byte", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, create: func(ctx context.Context, row warehouse.Row) error {
			row.Organisation = strings.ToLower(row.Organisation)
			return inner.Create(ctx, row)
		}}
	}},
	"ids fold case": {"ids are compared byte by byte", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, get: func(ctx context.Context, organisation, id string) (warehouse.Row, error) {
			return inner.Get(ctx, organisation, strings.ToLower(id))
		}}
	}},
	"Update ignores the revision": {"an update needs the stored revision", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, update: func(ctx context.Context, row warehouse.Row) error {
			stored, err := inner.Get(ctx, row.Organisation, row.ID)
			if err != nil {
				return err
			}
			row.Revision = stored.Revision
			return inner.Update(ctx, row)
		}}
	}},
	"Update looks and then writes": {"of simultaneous updates one succeeds", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, update: func(ctx context.Context, row warehouse.Row) error {
			stored, err := inner.Get(ctx, row.Organisation, row.ID)
			if err != nil {
				return err
			}
			if stored.Revision != row.Revision {
				return warehouse.ErrChanged
			}
			time.Sleep(time.Millisecond)
			if stored, err = inner.Get(ctx, row.Organisation, row.ID); err != nil {
				return err
			}
			row.Revision = stored.Revision
			return inner.Update(ctx, row)
		}}
	}},
	"Update replaces the whole row": {"an update changes what it says and nothing else", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, update: func(ctx context.Context, row warehouse.Row) error {
			if err := inner.Update(ctx, row); err != nil {
				return err
			}
			stored, err := inner.Get(ctx, row.Organisation, row.ID)
			if err != nil {
				return err
			}
			row.Revision, row.Sealed = stored.Revision, stored.Sealed
			return errors.Join(inner.Delete(ctx, row.Organisation, row.ID), inner.Create(ctx, row))
		}}
	}},
	"Update without sealed bytes empties them": {"an update without sealed bytes keeps the stored ones", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, update: func(ctx context.Context, row warehouse.Row) error {
			row.Sealed = append([]byte{}, row.Sealed...)
			return inner.Update(ctx, row)
		}}
	}},
	"Update keeps the last test": {"an update brings its last test", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, update: func(ctx context.Context, row warehouse.Row) error {
			stored, err := inner.Get(ctx, row.Organisation, row.ID)
			if err == nil && row.LastTest == nil {
				row.LastTest = stored.LastTest
			}
			return inner.Update(ctx, row)
		}}
	}},
	"an empty error text is a success": {"a test result is recorded as it is", changeResult(func(result *warehouse.TestResult) {
		result.Success = result.Error == ""
	})},
	"the diagnosis is dropped": {"a test result is recorded as it is", changeResult(func(result *warehouse.TestResult) {
		result.Diagnosis.Fix = ""
	})},
	"test times are rounded": {"a newer test result stays", changeResult(func(result *warehouse.TestResult) {
		result.TestedAt = result.TestedAt.Truncate(time.Microsecond)
	})},
	"a result of the same time is refused": {"a newer test result stays", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, recordTest: func(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
			stored, err := inner.Get(ctx, organisation, id)
			if err == nil && stored.LastTest != nil && stored.LastTest.TestedAt.Equal(result.TestedAt) {
				return nil
			}
			return inner.RecordTest(ctx, organisation, id, revision, result)
		}}
	}},
	"a newer result is an error": {"a newer test result stays", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, recordTest: func(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
			stored, err := inner.Get(ctx, organisation, id)
			if err == nil && stored.LastTest != nil && stored.LastTest.TestedAt.After(result.TestedAt) {
				return warehouse.ErrChanged
			}
			return inner.RecordTest(ctx, organisation, id, revision, result)
		}}
	}},
	"a result for any revision is recorded": {"a test result needs the revision that was tested", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, recordTest: func(ctx context.Context, organisation, id string, _ int64, result warehouse.TestResult) error {
			stored, err := inner.Get(ctx, organisation, id)
			if err != nil {
				return err
			}
			return inner.RecordTest(ctx, organisation, id, stored.Revision, result)
		}}
	}},
	"a newer result hides that the config changed": {"a test result needs the revision that was tested", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, recordTest: func(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
			stored, err := inner.Get(ctx, organisation, id)
			if err == nil && stored.LastTest != nil && stored.LastTest.TestedAt.After(result.TestedAt) {
				return nil
			}
			return inner.RecordTest(ctx, organisation, id, revision, result)
		}}
	}},
	"a result outlives its config now and then": {"a test never outlives the config it tested", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, recordTest: func(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
			stored, err := inner.Get(ctx, organisation, id)
			if err != nil {
				return err
			}
			if stored.Revision != revision {
				return warehouse.ErrChanged
			}
			time.Sleep(time.Millisecond)
			for revision := revision; ; revision++ {
				if err := inner.RecordTest(ctx, organisation, id, revision, result); !errors.Is(err, warehouse.ErrChanged) {
					return err
				}
			}
		}}
	}},
}

// changeResult is a store that records another result than it is given.
func changeResult(change func(*warehouse.TestResult)) func(warehouse.Store) warehouse.Store {
	return func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, recordTest: func(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
			change(&result)
			return inner.RecordTest(ctx, organisation, id, revision, result)
		}}
	}
}
