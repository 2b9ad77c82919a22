package warehouse

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testSealer is AES-256-GCM under a key that everybody knows, as the vectors are sealed. It keeps what it
// was last asked to seal. warehousetest has a better one, which tests inside this package cannot import.
type testSealer struct {
	gcm                       cipher.AEAD
	plaintext, associatedData []byte
}

func newTestSealer(t *testing.T) *testSealer {
	t.Helper()
	block, err := aes.NewCipher([]byte("THIS-IS-A-TEST-KEY-NOT-A-SECRET!"))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return &testSealer{gcm: gcm}
}

func (s *testSealer) Seal(_ context.Context, plaintext, associatedData []byte) ([]byte, error) {
	s.plaintext, s.associatedData = bytes.Clone(plaintext), bytes.Clone(associatedData)
	return s.gcm.Seal(nil, nil, plaintext, associatedData), nil
}

func (s *testSealer) Open(_ context.Context, sealed, associatedData []byte) ([]byte, error) {
	plaintext, err := s.gcm.Open(nil, nil, sealed, associatedData)
	if err != nil {
		return nil, ErrNotAuthentic
	}
	return plaintext, nil
}

// A sealVector is a row as a version sealed it. The files of them are never edited, only added to: a test
// that fails on one means that stored secrets no longer open.
type sealVector struct {
	Name           string                     `json:"name"`
	Organisation   string                     `json:"organisation"`
	ID             string                     `json:"id"`
	Type           string                     `json:"type,omitempty"`
	Config         string                     `json:"config,omitempty"`
	Preset         string                     `json:"preset,omitempty"`
	SetupScript    string                     `json:"setup_script,omitempty"`
	Revision       int64                      `json:"revision,omitempty"`
	PublicKey      string                     `json:"public_key"`
	PrivateKey     []byte                     `json:"private_key"`
	Fields         map[string]json.RawMessage `json:"fields"`
	AssociatedData string                     `json:"associated_data"` // hexadecimal
	Plaintext      string                     `json:"plaintext"`
	Sealed         string                     `json:"sealed"` // hexadecimal, under testSealer's key
}

func (v sealVector) connection() Connection {
	return Connection{
		Organisation: v.Organisation,
		ID:           v.ID,
		Type:         v.Type,
		Config:       json.RawMessage(v.Config),
		Preset:       json.RawMessage(v.Preset),
		PublicKey:    v.PublicKey,
		SetupScript:  v.SetupScript,
		Revision:     v.Revision,
	}
}

func (v sealVector) row(t *testing.T) Row {
	t.Helper()
	sealed, err := hex.DecodeString(v.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	return Row{Connection: v.connection(), Sealed: sealed}
}

// sealVectors returns the vectors of the given versions.
func sealVectors(t *testing.T, versions ...int) []sealVector {
	t.Helper()
	var all []sealVector
	for _, version := range versions {
		data, err := os.ReadFile(fmt.Sprintf("testdata/secrets_v%d.json", version))
		if err != nil {
			t.Fatal(err)
		}
		var vectors []sealVector
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatal(err)
		}
		for i := range vectors {
			vectors[i].Name += fmt.Sprintf(", version %d", version)
		}
		all = append(all, vectors...)
	}
	return all
}

func TestAssociatedDataVectors(t *testing.T) {
	for _, v := range sealVectors(t, 1, 2) {
		t.Run(v.Name, func(t *testing.T) {
			if diff := cmp.Diff(v.AssociatedData, hex.EncodeToString(associatedData(v.connection()))); diff != "" {
				t.Errorf("every stored secret would be lost (-stored +now):\n%s", diff)
			}
		})
	}
}

