package warehouse_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

var errInjected = errors.New("injected")

// A failureAction is an action during which each call of the store or sealer fails once.
type failureAction struct {
	name string
	do   func(h *fixture, id string) error
	// done reports whether the row is as after the action. A nil row is a deleted one.
	done func(row *warehouse.Row) bool
}

func configHas(row *warehouse.Row, field, value string) bool {
	var config map[string]any
	return row != nil && json.Unmarshal(row.Config, &config) == nil && config[field] == value
}

var failureActions = []failureAction{
	{"create", func(h *fixture, _ string) error {
		_, err := h.Create(h.t.Context(), ada, fields(h.t, `{"type":"fake","account":"a","password":"hunter2"}`))
		return err
	}, func(row *warehouse.Row) bool { return configHas(row, "account", "a") }},
	{"update", func(h *fixture, id string) error {
		_, err := h.Update(h.t.Context(), ada, id, fields(h.t, `{"database":"E","password":"hunter3"}`))
		return err
	}, func(row *warehouse.Row) bool { return configHas(row, "database", "E") }},
	{"replace", func(h *fixture, id string) error {
		_, err := h.Replace(h.t.Context(), ada, id, fields(h.t, `{"database":"E","password":"hunter3"}`))
		return err
	}, func(row *warehouse.Row) bool { return configHas(row, "database", "E") }},
	{"test", func(h *fixture, id string) error {
		_, err := h.Test(h.t.Context(), ada, id)
		return err
	}, func(row *warehouse.Row) bool { return row.LastTest != nil }},
	{"delete", func(h *fixture, id string) error { return h.Delete(h.t.Context(), ada, id) },
		func(row *warehouse.Row) bool { return row == nil }},
}

// newFailureFixture returns a fixture ready for an action, and the id of its connection.
func newFailureFixture(t *testing.T, action failureAction) (h *fixture, fake *warehousetest.Connector, id string) {
	t.Helper()
	fake = &warehousetest.Connector{}
	h = newFixture(t, fake, nil)
	if action.name != "create" {
		id = h.created(`{"type":"fake","account":"a","password":"hunter2"}`).ID
	}
	return h, fake, id
}

// only returns the one row, nil if there is none.
func (h *fixture) only() *warehouse.Row {
	h.t.Helper()
	rows, err := h.store.Store.Page(context.Background(), "", 10)
	if err != nil || len(rows) > 1 {
		h.t.Fatalf("%d rows, %v", len(rows), err)
	}
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

// wantWhole checks that the row, if there is one, is whole: its script is its config's, and its secrets open
// and are its own.
func wantWhole(t *testing.T, h *fixture, fake *warehousetest.Connector, wantPassword string) {
	t.Helper()
	row := h.only()
	if row == nil {
		return
	}
	var config warehousetest.Config
	if err := json.Unmarshal(row.Config, &config); err != nil {
		t.Fatal(err)
	}
	script, err := (&warehousetest.Connector{}).SetupScript(&config, row.PublicKey)
	if err != nil || script != row.SetupScript {
		t.Errorf("the script is not the config's: %q, %v", row.SetupScript, err)
	}
	if _, err := h.Test(t.Context(), ada, row.ID); err != nil {
		t.Errorf("it cannot be tested: %v", err)
		return
	}
	targets := fake.Targets()
	target := targets[len(targets)-1]
	if got := target.Config().(*warehousetest.Config).Password; got != wantPassword {
		t.Errorf("the password is %q, want %q", got, wantPassword)
	}
	var public, private int
	if _, err := fmt.Sscanf(row.PublicKey, "public key %d", &public); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(target.Keys.PrivateKey()), "private key %d", &private); err != nil || public != private {
		t.Errorf("the public key is %q and the private one %q", row.PublicKey, target.Keys.PrivateKey())
	}
}

func TestStoreFailures(t *testing.T) {
	t.Parallel()
	for _, action := range failureActions {
		h, _, id := newFailureFixture(t, action)
		earlier := h.store.Calls()
		if err := action.do(h, id); err != nil || !action.done(h.only()) {
			t.Fatalf("%s without a fault: %v", action.name, err)
		}
		for n := 1; n <= h.store.Calls()-earlier; n++ {
			for _, when := range []string{"before", "after"} {
				t.Run(fmt.Sprintf("%s, %s call %d", action.name, when, n), func(t *testing.T) {
					t.Parallel()
					h, fake, id := newFailureFixture(t, action)
					before, first, method := h.only(), h.store.Calls(), ""
					fault := func(_ context.Context, call warehousetest.StoreCall) error {
						if call.N != first+n {
							return nil
						}
						method = call.Method
						return errInjected
					}
					if when == "before" {
						h.store.Before = fault
					} else {
						h.store.After = fault
					}
					wantError(t, action.name, action.do(h, id), errInjected)
					h.store.Before, h.store.After = nil, nil

					// Only a write that failed afterwards is done.
					wrote := when == "after" && method != "Get" && method != "List"
					row := h.only()
					if got := action.done(row); got != wrote {
						t.Errorf("after a fault %s %s, it is done: %t, want %t", when, method, got, wrote)
					}
					if diff := cmp.Diff(before, row); !wrote && diff != "" {
						t.Errorf("the row changed (-before +after):\n%s", diff)
					}
					password := "hunter2"
					if wrote && (action.name == "update" || action.name == "replace") {
						password = "hunter3"
					}
					wantWhole(t, h, fake, password)
					if outcome := h.eventsOf(eventOf(action.name))[0].Outcome; action.name != "create" && outcome == warehouse.OutcomeDone && !wrote {
						t.Errorf("the host was told that it was done")
					}
				})
			}
		}
	}
}

