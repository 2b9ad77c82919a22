package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/store/tinkseal"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// aService returns a service of fake connections over the store.
func newKeysetService(t *testing.T, rows warehouse.Store, keys *tinkseal.Keyset) *warehouse.Service {
	t.Helper()
	sealer, err := tinkseal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(rows, sealer, connectors, nil)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// connect makes a connection for each of n organisations, and returns their ids, sorted.
func connect(t *testing.T, service *warehouse.Service, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		c, err := service.Create(t.Context(), warehouse.Caller{Organisation: fmt.Sprint(i)},
			warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"a"`), "password": []byte(`"hunter2hunter2"`)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestVerify(t *testing.T) {
	t.Parallel()
	rows := warehousetest.NewStore()
	service := newKeysetService(t, rows, must[*tinkseal.Keyset](t)(tinkseal.NewKeyset()))
	if err := service.Verify(t.Context(), 0); err != nil {
		t.Errorf("with no row there is nothing wrong, and Verify = %v", err)
	}
	connect(t, service, 30)
	if err := service.Verify(t.Context(), 0); err != nil {
		t.Errorf("with the keyset that sealed them, Verify = %v", err)
	}

	err := newKeysetService(t, rows, must[*tinkseal.Keyset](t)(tinkseal.NewKeyset())).Verify(t.Context(), 7)
	var found *warehouse.UnopenableError
	if !errors.As(err, &found) || !errors.Is(err, warehouse.ErrNotAuthentic) {
		t.Fatalf("with another keyset, Verify = %v, want an UnopenableError", err)
	}
	slices.Sort(found.IDs)
	if found.Checked != 7 || len(slices.Compact(found.IDs)) != 7 {
		t.Errorf("Verify of 7 rows looked at %d and found %v", found.Checked, found.IDs)
	}
	if err := newKeysetService(t, rows, must[*tinkseal.Keyset](t)(tinkseal.NewKeyset())).Verify(t.Context(), 1000); !errors.As(err, &found) || found.Checked != 30 {
		t.Errorf("Verify of more rows than there are = %v, want each of 30 looked at once", err)
	}
}

func TestReseal(t *testing.T) {
	t.Parallel()
	const n = 250
	rows := warehousetest.NewStore()
	first := must[*tinkseal.Keyset](t)(tinkseal.NewKeyset())
	ids := connect(t, newKeysetService(t, rows, first), n)

	both := must[*tinkseal.Keyset](t)(must[*tinkseal.Keyset](t)(first.AddKey()).Promote())
	service := newKeysetService(t, rows, both)
	var progress []warehouse.ResealProgress
	if err := service.Reseal(t.Context(), "", func(p warehouse.ResealProgress) { progress = append(progress, p) }); err != nil {
		t.Fatal(err)
	}
	want := []warehouse.ResealProgress{{After: ids[99], Resealed: 100}, {After: ids[199], Resealed: 200}, {After: ids[n-1], Resealed: n}}
	if diff := cmp.Diff(want, progress); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}

	alone := newKeysetService(t, rows, must[*tinkseal.Keyset](t)(both.DisableOld()))
	if err := alone.Verify(t.Context(), n); err != nil {
		t.Errorf("with the new key alone, Verify = %v", err)
	}
}

func TestResealContinues(t *testing.T) {
	t.Parallel()
	const n = 250
	rows := warehousetest.NewStore()
	first := must[*tinkseal.Keyset](t)(tinkseal.NewKeyset())
	connect(t, newKeysetService(t, rows, first), n)
	both := must[*tinkseal.Keyset](t)(must[*tinkseal.Keyset](t)(first.AddKey()).Promote())
	service := newKeysetService(t, rows, both)

	ctx, stop := context.WithCancel(t.Context())
	var last warehouse.ResealProgress
	err := service.Reseal(ctx, "", func(p warehouse.ResealProgress) { last = p; stop() })
	if !errors.Is(err, context.Canceled) || last.Resealed != 100 {
		t.Fatalf("stopped after a batch, Reseal = %v after %+v", err, last)
	}
	rest := 0
	if err := service.Reseal(t.Context(), last.After, func(p warehouse.ResealProgress) { rest = p.Resealed }); err != nil || rest != n-100 {
		t.Errorf("Reseal sealed %d more rows, want %d: %v", rest, n-100, err)
	}
	if err := newKeysetService(t, rows, must[*tinkseal.Keyset](t)(both.DisableOld())).Verify(t.Context(), n); err != nil {
		t.Errorf("with the new key alone, Verify = %v", err)
	}
}

func TestResealUnopenable(t *testing.T) {
	t.Parallel()
	rows := warehousetest.NewStore()
	lost := connect(t, newKeysetService(t, rows, must[*tinkseal.Keyset](t)(tinkseal.NewKeyset())), 1)
	first := must[*tinkseal.Keyset](t)(tinkseal.NewKeyset())
	service := newKeysetService(t, rows, first)
	if _, err := service.Create(t.Context(), warehouse.Caller{Organisation: "another"}, warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"a"`)}); err != nil {
		t.Fatal(err)
	}
	resealed := 0
	err := service.Reseal(t.Context(), "", func(p warehouse.ResealProgress) { resealed = p.Resealed })
	var found *warehouse.UnopenableError
	if !errors.As(err, &found) || !slices.Equal(found.IDs, lost) || resealed != 1 {
		t.Errorf("Reseal = %v after %d rows, want %v named and 1 row resealed", err, resealed, lost)
	}
}

