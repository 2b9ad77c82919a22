package warehouse_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	before := time.Now()
	c := h.created(`{"type":"fake","account":"xy1","password":"hunter2"}`)
	want := warehouse.Connection{
		ID: c.ID, Organisation: "acme", Type: "fake",
		Config: json.RawMessage(`{"account":"xy1","database":"ANALYTICS"}`), Preset: json.RawMessage(`{"stage":"LOADS"}`),
		PublicKey: "public key 1", SetupScript: "-- A script for nothing.\nCREATE DATABASE \"ANALYTICS\";\nREGISTER KEY \"public key 1\";\n",
		Revision: 1, CreatedAt: c.CreatedAt,
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Status() != warehouse.StatusPending {
		t.Errorf("its status is %q", c.Status())
	}
	if random, found := strings.CutPrefix(c.ID, "wc_"); !found || len(random) != 26 || strings.Trim(random, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		t.Errorf("the id is %q", c.ID)
	}
	if c.CreatedAt.Location() != time.UTC || c.CreatedAt.Before(before.Add(-time.Second)) || c.CreatedAt.After(time.Now().Add(time.Second)) {
		t.Errorf("created at %v", c.CreatedAt)
	}
	got, err := h.Get(t.Context(), ada, c.ID)
	if diff := cmp.Diff(c, got); diff != "" || err != nil {
		t.Errorf("Get: error %v (-created +got):\n%s", err, diff)
	}
	list, err := h.List(t.Context(), ada)
	if diff := cmp.Diff([]warehouse.Connection{c}, list); diff != "" || err != nil {
		t.Errorf("List: error %v (-want +got):\n%s", err, diff)
	}
}

func TestCreateSecondConnection(t *testing.T) {
	t.Parallel()
	keys := 0
	fake := &warehousetest.Connector{NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
		keys++
		return warehouse.NewKeyPair("public", []byte("private")), nil
	}}
	h := newFixture(t, fake, nil)
	_, err := h.Create(t.Context(), ada, fields(t, `{"type":"fake"}`))
	fieldErrors(t, err)
	if keys != 0 {
		t.Error("a key was made for a request with bad fields")
	}
	first := h.created(`{"type":"fake","account":"a"}`)
	_, err = h.Create(t.Context(), ada, fields(t, `{"type":"fake","account":"b"}`))
	wantError(t, "a second create", err, warehouse.ErrExists)
	if exists, ok := errors.AsType[*warehouse.ExistsError](err); !ok || exists.ID != first.ID {
		t.Errorf("a second create: the error is %#v, want the ID %s", err, first.ID)
	}
	if keys != 1 {
		t.Errorf("%d keys were made, want 1", keys)
	}
	_, err = h.Create(t.Context(), ada, fields(t, `{"type":"fake"}`))
	fieldErrors(t, err) // the fields come before the conflict
	if _, err := h.Create(t.Context(), warehouse.Caller{Organisation: "other"}, fields(t, `{"type":"fake","account":"b"}`)); err != nil {
		t.Errorf("for another organisation: %v", err)
	}
}

func TestConcurrentCreates(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	var wg sync.WaitGroup
	errs := make([]error, 64)
	for i := range errs {
		wg.Go(func() { _, errs[i] = h.Create(t.Context(), ada, fields(t, `{"type":"fake","account":"a"}`)) })
	}
	wg.Wait()
	won, refused := 0, 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case errors.Is(err, warehouse.ErrExists):
			refused++
		}
	}
	if won != 1 || refused != 63 || h.rows() != 1 {
		t.Errorf("%d won and %d were refused, and %d rows are there", won, refused, h.rows())
	}
}

// Another process creates the connection after the check for one.
func TestCreateRaceReturnsID(t *testing.T) {
	t.Parallel()
	var h *fixture
	fake := &warehousetest.Connector{NewKeyPairFunc: func(ctx context.Context) (warehouse.KeyPair, error) {
		row := warehouse.Row{Connection: warehouse.Connection{ID: "wc_first", Organisation: ada.Organisation, Type: "fake", Revision: 1}}
		return warehouse.NewKeyPair("public", []byte("private")), h.store.Create(ctx, row)
	}}
	h = newFixture(t, fake, nil)
	_, err := h.Create(t.Context(), ada, fields(t, `{"type":"fake","account":"a"}`))
	if exists, ok := errors.AsType[*warehouse.ExistsError](err); !ok || exists.ID != "wc_first" {
		t.Errorf("Create = %v, want the ID of the other connection", err)
	}
}

func TestCreateAfterDelete(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	first := h.created(`{"type":"fake","account":"a"}`)
	if err := h.Delete(t.Context(), ada, first.ID); err != nil {
		t.Fatal(err)
	}
	if h.rows() != 0 {
		t.Error("a row is left, and with it the sealed key")
	}
	second := h.created(`{"type":"fake","account":"b"}`)
	if second.ID == first.ID || second.PublicKey == first.PublicKey {
		t.Error("the second connection has the first one's id or key")
	}
	list, err := h.List(t.Context(), warehouse.Caller{Organisation: "none"})
	if err != nil || len(list) != 0 {
		t.Errorf("an organisation without a connection lists %v, %v", list, err)
	}
}

