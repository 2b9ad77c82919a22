package warehouse_test

import (
	gocmp "cmp"
	"encoding"
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A wide config has a field of each kind.
type wide struct {
	Name    string     `json:"name"`
	Region  string     `json:"region"`
	Note    string     `json:"note,omitempty"`
	TLS     bool       `json:"tls"`
	Verify  bool       `json:"verify,omitempty"`
	Pool    string     `json:"pool,omitempty"`
	Port    int        `json:"port"`
	Small   int8       `json:"small"`
	Count   uint16     `json:"count"`
	Ratio   float64    `json:"ratio"`
	Narrow  float32    `json:"narrow"`
	Tags    []string   `json:"tags"`
	Ports   []int      `json:"ports,omitempty"`
	Bools   []bool     `json:"bools,omitempty"`
	Address netip.Addr `json:"address,omitzero"`
	Mode    mode       `json:"mode"`
	Modes   []mode     `json:"modes,omitempty"`
	Since   time.Time  `json:"since,omitzero"`

	hidden  string
	Skipped func() `json:"-"`
}

// A mode is kept in lower case, and is not "bad".
type mode string

var _ encoding.TextUnmarshaler = (*mode)(nil)

func (m *mode) UnmarshalText(text []byte) error {
	if string(text) == "bad" {
		return errors.New("This mode is bad.")
	}
	*m = mode(strings.ToLower(string(text)))
	return nil
}

var sharedTags = []string{"a", "b"}

func newWide() any {
	return &wide{
		Region: "eu", Verify: true, Pool: "shared", Port: 5432, Small: 1, Count: 2, Ratio: 0.5, Narrow: 0.25,
		Tags: sharedTags, Mode: "fast", hidden: "x",
	}
}

const wideDefaults = `{"name":"n","region":"eu","tls":false,"verify":true,"pool":"shared","port":5432,"small":1,"count":2,` +
	`"ratio":0.5,"narrow":0.25,"tags":["a","b"],"mode":"fast"}`

func TestConfigDefaultsAndOrder(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{ConfigFunc: newWide}, nil)
	c := h.created(`{"name":"n","type":"fake"}`)
	if diff := cmp.Diff(wideDefaults, string(c.Config)); diff != "" {
		t.Errorf("the config differs (-want +got):\n%s", diff)
	}
}

func TestDecodeStoresValue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ field, sent, stored string }{
		{"name", `"ünï <&> \" \\ ☃"`, `"ünï <&> \" \\ ☃"`},
		{"name", `" padded "`, `" padded "`},
		{"name", `"\u0041"`, `"A"`},
		{"note", `"hello"`, `"hello"`},
		{"note", `""`, ``},
		{"note", `"  "`, `"  "`},
		{"tls", `true`, `true`},
		{"verify", `false`, `false`},
		{"pool", `""`, `""`},
		{"port", `0`, `0`},
		{"port", `-1`, `-1`},
		{"port", `9223372036854775807`, `9223372036854775807`},
		{"small", `-128`, `-128`},
		{"count", `65535`, `65535`},
		{"ratio", `1e3`, `1000`},
		{"ratio", `0`, `0`},
		{"narrow", `0.1`, `0.1`},
		{"tags", `["x"]`, `["x"]`},
		{"tags", `[]`, `[]`},
		{"ports", `[1,2]`, `[1,2]`},
		{"bools", `[true,false]`, `[true,false]`},
		{"address", `"::1"`, `"::1"`},
		{"address", `""`, ``},
		{"mode", `"SLOW"`, `"slow"`},
		{"modes", `["A","b"]`, `["a","b"]`},
		{"since", `"2026-04-17T10:00:00Z"`, `"2026-04-17T10:00:00Z"`},
	} {
		t.Run(test.field+" "+test.sent, func(t *testing.T) {
			t.Parallel()
			fake := &warehousetest.Connector{ConfigFunc: newWide}
			h := newFixture(t, fake, nil)
			c := h.created(`{"type":"fake","name":"n"}`)
			sent := fields(t, `{"`+test.field+`":`+test.sent+`}`)
			updated, err := h.Update(t.Context(), ada, c.ID, sent)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(fields(t, string(updated.Config))[test.field]); got != test.stored {
				t.Errorf("%s is stored as %s, want %s", test.sent, got, test.stored)
			}

			again, err := h.Update(t.Context(), ada, c.ID, sent)
			if err != nil || again.Revision != updated.Revision || string(again.Config) != string(updated.Config) {
				t.Errorf("sent once more, it made revision %d of %d and config %s (error %v)",
					again.Revision, updated.Revision, again.Config, err)
			}
			if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
				t.Fatal(err)
			}
			probed := reflect.ValueOf(fake.Targets()[0].Config()).Elem()
			for i := range probed.NumField() {
				if name, _, _ := strings.Cut(probed.Type().Field(i).Tag.Get("json"), ","); name == test.field {
					want := reflect.New(probed.Type().Field(i).Type)
					if err := json.Unmarshal([]byte(gocmp.Or(test.stored, `""`)), want.Interface()); err != nil {
						t.Fatal(err)
					}
					if got := probed.Field(i).Interface(); !reflect.DeepEqual(got, want.Elem().Interface()) {
						t.Errorf("the probe sees %#v, want %#v", got, want.Elem().Interface())
					}
				}
			}
		})
	}
}

