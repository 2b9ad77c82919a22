package warehouse_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// quoting is a sensitive type whose errors repeat what they were given.
type quoting string

func (q *quoting) UnmarshalText(text []byte) error {
	if strings.HasPrefix(string(text), "ok") {
		*q = quoting(text)
		return nil
	}
	_, err := url.Parse("http://user:" + string(text) + "@\x7f/")
	return fmt.Errorf("cannot use %q: %s, %w", text, text, err)
}

type quotingConfig struct {
	Account string  `json:"account"`
	Secret  quoting `json:"secret,omitempty"`
}

func (c *quotingConfig) Validate() error {
	switch c.Account {
	case "whole":
		return fmt.Errorf("no account has the secret %s", c.Secret)
	case "field":
		return warehouse.FieldErrors{"account": {"It does not fit to " + string(c.Secret) + "."}, "secret": {fmt.Sprintf("%q is bad.", string(c.Secret))}}
	case "empty":
		return warehouse.FieldErrors{}
	case "none":
		return warehouse.FieldErrors{"account": nil}
	}
	return nil
}

func newQuotingFixture(t *testing.T) *fixture {
	return newFixture(t, &warehousetest.Connector{
		ConfigFunc:          func() any { return &quotingConfig{} },
		SensitiveFieldsFunc: func() []string { return []string{"secret"} },
	}, nil)
}

func TestFieldErrorRedacted(t *testing.T) {
	t.Parallel()
	h := newQuotingFixture(t)
	secret, err := json.Marshal(password)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(doing string, err error) {
		t.Helper()
		for name, messages := range fieldErrors(t, err) {
			wantNoSecret(t, doing+": "+name, strings.Join(messages, " "))
		}
		if events := h.events; len(events) > 0 {
			wantNoSecret(t, doing+": its event", fmt.Sprintf("%+v", events[len(events)-1]))
		}
	}
	_, err = h.Create(t.Context(), ada, warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"a"`), "secret": secret})
	refused("a type's own error", err)
	if !strings.HasPrefix(fieldErrors(t, err)["secret"][0], `cannot use "[redacted]": [redacted], `) {
		t.Errorf("the message is %q", fieldErrors(t, err)["secret"])
	}

	ok, err := json.Marshal("ok" + password)
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{"whole", "field"} {
		_, err := h.Create(t.Context(), ada, warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"` + account + `"`), "secret": ok})
		refused("Validate of "+account, err)
	}
	c, err := h.Create(t.Context(), ada, warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"a"`), "secret": ok})
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{"whole", "field"} {
		_, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"account":"`+account+`"}`))
		refused("Update to "+account, err)
		_, err = h.Replace(t.Context(), ada, c.ID, fields(t, `{"account":"`+account+`"}`))
		refused("Replace with "+account, err)
	}
}

func TestOwnMessagesNotRedacted(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{ConfigFunc: func() any {
		return &struct {
			Password string   `json:"password,omitempty"`
			Keys     []string `json:"keys,omitempty"`
			On       bool     `json:"on"`
		}{}
	}, SensitiveFieldsFunc: func() []string { return []string{"password", "keys", "on"} }}, nil)
	c := h.created(`{"type":"fake"}`)
	for body, want := range map[string]warehouse.FieldErrors{
		`{"password":null}`:             {"password": {"This field may not be null."}},
		`{"keys":null}`:                 {"keys": {"This field may not be null."}},
		`{"keys":[null]}`:               {"keys": {"Item 1: This field may not be null."}},
		`{"password":["valid string"]}`: {"password": {"Not a valid string."}},
		`{"keys":"list"}`:               {"keys": {"Expected a list of items."}},
		`{"on":"valid"}`:                {"on": {"Must be a valid boolean."}},
	} {
		_, err := h.Update(t.Context(), ada, c.ID, fields(t, body))
		if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", body, diff)
		}
	}
}

// A literalsConfig has sensitive fields whose values are literals of JSON.
type literalsConfig struct {
	Keys []string `json:"keys,omitempty"`
	On   bool     `json:"on"`
}

