package tinkseal

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"
)

// handleOf creates a keyset with one key from a template.
func handleOf(t *testing.T, template *tinkpb.KeyTemplate) *keyset.Handle {
	t.Helper()
	handle, err := keyset.NewHandle(template)
	if err != nil {
		t.Fatal(err)
	}
	return handle
}

func jsonOf(t *testing.T, handle *keyset.Handle) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func cleartext(t *testing.T, keys *Keyset) []byte {
	t.Helper()
	data, err := keys.Cleartext()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func opens(t *testing.T, keys *Keyset, sealed []byte) bool {
	t.Helper()
	_, err := newSealer(t, keys).Open(t.Context(), sealed, []byte("row"))
	return err == nil
}

func sealed(t *testing.T, keys *Keyset) []byte {
	t.Helper()
	out, err := newSealer(t, keys).Seal(t.Context(), []byte("secret"), []byte("row"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCleartext(t *testing.T) {
	t.Parallel()
	keys := newKeyset(t)
	data := cleartext(t, keys)
	parsed, err := ParseKeyset(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data) // ParseKeyset must not retain it
	if !opens(t, parsed, sealed(t, keys)) {
		t.Error("the parsed keyset does not open a secret of the original")
	}
	if _, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(cleartext(t, keys)))); err != nil {
		t.Errorf("Tink cannot read it: %v", err)
	}
}

func TestNewKeysAreAES256GCM(t *testing.T) {
	t.Parallel()
	keys := rotated(t, newKeyset(t), (*Keyset).AddKey)
	for _, key := range keys.handle().KeysetInfo().GetKeyInfo() {
		if got, want := key.GetTypeUrl(), aead.AES256GCMKeyTemplate().GetTypeUrl(); got != want {
			t.Errorf("a key is of type %s, want %s", got, want)
		}
	}
	if got := len(sealed(t, keys)) - len("secret"); got != 5+12+16 {
		t.Errorf("sealing adds %d bytes, want 33: a prefix, a nonce and a tag", got)
	}
}

func TestParseKeysetErrors(t *testing.T) {
	t.Parallel()
	good := string(readTestdata(t, "test-keyset.json"))
	pair := handleOf(t, hybrid.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_Key_Template())
	public, err := pair.Public()
	if err != nil {
		t.Fatal(err)
	}
	uri, err := fakekms.NewKeyURI()
	if err != nil {
		t.Fatal(err)
	}
	remote, err := aead.CreateKMSEnvelopeAEADKeyTemplate(uri, aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	kms, err := fakekms.NewAEADWithContext(uri)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := newKeyset(t).Wrap(t.Context(), kms)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, data string
		want       error
	}{
		{"nothing", "", errEmpty},
		{"blanks", " \n", errEmpty},
		{"no keys", "{}", errEmpty},
		{"a list of no keys", `{"primaryKeyId":1,"key":[]}`, errEmpty},
		{"text", "hunter2", errNotTink},
		{"half a keyset", good[:len(good)/2], errNotTink},
		{"something after it", good + "{}", errNotTink},
		{"other JSON", `{"password":"hunter2"}`, errNotTink},
		{"a wrapped keyset", string(wrapped), errWrapped},
		{"no primary key", strings.Replace(good, `"primaryKeyId": 1413829460`, `"primaryKeyId": 7`, 1), errNoPrimary},
		{"a disabled primary key", strings.Replace(good, "ENABLED", "DISABLED", 1), errNoPrimary},
		{"a key that is cut", strings.Replace(good, "GiBU", "GhBU", 1), errBroken},
		{"public keys", string(jsonOf(t, public)), errPublic},
		{"private keys", string(jsonOf(t, pair)), errPublic},
		{"a key in a KMS", string(jsonOf(t, handleOf(t, remote))), errRemote},
		{"a MAC key", string(jsonOf(t, handleOf(t, mac.HMACSHA256Tag256KeyTemplate()))), errNotAEAD},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseKeyset([]byte(test.data))
			if !errors.Is(err, test.want) {
				t.Fatalf("ParseKeyset = %v, want %v", err, test.want)
			}
			if err.Error() != "tinkseal: "+test.want.Error() {
				t.Errorf("the error contains more than its sentinel: %q", err)
			}
		})
	}
}

func TestKeysetFromEnv(t *testing.T) {
	const name = "TINKSEAL_TEST_KEYSET"
	t.Setenv(name, string(readTestdata(t, "test-keyset.json")))
	keys, err := KeysetFromEnv(name)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := keys.String(), "keyset of 1413829460 (primary)"; got != want {
		t.Errorf("the keyset is %q, want %q", got, want)
	}
	for _, value := range []string{"", "hunter2"} {
		t.Setenv(name, value)
		_, err := KeysetFromEnv(name)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("KeysetFromEnv of %q = %v, want an error that names the variable and does not quote its value", value, err)
		}
	}
}

func TestKeysetFromHandle(t *testing.T) {
	t.Parallel()
	for _, template := range []*tinkpb.KeyTemplate{
		aead.AES128GCMKeyTemplate(),
		aead.AES256GCMSIVKeyTemplate(),
		aead.XChaCha20Poly1305KeyTemplate(),
		aead.XAES256GCM192BitNonceKeyTemplate(),
		aead.AES256CTRHMACSHA256KeyTemplate(),
		aead.AES256GCMNoPrefixKeyTemplate(),
	} {
		keys, err := KeysetFromHandle(handleOf(t, template))
		if err != nil {
			t.Errorf("%s: %v", template.GetTypeUrl(), err)
			continue
		}
		if !opens(t, keys, sealed(t, keys)) {
			t.Errorf("%s: the keyset does not open its own secret", template.GetTypeUrl())
		}
	}
	if _, err := KeysetFromHandle(nil); !errors.Is(err, errEmpty) {
		t.Errorf("KeysetFromHandle(nil) = %v, want %v", err, errEmpty)
	}
}

func TestZeroKeyset(t *testing.T) {
	t.Parallel()
	for _, keys := range []*Keyset{nil, {}} {
		_, cleartextErr := keys.Cleartext()
		_, wrapErr := keys.Wrap(t.Context(), nil)
		_, addErr := keys.AddKey()
		for _, err := range []error{cleartextErr, wrapErr, addErr} {
			if !errors.Is(err, errNoKeyset) {
				t.Errorf("the error is %v, want %v", err, errNoKeyset)
			}
		}
		if got := keys.String(); got != "no keyset" {
			t.Errorf("String = %q", got)
		}
	}
}