func TestDecodeRejectsValue(t *testing.T) {
	t.Parallel()
	const (
		null       = "This field may not be null."
		blank      = "This field may not be blank."
		notString  = "Not a valid string."
		notBool    = "Must be a valid boolean."
		notInteger = "A valid integer is required."
		notNumber  = "A valid number is required."
		notList    = "Expected a list of items."
		readOnly   = "This field is read-only."
		unknown    = "Unknown field."
	)
	for _, test := range []struct{ field, sent, want string }{
		{"name", `null`, null},
		{"name", `""`, blank},
		{"name", `" \t\n"`, blank},
		{"name", `"\u00a0"`, blank},
		{"name", `1`, notString},
		{"name", `["n"]`, notString},
		{"name", `{}`, notString},
		{"name", `true`, notString},
		{"name", `"a\u0000b"`, "Null characters are not allowed."},
		{"region", `""`, blank},
		{"note", `null`, null},
		{"tls", `null`, null},
		{"tls", `"true"`, notBool},
		{"tls", `1`, notBool},
		{"port", `null`, null},
		{"port", `"1"`, notInteger},
		{"port", `1.5`, notInteger},
		{"port", `1.0`, notInteger},
		{"port", `1e2`, notInteger},
		{"port", `9223372036854775808`, notInteger},
		{"port", `true`, notInteger},
		{"small", `128`, notInteger},
		{"small", `-129`, notInteger},
		{"count", `-1`, notInteger},
		{"count", `65536`, notInteger},
		{"ratio", `"0.5"`, notNumber},
		{"ratio", `1e400`, notNumber},
		{"ratio", `null`, null},
		{"narrow", `1e39`, notNumber},
		{"tags", `null`, null},
		{"tags", `"a"`, notList},
		{"tags", `{}`, notList},
		{"tags", `["a",null]`, "Item 2: " + null},
		{"tags", `["a",""]`, "Item 2: " + blank},
		{"tags", `[1]`, "Item 1: " + notString},
		{"ports", `[1,"2"]`, "Item 2: " + notInteger},
		{"ports", `[[1]]`, "Item 1: " + notInteger},
		{"bools", `[0]`, "Item 1: " + notBool},
		{"address", `"nowhere"`, `ParseAddr("nowhere"): unable to parse IP`},
		{"address", `1`, notString},
		{"mode", `"bad"`, "This mode is bad."},
		{"mode", `""`, blank},
		{"mode", `null`, null},
		{"modes", `["ok","bad"]`, "Item 2: This mode is bad."},
		{"Name", `"n"`, unknown},
		{"hidden", `"y"`, unknown},
		{"Skipped", `"y"`, unknown},
		{"-", `"y"`, unknown},
		{"", `"y"`, unknown},
		{"non_field_errors", `"y"`, unknown},
		{"id", `"y"`, readOnly},
		{"status", `"connected"`, readOnly},
		{"config", `{}`, readOnly},
		{"public_key", `"y"`, readOnly},
		{"setup_script", `"y"`, readOnly},
		{"created_at", `"y"`, readOnly},
		{"last_tested_at", `"y"`, readOnly},
		{"last_error", `null`, readOnly},
		{"diagnosis", `null`, readOnly},
	} {
		t.Run(test.field+" "+test.sent, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, &warehousetest.Connector{ConfigFunc: newWide}, nil)
			want := warehouse.FieldErrors{test.field: {test.want}}

			created := fields(t, `{"type":"fake","name":"n"}`)
			created[test.field] = []byte(test.sent)
			_, err := h.Create(t.Context(), ada, created)
			if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
				t.Errorf("Create: (-want +got):\n%s", diff)
			}
			c := h.created(`{"type":"fake","name":"n"}`)
			replaced := fields(t, `{"name":"n"}`)
			replaced[test.field] = []byte(test.sent)
			_, err = h.Replace(t.Context(), ada, c.ID, replaced)
			if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
				t.Errorf("Replace: (-want +got):\n%s", diff)
			}
			_, err = h.Update(t.Context(), ada, c.ID, warehouse.Fields{test.field: []byte(test.sent)})
			if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
				t.Errorf("Update: (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c, h.row(c.ID).Connection); diff != "" {
				t.Errorf("a refused change changed the row (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllFieldErrorsAtOnce(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{ConfigFunc: newWide, ImmutableFieldsFunc: func() []string { return []string{"region"} }}
	h := newFixture(t, fake, nil)
	const immutable = "This field cannot change. Delete this connection and create another to use another value."
	body := fields(t, `{"type":"fake","colour":"red","status":"connected","port":"x","tags":[null],"mode":"bad","note":null}`)
	want := warehouse.FieldErrors{
		"colour": {"Unknown field."},
		"status": {"This field is read-only."},
		"port":   {"A valid integer is required."},
		"tags":   {"Item 1: This field may not be null."},
		"mode":   {"This mode is bad."},
		"note":   {"This field may not be null."},
		"name":   {"This field is required."},
	}
	_, err := h.Create(t.Context(), ada, body)
	if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
		t.Errorf("Create: (-want +got):\n%s", diff)
	}
	c := h.created(`{"type":"fake","name":"n"}`)

	body["type"], body["region"] = []byte(`"other"`), []byte(`"us"`)
	want["type"], want["region"] = []string{immutable}, []string{immutable}
	_, err = h.Replace(t.Context(), ada, c.ID, body)
	if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
		t.Errorf("Replace: (-want +got):\n%s", diff)
	}
	delete(want, "name") // an update requires nothing
	_, err = h.Update(t.Context(), ada, c.ID, body)
	if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
		t.Errorf("Update: (-want +got):\n%s", diff)
	}
	if got, want := err.Error(), "warehouse: invalid fields: colour: Unknown field.; mode: This mode is bad.; note: "; !strings.HasPrefix(got, want) {
		t.Errorf("the error is %q, want it to begin with %q", got, want)
	}
}