func (*literalsConfig) Validate() error { return errors.New("This cannot be null, true or false.") }

func TestLiteralsNotRedacted(t *testing.T) {
	t.Parallel()
	h := newFixture(t, &warehousetest.Connector{
		ConfigFunc:          func() any { return &literalsConfig{} },
		SensitiveFieldsFunc: func() []string { return []string{"keys", "on"} },
	}, nil)
	for _, body := range []string{`{"type":"fake"}`, `{"type":"fake","on":true}`} {
		_, err := h.Create(t.Context(), ada, fields(t, body))
		want := warehouse.FieldErrors{"non_field_errors": {"This cannot be null, true or false."}}
		if diff := cmp.Diff(want, fieldErrors(t, err)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", body, diff)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	h := newQuotingFixture(t)
	for _, test := range []struct {
		body string
		want warehouse.FieldErrors
	}{
		{`{"type":"fake","account":"whole"}`, warehouse.FieldErrors{"non_field_errors": {"no account has the secret "}}},
		{`{"type":"fake","account":"whole","x":1}`, warehouse.FieldErrors{"x": {"Unknown field."}}},
		{`{"type":"fake","account":"field","x":1}`, warehouse.FieldErrors{
			"x": {"Unknown field."}, "account": {"It does not fit to ."}, "secret": {`"" is bad.`},
		}},
		{`{"type":"fake","account":"field","secret":1}`, warehouse.FieldErrors{"account": {"It does not fit to ."}, "secret": {"Not a valid string."}}},
	} {
		_, err := h.Create(t.Context(), ada, fields(t, test.body))
		if diff := cmp.Diff(test.want, fieldErrors(t, err)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", test.body, diff)
		}
	}
	for _, account := range []string{"empty", "none"} {
		caller := warehouse.Caller{Organisation: account}
		if _, err := h.Create(t.Context(), caller, fields(t, `{"type":"fake","account":"`+account+`"}`)); err != nil {
			t.Errorf("FieldErrors that hold nothing refused the config: %v", err)
		}
	}
}

func TestProbeErrorRedacted(t *testing.T) {
	t.Parallel()
	var leak string
	fake := newSecretConnector()
	fake.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		return []warehouse.StepResult{{Name: leak, Status: warehouse.StepFailed}}, &warehouse.ProbeError{
			Step: leak, VendorCode: leak, Message: leak, Hint: leak, Fix: leak, Err: errors.New(leak),
		}
	}
	h := newFixture(t, fake, nil)
	c, err := h.Create(t.Context(), ada, secretBody(t))
	if err != nil {
		t.Fatal(err)
	}
	withNUL := password[:9] + "\x00" + password[9:]
	leaks := append(secretForms()[:20], withNUL, "\xff"+withNUL,
		url.UserPassword("user", password).String(),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte(private)})),
		base64.StdEncoding.EncodeToString([]byte(private)), "twice: "+password+password)
	for _, secret := range leaks {
		if strings.HasPrefix(secret, "99 111") || strings.HasPrefix(secret, "45 116") {
			continue // what prints bytes as decimals is a programming error, which no vendor makes
		}
		leak = "cannot parse (" + secret + ")"
		result, err := h.Test(t.Context(), ada, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		everything := fmt.Sprintf("%+v %+v", result, h.row(c.ID).LastTest)
		wantNoSecret(t, fmt.Sprintf("the result for %q", secret), everything)
		if !strings.HasPrefix(result.Error, "cannot parse (") || !strings.HasSuffix(result.Error, ")") {
			t.Errorf("what is no secret is gone too: %q", result.Error)
		}
		if result.Diagnosis.Steps[0].Name != result.Error || result.Diagnosis.Hint != result.Error {
			t.Errorf("it was not taken out everywhere: %+v", result)
		}
	}
	wantNoSecret(t, "the log", h.log.String())
	for _, e := range h.events {
		wantNoSecret(t, "an event", fmt.Sprintf("%+v", e))
	}
}

