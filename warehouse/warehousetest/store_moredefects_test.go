package warehousetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// Defects in values, in who keeps the bytes, in maintenance and with contexts.
var moreStoreDefects = map[string]storeDefect{
	"JSON is encoded anew": {"JSON keeps its bytes", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, create: func(ctx context.Context, row warehouse.Row) error {
			var config map[string]any
			if err := json.Unmarshal(row.Config, &config); err == nil {
				row.Config, _ = json.Marshal(config)
			}
			return inner.Create(ctx, row)
		}}
	}},
	"texts are trimmed": {"any text is kept", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, create: func(ctx context.Context, row warehouse.Row) error {
			row.SetupScript = strings.TrimSpace(row.SetupScript)
			return inner.Create(ctx, row)
		}}
	}},
	"times come back in another zone": {"times are kept to the nanosecond in UTC", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, get: func(ctx context.Context, organisation, id string) (warehouse.Row, error) {
			row, err := inner.Get(ctx, organisation, id)
			row.CreatedAt = row.CreatedAt.In(time.FixedZone("UTC", 0))
			return row, err
		}}
	}},
	"scripts are cut": {"long and binary values are kept", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, create: func(ctx context.Context, row warehouse.Row) error {
			row.SetupScript = row.SetupScript[:min(len(row.SetupScript), 65_535)]
			return inner.Create(ctx, row)
		}}
	}},
	"the caller's bytes are kept": {"what is passed stays the caller's", func(inner warehouse.Store) warehouse.Store {
		var sealed []byte
		return &hooked{Store: inner,
			create: func(ctx context.Context, row warehouse.Row) error {
				sealed = row.Sealed
				return inner.Create(ctx, row)
			},
			get: func(ctx context.Context, organisation, id string) (warehouse.Row, error) {
				row, err := inner.Get(ctx, organisation, id)
				row.Sealed = bytes.Clone(sealed)
				return row, err
			}}
	}},
	"one's own bytes are given away": {"what is returned is the caller's", func(inner warehouse.Store) warehouse.Store {
		var cached []warehouse.Row
		return &hooked{Store: inner, walk: func(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
			if cached == nil {
				cached, _ = inner.Page(ctx, after, limit)
			}
			return cached, nil
		}, get: func(ctx context.Context, organisation, id string) (warehouse.Row, error) {
			if len(cached) == 1 {
				return cached[0], nil
			}
			return inner.Get(ctx, organisation, id)
		}}
	}},
	"Page goes backwards": {"a walk meets every row once in the order of ids", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, walk: func(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
			page, err := inner.Page(ctx, after, limit)
			slices.Reverse(page)
			return page, err
		}}
	}},
	"Page begins at the id": {"a walk meets every row once in the order of ids", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, walk: func(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
			page, err := inner.Page(ctx, strings.TrimSuffix(after, "a"), limit)
			return page, err
		}}
	}},
	"Page ignores the limit": {"a walk meets every row once in the order of ids", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, walk: func(ctx context.Context, after string, _ int) ([]warehouse.Row, error) {
			return inner.Page(ctx, after, 1000)
		}}
	}},
	"Reseal does not compare": {"resealing needs the stored sealed bytes", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, reseal: func(ctx context.Context, organisation, id string, _, sealed []byte) error {
			stored, err := inner.Get(ctx, organisation, id)
			if err != nil {
				return err
			}
			return inner.Reseal(ctx, organisation, id, stored.Sealed, sealed)
		}}
	}},
	"Reseal counts the revision": {"resealing changes the sealed bytes alone", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, reseal: func(ctx context.Context, organisation, id string, old, sealed []byte) error {
			if err := inner.Reseal(ctx, organisation, id, old, sealed); err != nil {
				return err
			}
			stored, err := inner.Get(ctx, organisation, id)
			if err != nil {
				return err
			}
			return inner.Update(ctx, stored)
		}}
	}},
	"Reseal puts the row that it read": {"resealing loses no change of the config", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, reseal: func(ctx context.Context, organisation, id string, old, sealed []byte) error {
			stored, err := inner.Get(ctx, organisation, id)
			if err != nil || !bytes.Equal(stored.Sealed, old) {
				return errors.Join(err, warehouse.ErrChanged)
			}
			stored.Sealed = sealed
			time.Sleep(time.Millisecond)
			return errors.Join(inner.Delete(ctx, organisation, id), inner.Create(ctx, stored))
		}}
	}},
	"contexts are ignored": {"a context that has ended does nothing", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, update: func(ctx context.Context, row warehouse.Row) error {
			return inner.Update(context.WithoutCancel(ctx), row)
		}}
	}},
	"an update whose context ends is half done": {"a context that ends does nothing half", func(inner warehouse.Store) warehouse.Store {
		return &hooked{Store: inner, update: func(ctx context.Context, row warehouse.Row) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			sealed := row.Sealed
			row.Sealed = nil
			if err := inner.Update(ctx, row); err != nil {
				return err
			}
			time.Sleep(time.Millisecond)
			stored, err := inner.Get(ctx, row.Organisation, row.ID)
			if err != nil || sealed == nil {
				return err
			}
			return inner.Reseal(ctx, row.Organisation, row.ID, stored.Sealed, sealed)
		}}
	}},
}