func TestOtherOrganisation(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	theirs := h.created(`{"type":"fake","account":"a"}`).ID
	other := warehouse.Caller{Organisation: "other"}
	for _, id := range []string{theirs, "wc_abc", "", "wc_\x00", "\xff", "'; DROP TABLE", strings.Repeat("x", 1<<16)} {
		_, err := h.Get(t.Context(), other, id)
		wantError(t, "Get", err, warehouse.ErrNotFound)
		_, err = h.Update(t.Context(), other, id, fields(t, `{"colour":1}`)) // the row comes before the fields
		wantError(t, "Update", err, warehouse.ErrNotFound)
		_, err = h.Replace(t.Context(), other, id, fields(t, `{}`))
		wantError(t, "Replace", err, warehouse.ErrNotFound)
		_, err = h.Test(t.Context(), other, id)
		wantError(t, "Test", err, warehouse.ErrNotFound)
		wantError(t, "Delete", h.Delete(t.Context(), other, id), warehouse.ErrNotFound)
	}
	if h.rows() != 1 {
		t.Error("the row is gone")
	}
}

func TestUnstorableID(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	for _, id := range []string{"wc_\x00", "\xff"} {
		_, err := h.Get(t.Context(), ada, id)
		wantError(t, "Get", err, warehouse.ErrNotFound)
		_, err = h.Update(t.Context(), ada, id, nil)
		wantError(t, "Update", err, warehouse.ErrNotFound)
		_, err = h.Test(t.Context(), ada, id)
		wantError(t, "Test", err, warehouse.ErrNotFound)
		wantError(t, "Delete", h.Delete(t.Context(), ada, id), warehouse.ErrNotFound)
	}
	if h.store.Calls() != 0 {
		t.Error("the database was asked, and PostgreSQL answers with an error")
	}
}

func TestBadOrganisation(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	for _, test := range []struct{ organisation, want string }{
		{"", "is empty"},
		{strings.Repeat("x", 256), "has 256 bytes, over 255"},
		{"a\x00", "is not UTF-8 without NUL"},
		{"a\xff", "is not UTF-8 without NUL"},
	} {
		caller := warehouse.Caller{Organisation: test.organisation}
		_, err := h.List(t.Context(), caller)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("List = %v, want an error that says %q", err, test.want)
		}
	}
	if h.store.Calls() != 0 {
		t.Error("the store was asked all the same")
	}
	longest := warehouse.Caller{Organisation: strings.Repeat("ü", 127) + "x"}
	if _, err := h.List(t.Context(), longest); err != nil {
		t.Errorf("255 bytes: %v", err)
	}
}

func TestReadsDoNotWrite(t *testing.T) {
	t.Parallel()
	for _, skip := range []bool{false, true} {
		t.Run(fmt.Sprintf("SkipVerifyOnRead %t", skip), func(t *testing.T) {
			t.Parallel()
			testReadsDoNotWrite(t, skip)
		})
	}
}

func testReadsDoNotWrite(t *testing.T, skip bool) {
	h := newFixture(t, &warehousetest.Connector{}, func(o *warehouse.Options) { o.SkipVerifyOnRead = skip })
	c := h.created(`{"type":"fake","account":"a"}`)
	h.store.Before = func(_ context.Context, call warehousetest.StoreCall) error {
		if call.Method != "Get" && call.Method != "List" {
			t.Errorf("the store's %s was called", call.Method)
		}
		return nil
	}
	h.sealer.beforeSeal = func(context.Context) error { t.Error("a secret was sealed"); return nil }
	opened := 0
	h.sealer.beforeOpen = func(context.Context) error { opened++; return nil }
	if _, err := h.Get(t.Context(), ada, c.ID); err != nil {
		t.Error(err)
	}
	if _, err := h.List(t.Context(), ada); err != nil {
		t.Error(err)
	}
	if want := map[bool]int{false: 2, true: 0}[skip]; opened != want {
		t.Errorf("secrets were opened %d times, want %d", opened, want)
	}
}

func TestConcurrentCreatesUseOneKey(t *testing.T) {
	t.Parallel()
	var keys atomic.Int32
	service := warehousetest.NewService(t, &warehousetest.Connector{NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
		keys.Add(1)
		return warehouse.NewKeyPair("public", []byte("private")), nil
	}}, nil)
	var all sync.WaitGroup
	var made, refused atomic.Int32
	for range 64 {
		all.Go(func() {
			switch _, err := service.Create(t.Context(), ada, fields(t, `{"type":"fake","account":"a"}`)); {
			case err == nil:
				made.Add(1)
			case errors.Is(err, warehouse.ErrExists):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 || refused.Load() != 63 || keys.Load() != 1 {
		t.Errorf("%d creates succeeded, %d were refused, and %d keys were taken", made.Load(), refused.Load(), keys.Load())
	}
}

func TestSensitiveValuesTooLong(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, &warehousetest.Connector{}, nil)
	_, err := service.Create(t.Context(), ada, fields(t, `{"type":"fake","account":"a","password":"`+strings.Repeat("<", 60_000)+`"}`))
	var wrong warehouse.FieldErrors
	if !errors.As(err, &wrong) || len(wrong["non_field_errors"]) != 1 {
		t.Errorf("Create = %.200v, want an error about the fields", err)
	}
	if list, err := service.List(t.Context(), ada); err != nil || len(list) != 0 {
		t.Errorf("afterwards there is %v, %v", list, err)
	}
}
