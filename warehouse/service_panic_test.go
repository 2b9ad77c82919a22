package warehouse_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A fuse blows once it is lit.
type fuse struct {
	mu   sync.Mutex
	with any
}

func (f *fuse) light(with any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.with = with
}

func (f *fuse) blow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.with != nil {
		panic(f.with)
	}
}

type explosiveConfig struct {
	Account  volatileText `json:"account"`
	Database string       `json:"database"`
	Password string       `json:"password,omitempty"`

	validating *fuse
}

func (c *explosiveConfig) Validate() error {
	c.validating.blow()
	return nil
}

// A volatileText blows up on "boom".
type volatileText string

func (v *volatileText) UnmarshalText(text []byte) error {
	if string(text) == "boom" {
		panic(password)
	}
	*v = volatileText(text)
	return nil
}

func TestPanics(t *testing.T) {
	t.Parallel()
	var out []int
	index := func() (p any) {
		defer func() { p = recover() }()
		return out[len(password)]
	}()
	type secretive struct{ Password string }
	for what, with := range map[string]any{
		"a text":            password,
		"an error":          fmt.Errorf("it is %s", password),
		"a struct":          secretive{password},
		"the runtime's own": index,
	} {
		for _, where := range []string{"Config", "Validate", "NewKeyPair", "SetupScript", "Probe", "Seal", "Open", "store before", "store after"} {
			t.Run(what+" in "+where, func(t *testing.T) {
				t.Parallel()
				fuses := make(map[string]*fuse)
				for _, name := range []string{"Config", "Validate", "NewKeyPair", "SetupScript", "Probe", "Seal", "Open", "store before", "store after"} {
					fuses[name] = &fuse{}
				}
				fake := &warehousetest.Connector{
					ConfigFunc: func() any {
						fuses["Config"].blow()
						return &explosiveConfig{Database: "D", validating: fuses["Validate"]}
					},
					SensitiveFieldsFunc: func() []string { return []string{"password"} },
					SafeFieldsFunc:      func() []string { return []string{"database"} },
					NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
						fuses["NewKeyPair"].blow()
						return warehouse.NewKeyPair("public", []byte(private)), nil
					},
					SetupScriptFunc: func(any, string) (string, error) { fuses["SetupScript"].blow(); return "script", nil },
					ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
						fuses["Probe"].blow()
						return nil, nil
					},
				}
				h := newFixture(t, fake, func(o *warehouse.Options) { o.MaxProbes = 1 })
				h.sealer.beforeSeal = func(context.Context) error { fuses["Seal"].blow(); return nil }
				h.sealer.beforeOpen = func(context.Context) error { fuses["Open"].blow(); return nil }
				h.store.Before = func(context.Context, warehousetest.StoreCall) error { fuses["store before"].blow(); return nil }
				h.store.After = func(context.Context, warehousetest.StoreCall) error { fuses["store after"].blow(); return nil }

				c, err := h.Create(t.Context(), ada, secretBody(t))
				if err != nil {
					t.Fatal(err)
				}
				fuses[where].light(with)
				actions := map[string]func() error{
					"Create": func() error {
						_, err := h.Create(t.Context(), warehouse.Caller{Organisation: "other"}, secretBody(t))
						return err
					},
					"Update": func() error {
						_, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"password":"other than it was","database":"E"}`))
						return err
					},
					"Replace": func() error {
						_, err := h.Replace(t.Context(), ada, c.ID, fields(t, `{"account":"a","database":"F"}`))
						return err
					},
					"Get":  func() error { _, err := h.Get(t.Context(), ada, c.ID); return err },
					"List": func() error { _, err := h.List(t.Context(), ada); return err },
					"Test": func() error { _, err := h.Test(t.Context(), ada, c.ID); return err },
				}
				panicked := 0
				for name, act := range actions {
					if err := act(); err != nil {
						panicked++
						if !strings.Contains(err.Error(), "warehouse: panic in ") {
							t.Errorf("%s = %v, want an error about a panic", name, err)
						}
						wantNoSecret(t, name+"'s error", fmt.Sprintf("%v %+v", err, err))
					}
				}
				if panicked == 0 {
					t.Error("nothing panicked")
				}
				wantNoSecret(t, "the log", h.log.String())
				if log := h.log.String(); !strings.Contains(log, "panic_test.go") {
					t.Errorf("the log does not say where: %s", log)
				}
				h.mu.Lock()
				told := 0
				for _, e := range h.events {
					wantNoSecret(t, "an event", fmt.Sprintf("%+v", e))
					if e.Outcome == warehouse.OutcomeError && e.Err != nil {
						told++
					}
				}
				h.mu.Unlock()
				if told != panicked {
					t.Errorf("%d of %d panics were told to the host", told, panicked)
				}

				fuses[where].light(nil)
				if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
					t.Errorf("afterwards, Test = %v", err)
				}
				if err := h.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestPanicInUnmarshalText(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{ConfigFunc: func() any { return &explosiveConfig{Database: "D", validating: &fuse{}} }}
	h := newFixture(t, fake, nil)
	_, err := h.Create(t.Context(), ada, fields(t, `{"type":"fake","account":"boom"}`))
	if err == nil || err.Error() != "warehouse: panic in create: string" {
		t.Errorf("Create = %v", err)
	}
	wantNoSecret(t, "the log", h.log.String())
}

func TestPanicInEventHook(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, func(o *warehouse.Options) {
		o.OnEvent = func(context.Context, warehouse.Event) { panic(password) }
	})
	c := h.created(`{"type":"fake","account":"a"}`)
	if result, err := h.Test(t.Context(), ada, c.ID); err != nil || !result.Success {
		t.Errorf("Test = %+v, %v", result, err)
	}
	if err := h.Delete(t.Context(), ada, c.ID); err != nil {
		t.Errorf("Delete = %v", err)
	}
	if got := strings.Count(h.log.String(), "warehouse: panic in the event hook"); got != 3 {
		t.Errorf("the log tells of %d panics, want 3: %s", got, h.log)
	}
	wantNoSecret(t, "the log", h.log.String())
}