func TestSealVectors(t *testing.T) {
	for _, v := range sealVectors(t, 2) {
		t.Run(v.Name, func(t *testing.T) {
			sealer := newTestSealer(t)
			if _, err := seal(t.Context(), sealer, v.connection(), secretsOf(NewKeyPair(v.PublicKey, v.PrivateKey), v.Fields)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(v.Plaintext, string(sealer.plaintext)); diff != "" {
				t.Errorf("earlier releases read version 2 in its form (-stored +now):\n%s", diff)
			}
			if got := hex.EncodeToString(sealer.associatedData); got != v.AssociatedData {
				t.Errorf("sealed with the associated data %s, want %s", got, v.AssociatedData)
			}
		})
	}
}

func TestOpenVectors(t *testing.T) {
	for _, v := range sealVectors(t, 1, 2) {
		t.Run(v.Name, func(t *testing.T) {
			got, err := open(t.Context(), newTestSealer(t), v.row(t))
			if err != nil {
				t.Fatal(err)
			}
			if key := got.privateKey(v.PublicKey); !bytes.Equal(key, v.PrivateKey) {
				t.Errorf("the private key is %q, want %q", key, v.PrivateKey)
			}
			if diff := cmp.Diff(values(t, v.Fields), values(t, got.fields)); diff != "" {
				t.Errorf("the fields differ (-sealed +opened):\n%s", diff)
			}
		})
	}
}

func TestOpenInAnotherRow(t *testing.T) {
	move := map[string]func(*Row){
		"of another organisation":              func(r *Row) { r.Organisation += "x" },
		"of another connection":                func(r *Row) { r.ID = "wc_" + strings.Repeat("z", 26) },
		"with another public key":              func(r *Row) { r.PublicKey += "x" },
		"whose parts join to the same text":    func(r *Row) { r.Organisation, r.ID = r.Organisation+r.ID[:1], r.ID[1:] },
		"whose id and public key change place": func(r *Row) { r.ID, r.PublicKey = r.PublicKey, r.ID },
	}
	for _, v := range sealVectors(t, 1, 2) {
		for where, to := range move {
			t.Run(v.Name+" in a row "+where, func(t *testing.T) {
				row := v.row(t)
				to(&row)
				if _, err := open(t.Context(), newTestSealer(t), row); !errors.Is(err, ErrNotAuthentic) {
					t.Errorf("open = %v, want ErrNotAuthentic", err)
				}
			})
		}
	}
}

func TestOpenInAnotherState(t *testing.T) {
	change := map[string]func(*Connection){
		"type":                             func(c *Connection) { c.Type += "x" },
		"config":                           func(c *Connection) { c.Config = append(bytes.Clone(c.Config), ' ') },
		"preset":                           func(c *Connection) { c.Preset = nil },
		"setup script":                     func(c *Connection) { c.SetupScript += "x" },
		"revision":                         func(c *Connection) { c.Revision++ },
		"preset, which holds the config":   func(c *Connection) { c.Config, c.Preset = nil, append(bytes.Clone(c.Config), c.Preset...) },
		"parts that join to the same text": func(c *Connection) { c.Type, c.SetupScript = "", c.Type+c.SetupScript },
	}
	for _, v := range sealVectors(t, 1, 2) {
		for part, apply := range change {
			t.Run(v.Name+" with another "+part, func(t *testing.T) {
				row := v.row(t)
				apply(&row.Connection)
				bound := v.Revision > 0
				if _, err := open(t.Context(), newTestSealer(t), row); errors.Is(err, ErrNotAuthentic) != bound {
					t.Errorf("open = %v, want ErrNotAuthentic: %t", err, bound)
				}
			})
		}
	}
}

func TestOpenPicksKeyOfRow(t *testing.T) {
	row := sealedAs(t, "new", `{"version":1,"keys":[{"public_key":"old","private_key":"b2xk"},{"public_key":"new","private_key":"bmV3"}]}`)
	got, err := open(t.Context(), newTestSealer(t), row)
	if err != nil {
		t.Fatal(err)
	}
	if key := got.privateKey("new"); string(key) != "new" {
		t.Errorf("the private key is %q", key)
	}
}

func TestOpenRejectsPayload(t *testing.T) {
	for _, test := range []struct{ name, publicKey, plaintext, want string }{
		{"a later version", "", `{"version":3,"fields":{"password":"hunter2"}}`, "were sealed by a later version (3) of this package"},
		{"a later version of another shape", "", `{"version":3,"keys":{"password":"hunter2"}}`, "were sealed by a later version (3) of this package"},
		{"no version", "", `{"fields":{"password":"hunter2"}}`, "are not in a form that this version wrote"},
		{"no JSON", "", `hunter2`, "are not in a form that this version wrote"},
		{"nothing", "", ``, "are not in a form that this version wrote"},
		{"an empty key", "pk", `{"version":1,"keys":[{"public_key":"pk","private_key":""}],"fields":{"password":"hunter2"}}`, "lack its private key"},
		{"no key for the row's", "pk", `{"version":1,"keys":[{"public_key":"hunter2","private_key":"aHVudGVyMg=="}]}`, "lack its private key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := open(t.Context(), newTestSealer(t), sealedAs(t, test.publicKey, test.plaintext))
			if err == nil {
				t.Fatal("open succeeded")
			}
			if text := err.Error(); !strings.Contains(text, test.want) || !strings.Contains(text, "connection wc_a") {
				t.Errorf("the error is %q, want it to name connection wc_a and say %q", text, test.want)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "aHVudGVyMg") {
				t.Errorf("the error quotes the secret: %q", err)
			}
			if errors.Is(err, ErrNotAuthentic) {
				t.Errorf("the error is ErrNotAuthentic, but the bytes did open: %v", err)
			}
		})
	}
}

