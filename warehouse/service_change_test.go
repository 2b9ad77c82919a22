package warehouse_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestChangeResetsStatusAndScript(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		change     func(*fixture, string, warehouse.Fields) (warehouse.Connection, error)
	}{
		{"replace", `{"database":"OTHER"}`, func(h *fixture, id string, f warehouse.Fields) (warehouse.Connection, error) {
			return h.Replace(h.t.Context(), ada, id, f)
		}},
		{"update", `{"database":"OTHER"}`, func(h *fixture, id string, f warehouse.Fields) (warehouse.Connection, error) {
			return h.Update(h.t.Context(), ada, id, f)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fail := true
			fake := &warehousetest.Connector{ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				if fail {
					return nil, errors.New("no")
				}
				return nil, nil
			}}
			h := newFixture(t, fake, nil)
			c := h.created(`{"type":"fake","account":"xy1","password":"hunter2"}`)
			for _, want := range []warehouse.Status{warehouse.StatusError, warehouse.StatusConnected, warehouse.StatusError} {
				fail = want == warehouse.StatusError
				if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
					t.Fatal(err)
				}
				got, err := h.Get(t.Context(), ada, c.ID)
				if err != nil || got.Status() != want || got.Revision != 1 {
					t.Fatalf("status %q at revision %d, want %q at 1 (error %v)", got.Status(), got.Revision, want, err)
				}
			}
			changed, err := test.change(h, c.ID, fields(t, test.body))
			if err != nil {
				t.Fatal(err)
			}
			want := c
			want.Config = json.RawMessage(`{"account":"xy1","database":"OTHER"}`)
			want.SetupScript = strings.Replace(c.SetupScript, "ANALYTICS", "OTHER", 1)
			want.Revision = 2
			if diff := cmp.Diff(want, changed); diff != "" || changed.Status() != warehouse.StatusPending {
				t.Errorf("status %q (-want +got):\n%s", changed.Status(), diff)
			}
			if diff := cmp.Diff(want, h.row(c.ID).Connection); diff != "" {
				t.Errorf("the stored row (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangeWithoutEffect(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	c := h.created(`{"type":"fake","account":"xy1","database":"D","password":"hunter2"}`)
	if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	before := h.row(c.ID)
	h.store.Before = func(_ context.Context, call warehousetest.StoreCall) error {
		if call.Method != "Get" {
			t.Errorf("the store's %s was called", call.Method)
		}
		return nil
	}
	for _, body := range []string{`{}`, `{"database":"D"}`, `{"database":"\u0044"}`, `{"password":"hunter2"}`} {
		got, err := h.Update(t.Context(), ada, c.ID, fields(t, body))
		if diff := cmp.Diff(before.Connection, got); diff != "" || err != nil {
			t.Errorf("Update %s: error %v (-want +got):\n%s", body, err, diff)
		}
	}
	for _, body := range []string{
		`{"database":"D"}`,
		`{"type":"fake","account":"xy1","database":"D"}`,
		`{"account":"xy1","database":"D","password":"hunter2"}`,
	} {
		got, err := h.Replace(t.Context(), ada, c.ID, fields(t, body))
		if diff := cmp.Diff(before.Connection, got); diff != "" || err != nil {
			t.Errorf("Replace %s: error %v (-want +got):\n%s", body, err, diff)
		}
	}
	if diff := cmp.Diff(before, h.row(c.ID)); diff != "" {
		t.Errorf("the row changed (-before +after):\n%s", diff)
	}
}

func TestReplaceRestoresDefaults(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	c := h.created(`{"type":"fake","account":"xy1","database":"D"}`)
	got, err := h.Replace(t.Context(), ada, c.ID, fields(t, `{}`))
	if err != nil || string(got.Config) != `{"account":"xy1","database":"ANALYTICS"}` {
		t.Errorf("Replace = %s, %v", got.Config, err)
	}
	got, err = h.Update(t.Context(), ada, c.ID, fields(t, `{}`))
	if err != nil || string(got.Config) != `{"account":"xy1","database":"ANALYTICS"}` {
		t.Errorf("Update = %s, %v", got.Config, err)
	}
}

func TestReplaceRequiredFields(t *testing.T) {
	t.Parallel()
	type config struct {
		Account string `json:"account"`
		Region  string `json:"region"`
		Secret  string `json:"secret"`
	}
	fake := &warehousetest.Connector{
		ConfigFunc:          func() any { return &config{} },
		ImmutableFieldsFunc: func() []string { return []string{"account"} },
		SensitiveFieldsFunc: func() []string { return []string{"secret"} },
		SafeFieldsFunc:      func() []string { return []string{"region"} },
	}
	h := newFixture(t, fake, nil)
	_, err := h.Create(t.Context(), ada, fields(t, `{"type":"fake"}`))
	const required = "This field is required."
	if diff := cmp.Diff(warehouse.FieldErrors{"account": {required}, "region": {required}, "secret": {required}}, fieldErrors(t, err)); diff != "" {
		t.Errorf("Create: (-want +got):\n%s", diff)
	}
	c := h.created(`{"type":"fake","account":"a","region":"r","secret":"hunter2"}`)
	_, err = h.Replace(t.Context(), ada, c.ID, fields(t, `{}`))
	if diff := cmp.Diff(warehouse.FieldErrors{"region": {required}}, fieldErrors(t, err)); diff != "" {
		t.Errorf("Replace: (-want +got):\n%s", diff)
	}
	got, err := h.Replace(t.Context(), ada, c.ID, fields(t, `{"region":"r2"}`))
	if err != nil || string(got.Config) != `{"account":"a","region":"r2"}` {
		t.Errorf("Replace = %s, %v", got.Config, err)
	}
}

func TestConnectorWithOtherFields(t *testing.T) {
	t.Parallel()
	type later struct {
		Account string `json:"account"`
		Region  string `json:"region"`
	}
	now := func() any { return &warehousetest.Config{Database: "D", Stage: "S"} }
	fake := &warehousetest.Connector{ConfigFunc: func() any { return now() }}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","account":"a","password":"plain"}`)

	upgraded, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{
		ConfigFunc: func() any { return &later{Region: "eu"} },
	}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(h.store, h.sealer, upgraded, nil)
	if err != nil {
		t.Fatal(err)
	}
	same, err := service.Update(t.Context(), ada, c.ID, fields(t, `{"region":"eu"}`))
	if err != nil || same.Revision != 1 {
		t.Errorf("naming the new field's default: revision %d, %v", same.Revision, err)
	}
	changed, err := service.Update(t.Context(), ada, c.ID, fields(t, `{"region":"us"}`))
	if err != nil || string(changed.Config) != `{"account":"a","region":"us"}` {
		t.Errorf("Update = %s, %v", changed.Config, err)
	}
}

func TestUnregisteredType(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	c := h.created(`{"type":"fake","account":"a"}`)
	none, err := warehouse.NewRegistry(map[string]warehouse.Connector{"other": &warehousetest.Connector{}})
	if err != nil {
		t.Fatal(err)
	}
	var events []warehouse.Event
	service, err := warehouse.NewService(h.store, h.sealer, none, &warehouse.Options{OnEvent: func(_ context.Context, e warehouse.Event) {
		events = append(events, e)
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := "warehouse: no connector of the connection's type is registered: connection " + c.ID + `: warehouse: unknown type "fake": known are other`
	for doing, act := range map[string]func() error{
		"Update":         func() error { _, err := service.Update(t.Context(), ada, c.ID, nil); return err },
		"Replace":        func() error { _, err := service.Replace(t.Context(), ada, c.ID, nil); return err },
		"Test":           func() error { _, err := service.Test(t.Context(), ada, c.ID); return err },
		"TeardownScript": func() error { _, err := service.TeardownScript(t.Context(), ada, c.ID); return err },
		"OpenDB":         func() error { _, _, err := service.OpenDB(t.Context(), ada); return err },
	} {
		events = nil
		err := act()
		wantError(t, doing, err, warehouse.ErrNoConnector)
		if err == nil || err.Error() != want {
			t.Errorf("%s = %v, want %q", doing, err, want)
		}
		if len(events) != 1 || events[0].Outcome != warehouse.OutcomeRefused || events[0].Type != "fake" || events[0].Revision != 1 {
			t.Errorf("%s: the events are %+v", doing, events)
		}
	}
	if list, err := service.List(t.Context(), ada); err != nil || len(list) != 1 {
		t.Errorf("List = %v, %v", list, err)
	}
	if _, err := service.Get(t.Context(), ada, c.ID); err != nil {
		t.Errorf("Get = %v", err)
	}
	if err := service.Delete(t.Context(), ada, c.ID); err != nil {
		t.Errorf("Delete = %v", err)
	}
}

func TestChangeRetries(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{ConfigFunc: newWide}, nil)
	c := h.created(`{"type":"fake","name":"n"}`)
	var met atomic.Bool
	h.store.Before = func(ctx context.Context, call warehousetest.StoreCall) (err error) {
		if call.Method == "Update" && met.CompareAndSwap(false, true) {
			_, err = h.Update(ctx, ada, c.ID, fields(t, `{"port":1}`))
		}
		return err
	}
	got, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"region":"us"}`))
	if err != nil || got.Revision != 3 {
		t.Fatalf("Update = revision %d, %v", got.Revision, err)
	}
	if f := fields(t, string(got.Config)); string(f["port"]) != "1" || string(f["region"]) != `"us"` {
		t.Errorf("of two changes at once one was lost: %s", got.Config)
	}
}

func TestConcurrentChanges(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{ConfigFunc: newWide}, nil)
	c := h.created(`{"type":"fake","name":"n"}`)
	bodies := []string{`{"port":1}`, `{"region":"us"}`, `{"note":"x"}`, `{"tls":true}`, `{"small":7}`, `{"tags":["z"]}`, `{"mode":"slow"}`, `{"count":9}`}
	var wg sync.WaitGroup
	for _, body := range bodies {
		wg.Go(func() {
			if _, err := h.Update(t.Context(), ada, c.ID, fields(t, body)); err != nil {
				t.Errorf("%s: %v", body, err)
			}
		})
	}
	wg.Wait()
	row := h.row(c.ID)
	config := fields(t, string(row.Config))
	for _, body := range bodies {
		for name, want := range fields(t, body) {
			if string(config[name]) != string(want) {
				t.Errorf("%s is %s, want %s", name, config[name], want)
			}
		}
	}
	if row.Revision != int64(1+len(bodies)) {
		t.Errorf("the revision is %d after %d changes", row.Revision, len(bodies))
	}
}

func TestChangeGivesUp(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	c := h.created(`{"type":"fake","account":"a"}`)
	tries := 0
	h.store.Before = func(_ context.Context, call warehousetest.StoreCall) error {
		if call.Method == "Update" {
			tries++
			return warehouse.ErrChanged
		}
		return nil
	}
	_, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"database":"D"}`))
	wantError(t, "Update", err, warehouse.ErrChanged)
	if tries != 20 {
		t.Errorf("it tried %d times, want 20", tries)
	}
}

func TestDeleteDuringChange(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	c := h.created(`{"type":"fake","account":"a"}`)
	h.store.Before = func(ctx context.Context, call warehousetest.StoreCall) error {
		if call.Method == "Update" {
			return h.store.Store.Delete(ctx, ada.Organisation, c.ID)
		}
		return nil
	}
	_, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"database":"D"}`))
	wantError(t, "Update", err, warehouse.ErrNotFound)
	if h.rows() != 0 {
		t.Error("the row is back")
	}
}