// A racing store lets others change a row between a Reseal's reading and its writing.
type racingStore struct {
	warehouse.Store
	before func()
}

func (s *racingStore) Reseal(ctx context.Context, organisation, id string, old, sealed []byte) error {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.Store.Reseal(ctx, organisation, id, old, sealed)
}

func TestResealDuringChange(t *testing.T) {
	t.Parallel()
	rows := &racingStore{Store: warehousetest.NewStore()}
	first := must[*tinkseal.Keyset](t)(tinkseal.NewKeyset())
	id := connect(t, newKeysetService(t, rows, first), 1)[0]
	caller := warehouse.Caller{Organisation: "0"}

	added := must[*tinkseal.Keyset](t)(first.AddKey())
	both := must[*tinkseal.Keyset](t)(added.Promote())
	// A replica that has not promoted the new key yet seals under the old one.
	replica := newKeysetService(t, rows, added)
	rows.before = func() {
		if _, err := replica.Update(t.Context(), caller, id, warehouse.Fields{"password": []byte(`"changed meanwhile"`)}); err != nil {
			t.Error(err)
		}
	}
	if err := newKeysetService(t, rows, both).Reseal(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	alone := must[*tinkseal.Sealer](t)(tinkseal.New(must[*tinkseal.Keyset](t)(both.DisableOld())))
	fake := &warehousetest.Connector{}
	service := must[*warehouse.Service](t)(warehouse.NewService(rows, alone, must[*warehouse.Registry](t)(warehouse.NewRegistry(map[string]warehouse.Connector{"fake": fake})), nil))
	if _, err := service.Test(t.Context(), caller, id); err != nil {
		t.Fatal(err)
	}
	if got := fake.Targets()[0].Config().(*warehousetest.Config).Password; got != "changed meanwhile" {
		t.Errorf("after a Reseal the password is %q", got)
	}
}

func TestResealDuringDelete(t *testing.T) {
	t.Parallel()
	rows := &racingStore{Store: warehousetest.NewStore()}
	service := newKeysetService(t, rows, must[*tinkseal.Keyset](t)(tinkseal.NewKeyset()))
	id := connect(t, service, 1)[0]
	rows.before = func() {
		if err := service.Delete(t.Context(), warehouse.Caller{Organisation: "0"}, id); err != nil {
			t.Error(err)
		}
	}
	resealed := -1
	if err := service.Reseal(t.Context(), "", func(p warehouse.ResealProgress) { resealed = p.Resealed }); err != nil || resealed != 0 {
		t.Errorf("Reseal = %v after %d rows, want none and no error", err, resealed)
	}
}

func TestVerifyUnknownVersion(t *testing.T) {
	t.Parallel()
	rows, sealer := warehousetest.NewStore(), warehousetest.NewSealer()
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(rows, &laterSealer{Sealer: sealer}, connectors, nil)
	if err != nil {
		t.Fatal(err)
	}
	ids := connect(t, service, 3)
	var found *warehouse.UnopenableError
	if err := service.Verify(t.Context(), 0); !errors.As(err, &found) || found.Checked != 3 || len(found.IDs) != 1 || !slices.Contains(ids, found.IDs[0]) {
		t.Errorf("Verify = %v, want one of three rows named", err)
	}
}

// A laterSealer opens the first of what it is given as if a later version had sealed it.
type laterSealer struct {
	warehouse.Sealer
	once atomic.Bool
}

func (s *laterSealer) Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error) {
	if !s.once.Swap(true) {
		return []byte(`{"version":3}`), nil
	}
	return s.Sealer.Open(ctx, sealed, associatedData)
}