func TestSealRejectsPlaintext(t *testing.T) {
	if _, err := seal(t.Context(), clearSealer{}, Connection{ID: "wc_a"}, secrets{}); err == nil {
		t.Error("seal succeeded with a sealer that does not encrypt")
	}
}

func TestSealRejectsEmptyResult(t *testing.T) {
	if _, err := seal(t.Context(), emptySealer{}, Connection{ID: "wc_a"}, secrets{}); err == nil {
		t.Error("seal succeeded with a sealer that returned nothing: an update would keep the old secret")
	}
}

type emptySealer struct{ clearSealer }

func (emptySealer) Seal(context.Context, []byte, []byte) ([]byte, error) { return nil, nil }

func TestSealerErrorWrapped(t *testing.T) {
	down := errors.New("the vault is down")
	if _, err := seal(t.Context(), clearSealer{down}, Connection{ID: "wc_a"}, secrets{}); !errors.Is(err, down) {
		t.Errorf("seal = %v, want it to wrap %v", err, down)
	}
	_, err := open(t.Context(), clearSealer{down}, Row{Connection: Connection{ID: "wc_a"}})
	if !errors.Is(err, down) || errors.Is(err, ErrNotAuthentic) {
		t.Errorf("open = %v, want it to wrap %v and not ErrNotAuthentic", err, down)
	}
}

// clearSealer does nothing, or fails.
type clearSealer struct{ err error }

func (s clearSealer) Seal(_ context.Context, plaintext, _ []byte) ([]byte, error) {
	return bytes.Clone(plaintext), s.err
}

func (s clearSealer) Open(_ context.Context, sealed, _ []byte) ([]byte, error) {
	return bytes.Clone(sealed), s.err
}

// sealedAs returns a row whose sealed bytes open to the given text.
func sealedAs(t *testing.T, publicKey, plaintext string) Row {
	t.Helper()
	c := Connection{Organisation: "org", ID: "wc_a", PublicKey: publicKey}
	sealed, err := newTestSealer(t).Seal(t.Context(), []byte(plaintext), associatedData(c))
	if err != nil {
		t.Fatal(err)
	}
	return Row{Connection: c, Sealed: sealed}
}

// values decodes fields, since JSON spells one value in more than one way.
func values(t *testing.T, fields map[string]json.RawMessage) map[string]any {
	t.Helper()
	out := make(map[string]any)
	for name, raw := range fields {
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatal(err)
		}
		out[name] = value
	}
	return out
}
