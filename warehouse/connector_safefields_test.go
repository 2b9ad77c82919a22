package warehouse_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

const enterAgain = "Enter this field again: another field changed, and the stored value is only sent to where it was entered for."

// A sentConfig is the config of a connector that sends a password and perhaps a token to a host.
type sentConfig struct {
	Host     string `json:"host"`
	Schema   string `json:"schema"`
	Password string `json:"password"`
	Token    string `json:"token,omitempty"`
}

func (c *sentConfig) Validate() error {
	if c.Host == "unreachable" {
		return warehouse.FieldErrors{"host": {"No such host."}}
	}
	if c.Host == "public" {
		c.Password = "" // needs none
	}
	return nil
}

func newSentConnector(safe ...string) *warehousetest.Connector {
	return &warehousetest.Connector{
		ConfigFunc:          func() any { return &sentConfig{Schema: "S"} },
		SensitiveFieldsFunc: func() []string { return []string{"password", "token"} },
		SafeFieldsFunc:      func() []string { return safe },
	}
}

func TestStoredSecretStays(t *testing.T) {
	t.Parallel()
	type errs = warehouse.FieldErrors
	again := errs{"password": {enterAgain}, "token": {enterAgain}}
	for _, test := range []struct {
		name    string
		safe    []string
		replace bool
		body    string
		want    errs
	}{
		{"another host", nil, false, `{"host":"eve"}`, again},
		{"another host, replaced", nil, true, `{"host":"eve","schema":"T"}`, again},
		{"another host with one secret", nil, false, `{"host":"eve","password":"new"}`, errs{"token": {enterAgain}}},
		{"another host with the stored secrets", nil, false, `{"host":"eve","password":"hunter2","token":"tttt"}`, nil},
		{"another host without secrets", nil, false, `{"host":"eve","password":"new","token":""}`, nil},
		{"another host that gets no password", nil, false, `{"host":"public","token":""}`, nil},
		{"a host that is not valid", nil, false, `{"host":"unreachable"}`, errs{"host": {"No such host."}}},
		{"another schema and a host that is not valid", nil, false, `{"host":"","schema":"U"}`,
			errs{"host": {"This field may not be blank."}, "password": {enterAgain}, "token": {enterAgain}}},
		{"another schema, not declared safe", nil, false, `{"schema":"U"}`, again},
		{"a default that comes back", nil, true, `{"host":"h"}`, again},
		{"another secret", nil, false, `{"token":"new"}`, errs{"password": {enterAgain}}},
		{"nothing", nil, false, `{"host":"h","schema":"T"}`, nil},
		{"nothing, replaced", nil, true, `{"host":"h","schema":"T"}`, nil},
		{"another schema", []string{"schema"}, false, `{"schema":"U"}`, nil},
		{"another schema, replaced", []string{"schema"}, true, `{"host":"h"}`, nil},
		{"another schema and host", []string{"schema"}, false, `{"schema":"U","host":"eve"}`, again},
		{"another safe secret", []string{"token"}, false, `{"token":"new"}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, newSentConnector(test.safe...), nil)
			c := h.created(`{"type":"fake","host":"h","schema":"T","password":"hunter2","token":"tttt"}`)
			change := h.Update
			if test.replace {
				change = h.Replace
			}
			_, err := change(t.Context(), ada, c.ID, fields(t, test.body))
			var got errs
			if err != nil {
				got = fieldErrors(t, err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.body, diff)
			}
		})
	}
}

func TestKeyPairStaysWithAnotherHost(t *testing.T) {
	t.Parallel()
	fake := newSentConnector()
	fake.SensitiveFieldsFunc = func() []string { return nil }
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","host":"h","password":"not sensitive here"}`)
	if _, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"host":"other"}`)); err != nil {
		t.Error(err)
	}
}

func TestSafeFieldsAreFields(t *testing.T) {
	t.Parallel()
	_, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": newSentConnector("shcema")})
	const want = `warehouse: the connector of type "fake": SafeFields names "shcema", which is not a config field`
	if err == nil || err.Error() != want {
		t.Errorf("NewRegistry = %v, want %q", err, want)
	}
}

// A connector without the capability declares nothing safe.
func TestStoredSecretWithoutDeclaration(t *testing.T) {
	t.Parallel()
	h := newFixture(t, bareConnector{newSentConnector("schema")}, nil)
	c := h.created(`{"type":"fake","host":"h","password":"hunter2"}`)
	_, err := h.Update(context.Background(), ada, c.ID, fields(t, `{"schema":"U"}`))
	if diff := cmp.Diff(warehouse.FieldErrors{"password": {enterAgain}}, fieldErrors(t, err)); diff != "" {
		t.Errorf("Update (-want +got):\n%s", diff)
	}
}
