package warehouse_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

const (
	password = `correct "horse" <&> battery/stäple`
	private  = "-the-private-half-of-the-key-in-some-binary-form-of-its-own-\x00\xff\x01-and-so-on-for-more-than-a-line-"
)

// secretForms are texts that would give a secret away.
func secretForms() []string {
	var forms []string
	for _, secret := range []string{password, private} {
		quoted, _ := json.Marshal(secret)
		decimal := fmt.Sprint([]byte(secret))
		forms = append(forms, secret, strings.Trim(string(quoted), `"`), strings.Trim(fmt.Sprintf("%q", secret), `"`),
			url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(decimal, "[]"),
			base64.RawStdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
			hex.EncodeToString([]byte(secret)), fmt.Sprintf("%X", secret))
	}
	return append(forms, "battery", "horse", "the-private-half", "Y29ycmVjdC", "dGhlLXByaXZhdGU", "636f7272656374")
}

// wantNoSecret fails if text holds a secret in any form.
func wantNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, form := range secretForms() {
		if strings.Contains(text, form) {
			t.Errorf("%s holds %q:\n%s", where, form, text)
			return
		}
	}
}

// newSecretConnector returns a fake with the secrets that wantNoSecret knows.
func newSecretConnector() *warehousetest.Connector {
	return &warehousetest.Connector{NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
		return warehouse.NewKeyPair("public", []byte(private)), nil
	}}
}

func secretBody(t *testing.T) warehouse.Fields {
	t.Helper()
	secret, err := json.Marshal(password)
	if err != nil {
		t.Fatal(err)
	}
	return warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"a"`), "password": secret}
}

func TestSecretsReachProbeOnly(t *testing.T) {
	t.Parallel()
	fake := newSecretConnector()
	var scripts []*warehousetest.Config
	fake.SetupScriptFunc = func(config any, _ string) (string, error) {
		scripts = append(scripts, config.(*warehousetest.Config))
		return "script", nil
	}
	h := newFixture(t, fake, nil)
	c, err := h.Create(t.Context(), ada, secretBody(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"database":"D"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Replace(t.Context(), ada, c.ID, fields(t, `{}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	for i, target := range fake.Targets() {
		if got := target.Config().(*warehousetest.Config); got.Password != password || got.Account != "a" {
			t.Errorf("probe %d was given %+v", i+1, got)
		}
		if string(target.Keys.PrivateKey()) != private || target.Keys.PublicKey != "public" {
			t.Errorf("probe %d was given another key", i+1)
		}
		if target.Organisation != "acme" || target.ConnectionID != c.ID {
			t.Errorf("probe %d was given %v", i+1, target)
		}
	}
	for _, config := range scripts {
		if config.Password != "" {
			t.Error("a script was made with the password at hand")
		}
	}
	row := h.row(c.ID)
	wantNoSecret(t, "the row", fmt.Sprintf("%+v %s %s %s", row, row.Config, row.Preset, row.Sealed))
	wantNoSecret(t, "the log", h.log.String())
}

func TestSensitiveFieldChanges(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","account":"a","password":"hunter2"}`)
	key := ""
	for i, test := range []struct {
		body         string
		replace      bool
		revision     int64
		wantPassword string
		resealed     bool
	}{
		{`{"database":"D"}`, false, 2, "hunter2", true},
		{`{}`, true, 3, "hunter2", true},
		{`{"password":"hunter2"}`, false, 3, "hunter2", false},
		{`{"password":"hunter3"}`, false, 4, "hunter3", true},
		{`{"password":"hunter4"}`, true, 5, "hunter4", true},
		{`{"password":""}`, false, 6, "", true},
		{`{"password":""}`, true, 6, "", false},
		{`{"password":"hunter5","database":"E"}`, false, 7, "hunter5", true},
	} {
		before := h.row(c.ID)
		change := h.Update
		if test.replace {
			change = h.Replace
		}
		got, err := change(t.Context(), ada, c.ID, fields(t, test.body))
		if err != nil || got.Revision != test.revision || got.PublicKey != c.PublicKey {
			t.Fatalf("%d: %s: revision %d, want %d, with the public key %q (error %v)", i, test.body, got.Revision, test.revision, got.PublicKey, err)
		}
		if strings.Contains(string(got.Config), "password") {
			t.Errorf("%d: the config is %s", i, got.Config)
		}
		if resealed := !bytes.Equal(before.Sealed, h.row(c.ID).Sealed); resealed != test.resealed {
			t.Errorf("%d: %s: sealed again: %t", i, test.body, resealed)
		}
		if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
			t.Fatal(err)
		}
		target := fake.Targets()[i]
		if got := target.Config().(*warehousetest.Config).Password; got != test.wantPassword {
			t.Errorf("%d: %s: the password is %q, want %q", i, test.body, got, test.wantPassword)
		}
		if key == "" {
			key = string(target.Keys.PrivateKey())
		}
		if got := string(target.Keys.PrivateKey()); got != key || got == "" {
			t.Errorf("%d: the private key is %q, it was %q", i, got, key)
		}
	}
}

func TestFieldBecomesSensitive(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{
		SensitiveFieldsFunc: func() []string { return nil },
		SetupScriptFunc: func(config any, _ string) (string, error) {
			return "script: " + config.(*warehousetest.Config).Password, nil
		},
	}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","account":"a","password":"hunter2"}`)
	later := &warehousetest.Connector{SetupScriptFunc: fake.SetupScriptFunc}
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": later})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(h.store, h.sealer, registry, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	changed, err := service.Update(t.Context(), ada, c.ID, fields(t, `{"database":"D"}`))
	if err != nil || changed.SetupScript != "script: " || strings.Contains(string(changed.Config), "hunter2") {
		t.Errorf("Update = %+v, %v", changed, err)
	}
	changed, err = service.Update(t.Context(), ada, c.ID, fields(t, `{"password":"hunter3"}`))
	if err != nil || changed.SetupScript != "script: " {
		t.Errorf("Update = %+v, %v", changed, err)
	}
	if _, err := service.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "hunter3"} {
		if got := later.Targets()[i].Config().(*warehousetest.Config).Password; got != want {
			t.Errorf("probe %d was given %q, want %q", i+1, got, want)
		}
	}
}

func TestUpdateWithoutSensitiveFieldsSealsAgain(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{ConfigFunc: newWide}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","name":"n"}`)
	before := h.row(c.ID)
	if _, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"name":"m"}`)); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(before.Sealed, h.row(c.ID).Sealed) {
		t.Error("the sealed bytes are those of the config before")
	}
	if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	if key := fake.Targets()[0].Keys.PrivateKey(); string(key) != "private key 1" {
		t.Errorf("the private key is %q", key)
	}
}