func TestBadTypeReportedAlone(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	for _, test := range []struct{ body, want string }{
		{`{"colour":"red"}`, "This field is required."},
		{`{"type":null,"colour":"red"}`, "This field may not be null."},
		{`{"type":1,"colour":"red"}`, "Not a valid string."},
		{`{"type":"","colour":"red"}`, "This field may not be blank."},
		{`{"type":"Fake","colour":"red"}`, "Unknown type. Known types: fake."},
		{`{"type":"redshift","colour":"red"}`, "Unknown type. Known types: fake."},
	} {
		_, err := h.Create(t.Context(), ada, fields(t, test.body))
		if diff := cmp.Diff(warehouse.FieldErrors{"type": {test.want}}, fieldErrors(t, err)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", test.body, diff)
		}
	}
	_, err := h.Create(t.Context(), ada, nil)
	if diff := cmp.Diff(warehouse.FieldErrors{"type": {"This field is required."}}, fieldErrors(t, err)); diff != "" {
		t.Errorf("no members: (-want +got):\n%s", diff)
	}
}

func TestDecodeKeepsSharedDefaults(t *testing.T) {
	t.Parallel()
	shared, digits := []string{"a", "b"}, serial{digits: []byte("123")}
	type config struct {
		Tags   []string `json:"tags"`
		Serial serial   `json:"serial"`
	}
	h := newFixture(t, &warehousetest.Connector{ConfigFunc: func() any { return &config{Tags: shared, Serial: digits} }}, nil)
	c := h.created(`{"type":"fake","tags":["mine","too"],"serial":"456"}`)
	if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"tags":["others"]}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, shared); diff != "" || string(digits.digits) != "123" {
		t.Errorf("the connector's own defaults were overwritten: %s (-want +got):\n%s", digits.digits, diff)
	}
}
