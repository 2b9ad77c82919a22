package warehousetest_test

import (
	"context"

	"github.com/warehousekit/warehousekit/warehouse"
)

// hooked is a store some of whose methods are replaced.
type hooked struct {
	warehouse.Store
	list       func(ctx context.Context, organisation string) ([]warehouse.Connection, error)
	get        func(ctx context.Context, organisation, id string) (warehouse.Row, error)
	create     func(ctx context.Context, row warehouse.Row) error
	update     func(ctx context.Context, row warehouse.Row) error
	recordTest func(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error
	delete     func(ctx context.Context, organisation, id string) error
	walk       func(ctx context.Context, after string, limit int) ([]warehouse.Row, error)
	reseal     func(ctx context.Context, organisation, id string, old, sealed []byte) error
}

func (h *hooked) List(ctx context.Context, organisation string) ([]warehouse.Connection, error) {
	if h.list != nil {
		return h.list(ctx, organisation)
	}
	return h.Store.List(ctx, organisation)
}

func (h *hooked) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	if h.get != nil {
		return h.get(ctx, organisation, id)
	}
	return h.Store.Get(ctx, organisation, id)
}

func (h *hooked) Create(ctx context.Context, row warehouse.Row) error {
	if h.create != nil {
		return h.create(ctx, row)
	}
	return h.Store.Create(ctx, row)
}

func (h *hooked) Update(ctx context.Context, row warehouse.Row) error {
	if h.update != nil {
		return h.update(ctx, row)
	}
	return h.Store.Update(ctx, row)
}

func (h *hooked) RecordTest(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
	if h.recordTest != nil {
		return h.recordTest(ctx, organisation, id, revision, result)
	}
	return h.Store.RecordTest(ctx, organisation, id, revision, result)
}

func (h *hooked) Delete(ctx context.Context, organisation, id string) error {
	if h.delete != nil {
		return h.delete(ctx, organisation, id)
	}
	return h.Store.Delete(ctx, organisation, id)
}

func (h *hooked) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	if h.walk != nil {
		return h.walk(ctx, after, limit)
	}
	return h.Store.Page(ctx, after, limit)
}

func (h *hooked) Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error {
	if h.reseal != nil {
		return h.reseal(ctx, organisation, id, old, sealed)
	}
	return h.Store.Reseal(ctx, organisation, id, old, sealed)
}
