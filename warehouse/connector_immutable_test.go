package warehouse_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// An account is the same in any case.
type account string

func (a account) Equal(b any) bool { return strings.EqualFold(string(a), string(b.(account))) }

func TestImmutableFields(t *testing.T) {
	t.Parallel()
	type config struct {
		Account account `json:"account"`
		Exact   string  `json:"exact,omitempty"`
	}
	fake := &warehousetest.Connector{
		ConfigFunc:          func() any { return &config{} },
		ImmutableFieldsFunc: func() []string { return []string{"account", "exact"} },
	}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","account":"Xy1","exact":"E"}`)
	got, err := h.Replace(t.Context(), ada, c.ID, fields(t, `{"type":"fake","account":"xY1","exact":"E"}`))
	if diff := cmp.Diff(c, got); diff != "" || err != nil {
		t.Errorf("another spelling: error %v (-want +got):\n%s", err, diff)
	}
	const immutable = "This field cannot change. Delete this connection and create another to use another value."
	for body, want := range map[string]warehouse.FieldErrors{
		`{"account":"xy2"}`:               {"account": {immutable}},
		`{"account":"Xy1","exact":"e"}`:   {"exact": {immutable}},
		`{"account":"Xy1","exact":""}`:    {"exact": {immutable}},
		`{"type":"other","account":"xy"}`: {"account": {immutable}, "type": {immutable}},
		`{"type":null,"account":null}`:    {"account": {"This field may not be null."}, "type": {"This field may not be null."}},
	} {
		_, err := h.Replace(t.Context(), ada, c.ID, fields(t, body))
		if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
			t.Errorf("Replace %s: (-want +got):\n%s", body, diff)
		}
	}
	for body, want := range map[string]warehouse.FieldErrors{
		`{"account":"Xy1"}`:             {"account": {immutable}},
		`{"type":"fake","exact":"E"}`:   {"exact": {immutable}, "type": {immutable}},
		`{"account":null,"exact":true}`: {"account": {immutable}, "exact": {immutable}},
	} {
		_, err := h.Update(t.Context(), ada, c.ID, fields(t, body))
		if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
			t.Errorf("Update %s: (-want +got):\n%s", body, diff)
		}
	}
	if diff := cmp.Diff(c, h.row(c.ID).Connection); diff != "" {
		t.Errorf("the row changed (-before +after):\n%s", diff)
	}
}

// A serial shares its memory with its copies, as big.Int does.
type serial struct{ digits []byte }

func (s *serial) UnmarshalText(text []byte) error {
	s.digits = append(s.digits[:0], text...)
	return nil
}

func (s serial) MarshalText() ([]byte, error) { return s.digits, nil }

func TestImmutableFieldWithSharedMemory(t *testing.T) {
	t.Parallel()
	type config struct {
		Serial serial `json:"serial"`
	}
	fake := &warehousetest.Connector{
		ConfigFunc:          func() any { return &config{} },
		ImmutableFieldsFunc: func() []string { return []string{"serial"} },
	}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","serial":"123"}`)
	_, err := h.Replace(t.Context(), ada, c.ID, fields(t, `{"serial":"456"}`))
	if len(fieldErrors(t, err)["serial"]) != 1 {
		t.Errorf("Replace = %v", err)
	}
}

func TestPresetFieldsKept(t *testing.T) {
	t.Parallel()
	stage := "OLD"
	fake := &warehousetest.Connector{
		ConfigFunc:       func() any { return &warehousetest.Config{Database: "D", Stage: stage} },
		PresetFieldsFunc: func() []string { return []string{"stage"} },
		SetupScriptFunc: func(config any, _ string) (string, error) {
			c := config.(*warehousetest.Config)
			return "script for " + c.Database + " and " + c.Stage, nil
		},
	}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","account":"a"}`)
	stage = "NEW"
	updated, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"database":"E"}`))
	if err != nil || updated.SetupScript != "script for E and OLD" || string(updated.Preset) != `{"stage":"OLD"}` {
		t.Errorf("Update = %q, %s, %v", updated.SetupScript, updated.Preset, err)
	}
	replaced, err := h.Replace(t.Context(), ada, c.ID, fields(t, `{"account":"a","database":"F"}`))
	if err != nil || replaced.SetupScript != "script for F and OLD" || string(replaced.Preset) != `{"stage":"OLD"}` {
		t.Errorf("Replace = %q, %s, %v", replaced.SetupScript, replaced.Preset, err)
	}
	if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	if got := fake.Targets()[0].Config().(*warehousetest.Config).Stage; got != "OLD" {
		t.Errorf("the probe was given the stage %q", got)
	}
	for _, body := range []string{`{"account":"a","stage":"MINE"}`, `{"account":"a","stage":"OLD"}`} {
		_, err := h.Update(t.Context(), ada, c.ID, fields(t, body))
		if diff := cmp.Diff(warehouse.FieldErrors{"stage": {"Unknown field."}}, fieldErrors(t, err)); diff != "" {
			t.Errorf("Update %s: (-want +got):\n%s", body, diff)
		}
		_, err = h.Replace(t.Context(), ada, c.ID, fields(t, body))
		if diff := cmp.Diff(warehouse.FieldErrors{"stage": {"Unknown field."}}, fieldErrors(t, err)); diff != "" {
			t.Errorf("Replace %s: (-want +got):\n%s", body, diff)
		}
	}
}