func eventOf(action string) warehouse.Action {
	if action == "replace" {
		return warehouse.ActionUpdate
	}
	return warehouse.Action(action)
}

func TestSealerFailures(t *testing.T) {
	t.Parallel()
	for _, action := range failureActions {
		for _, call := range []string{"Seal", "Open"} {
			t.Run(action.name+", "+call, func(t *testing.T) {
				t.Parallel()
				h, fake, id := newFailureFixture(t, action)
				before := h.only()
				fault := func(context.Context) error { return errInjected }
				if call == "Seal" {
					h.sealer.beforeSeal = fault
				} else {
					h.sealer.beforeOpen = fault
				}
				err := action.do(h, id)
				h.sealer.beforeSeal, h.sealer.beforeOpen = nil, nil
				uses := map[string]bool{"create Seal": true, "update Seal": true, "replace Seal": true, "update Open": true, "replace Open": true, "test Open": true}
				if !uses[action.name+" "+call] {
					if err != nil || !action.done(h.only()) {
						t.Errorf("%s needs no %s: %v", action.name, call, err)
					}
					return
				}
				wantError(t, action.name, err, errInjected)
				if diff := cmp.Diff(before, h.only()); diff != "" {
					t.Errorf("the row changed (-before +after):\n%s", diff)
				}
				wantWhole(t, h, fake, "hunter2")
			})
		}
	}
}

func TestConnectorFailures(t *testing.T) {
	t.Parallel()
	script, keys := error(nil), error(nil)
	fake := &warehousetest.Connector{
		SetupScriptFunc: func(any, string) (string, error) { return "script", script },
		NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
			return warehouse.NewKeyPair("public", []byte("private")), keys
		},
	}
	h := newFixture(t, fake, nil)
	body := fields(t, `{"type":"fake","account":"a"}`)

	keys = errInjected
	_, err := h.Create(t.Context(), ada, body)
	wantError(t, "Create without a key", err, errInjected)
	keys, script = nil, errInjected
	_, err = h.Create(t.Context(), ada, body)
	wantError(t, "Create without a script", err, errInjected)
	for _, half := range []warehouse.KeyPair{{}, {PublicKey: "public"}, warehouse.NewKeyPair("", []byte("x")), warehouse.NewKeyPair("public", nil)} {
		fake.NewKeyPairFunc = func(context.Context) (warehouse.KeyPair, error) { return half, nil }
		if _, err = h.Create(t.Context(), ada, body); err == nil || err.Error() != "warehouse: *warehousetest.Connector.NewKeyPair returned half a pair" {
			t.Errorf("Create with half a pair = %v", err)
		}
	}
	if h.rows() != 0 {
		t.Error("a row is there")
	}
	fake.NewKeyPairFunc, script = nil, nil
	c := h.created(`{"type":"fake","account":"a"}`)
	before := h.row(c.ID)
	script = errInjected
	_, err = h.Update(t.Context(), ada, c.ID, fields(t, `{"database":"D"}`))
	wantError(t, "Update without a script", err, errInjected)
	if diff := cmp.Diff(before, h.row(c.ID)); diff != "" {
		t.Errorf("the row changed (-before +after):\n%s", diff)
	}
}

func TestRowNotAuthentic(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	c := h.created(`{"type":"fake","account":"in-the-config","password":"hunter2"}`)
	h.sealer.Sealer = warehousetest.NewSealer() // with another key
	_, err := h.Test(t.Context(), ada, c.ID)
	wantError(t, "Test", err, warehouse.ErrNotAuthentic)
	_, updateErr := h.Update(t.Context(), ada, c.ID, fields(t, `{"database":"D"}`))
	wantError(t, "Update", updateErr, warehouse.ErrNotAuthentic)
	want := "warehouse: open the secrets of connection " + c.ID + ": " + warehouse.ErrNotAuthentic.Error()
	if err.Error() != want || updateErr.Error() != want {
		t.Errorf("the errors are %q and %q, want %q", err, updateErr, want)
	}
	if h.row(c.ID).LastTest != nil {
		t.Error("a result was recorded")
	}
	_, err = h.Get(t.Context(), ada, c.ID)
	wantError(t, "Get", err, warehouse.ErrNotAuthentic)
	if err := h.Delete(t.Context(), ada, c.ID); err != nil {
		t.Errorf("Delete = %v", err)
	}
}