func TestRedactLongestSecret(t *testing.T) {
	t.Parallel()
	type config struct {
		Short  string   `json:"short"`
		Long   string   `json:"long"`
		Number int      `json:"number"`
		List   []string `json:"list"`
		Tiny   string   `json:"tiny"`
	}
	fake := &warehousetest.Connector{
		ConfigFunc:          func() any { return &config{} },
		SensitiveFieldsFunc: func() []string { return []string{"short", "long", "number", "list", "tiny"} },
		ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			return nil, errors.New("hunter2000 hunter 271828 second first a tin ear")
		},
	}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","short":"hunter","long":"hunter2000","number":271828,"list":["first","second"],"tiny":"tin"}`)
	for range 10 { // the order of a map decides nothing
		result, err := h.Test(t.Context(), ada, c.ID)
		if want := "[redacted] [redacted] [redacted] [redacted] [redacted] a tin ear"; err != nil || result.Error != want {
			t.Fatalf("the error is %q, want %q (%v)", result.Error, want, err)
		}
	}
}

// A quotingDatabase cannot be opened, and says with what it was to be.
type quotingDatabase struct{ *warehousetest.Connector }

type quotingError struct{ Password string }

func (e quotingError) Error() string { return "cannot parse postgres://user:" + e.Password + "@" }

func (quotingDatabase) Database(target warehouse.Target) (driver.Connector, error) {
	return nil, fmt.Errorf("%w: %w", quotingError{target.Config().(*warehousetest.Config).Password}, errBad)
}

var errBad = errors.New("bad")

func TestOpenDBErrorRedacted(t *testing.T) {
	t.Parallel()
	h := newFixture(t, quotingDatabase{newSecretConnector()}, nil)
	if _, err := h.Create(t.Context(), ada, secretBody(t)); err != nil {
		t.Fatal(err)
	}
	db, _, err := h.OpenDB(t.Context(), ada)
	wantError(t, "OpenDB", err, errBad)
	if db != nil || !strings.HasSuffix(err.Error(), "cannot parse postgres://user:[redacted]@: bad") {
		t.Errorf("OpenDB = %v, %v", db, err)
	}
	if inner := (quotingError{}); errors.As(err, &inner) {
		t.Error("the error that holds the password is within reach")
	}
	for _, verb := range verbs {
		wantNoSecret(t, "the error under "+verb, fmt.Sprintf(verb, err))
	}
	wantNoSecret(t, "the log", h.log.String())
	for _, e := range h.eventsOf(warehouse.ActionOpen) {
		wantNoSecret(t, "the event", fmt.Sprintf("%+v %#v", e, e))
	}
}

// rsaLike is a key pair whose private half holds the public one, as RSA's does, and at such a place that a
// line of it in PEM is one of the public key, too.
func rsaLike() warehouse.KeyPair {
	public := bytes.Repeat([]byte("public number "), 12)
	return warehouse.NewKeyPair(base64.StdEncoding.EncodeToString(public), append(public[:144:144], private...))
}

func TestPublicKeyNotRedacted(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{
		NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) { return rsaLike(), nil },
		ProbeFunc: func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
			return nil, &warehouse.ProbeError{Message: "m", Fix: "ALTER USER SET KEY '" + target.Keys.PublicKey + "';"}
		},
	}
	h := newFixture(t, fake, nil)
	c := h.created(`{"type":"fake","account":"a"}`)
	result, err := h.Test(t.Context(), ada, c.ID)
	if want := "ALTER USER SET KEY '" + c.PublicKey + "';"; err != nil || result.Diagnosis.Fix != want {
		t.Errorf("the fix is %q, want %q (error %v)", result.Diagnosis.Fix, want, err)
	}
}

func TestHeaderRedacted(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"", "a", "al", "bob", "admin"} {
		header := base64.StdEncoding.EncodeToString([]byte(user + ":correct horse battery"))
		result := testWith(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			return nil, errors.New("401 for Authorization: Basic " + header)
		})
		// What is left shows no more than the bits that it shares with what stood before it.
		if i := len(header) / 2; strings.Contains(result.Error, header[i:i+8]) || !strings.Contains(result.Error, "[redacted]") {
			t.Errorf("for %q the error is %q", user, result.Error)
		}
	}
}
