package warehousetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/warehousekit/warehousekit/warehouse"
)

// credentialParts match anywhere in a field's name, credentialWords only as a whole word: a keyspace is not a
// key.
var (
	credentialParts = []string{"password", "passwd", "passphrase", "passcode", "secret", "token", "credential", "private", "apikey", "accesskey", "signature"}
	credentialWords = []string{"key", "keys", "pass", "pwd", "pin", "pem", "jwt", "sas", "dsn", "cert", "certificate", "auth", "authorization", "bearer", "otp", "seed", "salt"}
)

// looksSecret reports whether a field is named like a credential.
func looksSecret(name string) bool {
	// apiKey, api_key and API-Key all have the words api and key.
	var words strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(rune(name[i-1])) {
			words.WriteByte(' ')
		}
		if !unicode.IsLetter(r) {
			r = ' '
		}
		words.WriteRune(unicode.ToLower(r))
	}
	list := strings.Fields(words.String())
	joined := strings.Join(list, "")
	return slices.ContainsFunc(credentialParts, func(part string) bool { return strings.Contains(joined, part) }) ||
		slices.ContainsFunc(credentialWords, func(word string) bool { return slices.Contains(list, word) })
}

func checkSecretsDeclared(_ context.Context, c *connectorTest) error {
	names := fieldNames(c.connector.Config())
	sensitive := c.connector.SensitiveFields()
	for _, name := range slices.Sorted(maps.Keys(c.options.NotSecret)) {
		switch {
		case !slices.Contains(names, name):
			return fmt.Errorf("NotSecret excuses %q, which is not a config field", name)
		case slices.Contains(sensitive, name):
			return fmt.Errorf("NotSecret excuses %q, which is in SensitiveFields", name)
		case len(strings.Fields(c.options.NotSecret[name])) < 3:
			return fmt.Errorf("NotSecret excuses %q without a reason of at least three words", name)
		}
	}
	for _, name := range names {
		if _, excused := c.options.NotSecret[name]; !excused && looksSecret(name) && !slices.Contains(sensitive, name) {
			return fmt.Errorf("the field %q is named like a credential and is neither in SensitiveFields nor excused", name)
		}
	}
	return nil
}

// checkSafeFields finds the fields of the destination by asking for the fields of two addresses.
func checkSafeFields(_ context.Context, c *connectorTest) error {
	connector, ok := c.connector.(warehouse.SafeFieldsConnector)
	if !ok || c.options.At == nil {
		return nil
	}
	_, fields := c.options.At("127.0.0.1:1")
	one, err := membersOf(fields)
	if err != nil {
		return err
	}
	_, fields = c.options.At("127.0.0.2:2")
	two, err := membersOf(fields)
	if err != nil {
		return err
	}
	for _, name := range connector.SafeFields() {
		if !bytes.Equal(one[name], two[name]) {
			return fmt.Errorf("the field %q is in SafeFields, and differs between connections to two addresses", name)
		}
	}
	return nil
}

// fieldNames returns the JSON names of a config's fields.
func fieldNames(config any) []string {
	var names []string
	t := reflect.TypeOf(config).Elem()
	for field := range t.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

func checkKeyPairs(ctx context.Context, c *connectorTest) error {
	maker, ok := c.connector.(warehouse.KeyPairConnector)
	if !ok {
		return nil
	}
	one, err := c.keys()
	if err != nil {
		return fmt.Errorf("NewKeyPair failed: %w", err)
	}
	two, err := maker.NewKeyPair(ctx)
	if err != nil {
		return fmt.Errorf("NewKeyPair failed: %w", err)
	}
	for _, keys := range []warehouse.KeyPair{one, two} {
		switch {
		case keys.PublicKey == "" || len(keys.PrivateKey()) == 0:
			return errors.New("NewKeyPair returned half a pair")
		case strings.ContainsAny(keys.PublicKey, "\r\n\x00") || !utf8.ValidString(keys.PublicKey):
			return fmt.Errorf("the public key is not one line of text: %s", quote(keys.PublicKey))
		case newSecret("", keys.PrivateKey(), "").whole(keys.PublicKey) != "":
			return errors.New("the public key contains the private key")
		}
	}
	if one.PublicKey == two.PublicKey || bytes.Equal(one.PrivateKey(), two.PrivateKey()) {
		return errors.New("NewKeyPair returned the same key twice")
	}
	return nil
}

func checkScript(ctx context.Context, c *connectorTest) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	first, err := c.script(c.fields, keys)
	if err != nil {
		return err
	}
	if !utf8.ValidString(first) || strings.ContainsRune(first, 0) {
		return errors.New("the script is not UTF-8 without NUL, so databases cannot store it")
	}
	// The order of a map shows after a few calls, and a shared buffer in simultaneous ones.
	return firstError(atOnce(64, func(int) error {
		again, err := c.script(c.fields, keys)
		if err != nil || again == first {
			return err
		}
		at := 0
		for at < min(len(first), len(again)) && first[at] == again[at] {
			at++
		}
		return fmt.Errorf("from byte %d on it is %s and then %s", at, quote(first[at:]), quote(again[at:]))
	}))
}

// script returns the setup and teardown scripts.
func (c *connectorTest) script(fields string, keys warehouse.KeyPair) (string, error) {
	config, err := configOf(c.connector, fields)
	if err != nil {
		return "", err
	}
	return c.scriptOf(config, keys)
}

func (c *connectorTest) scriptOf(config any, keys warehouse.KeyPair) (string, error) {
	script, err := c.connector.SetupScript(config, keys.PublicKey)
	if err != nil {
		return "", fmt.Errorf("SetupScript failed: %w", err)
	}
	if d, ok := c.connector.(warehouse.TeardownConnector); ok {
		teardown, err := d.TeardownScript(config)
		if err != nil && !errors.Is(err, warehouse.ErrNoTeardown) {
			return "", fmt.Errorf("TeardownScript failed: %w", err)
		}
		script += "\n" + teardown
	}
	return script, nil
}

func checkScriptHoldsNoSecret(_ context.Context, c *connectorTest) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	withSecrets, err := c.script(c.fields, keys)
	if err != nil {
		return err
	}
	for _, s := range c.secrets(c.fields, keys) {
		if how := s.in(withSecrets); how != "" {
			return fmt.Errorf("the script contains %s, %s", s.name, how)
		}
	}
	config, err := configOf(c.connector, c.fields)
	if err != nil {
		return err
	}
	v, defaults := reflect.ValueOf(config).Elem(), reflect.ValueOf(c.connector.Config()).Elem()
	for i, t := 0, v.Type(); i < v.NumField(); i++ {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); slices.Contains(c.connector.SensitiveFields(), name) {
			v.Field(i).Set(defaults.Field(i))
		}
	}
	without, err := c.scriptOf(config, keys)
	if err != nil {
		return fmt.Errorf("without the sensitive fields, %w", err)
	}
	if without != withSecrets {
		return errors.New("the script depends on the sensitive fields")
	}
	return nil
}
