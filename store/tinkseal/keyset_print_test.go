package tinkseal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// testKey is the key in testdata/test-keyset.json.
const testKey = "THIS-IS-A-TEST-KEY-NOT-A-SECRET!"

func TestPrintOmitsKeys(t *testing.T) {
	t.Parallel()
	keys, err := ParseKeyset(readTestdata(t, "test-keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	sealer := newSealer(t, keys)
	file := File{Path: "keyset", KMS: contextless{}}

	// fmt does not call redacting methods in unexported fields.
	type host struct {
		Keys   any
		keys   *Keyset
		value  Keyset
		sealer *Sealer
		copied Sealer
		any    any
	}
	outer := host{keys, keys, *keys, sealer, *sealer, sealer}
	for _, value := range []any{keys, *keys, sealer, *sealer, file, outer, &outer, []any{keys, sealer}, map[string]any{"k": keys, "s": *sealer}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%e", "%t", "%p", "%T"} {
			mustHideKey(t, verb, fmt.Sprintf(verb, value))
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			encoded = []byte(err.Error())
		}
		mustHideKey(t, "JSON", string(encoded))

		var text, lines bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&lines, nil)} {
			log := slog.New(handler).With("with", value)
			log.Info("message", "value", value, slog.Group("group", "value", value))
		}
		mustHideKey(t, "slog as text", text.String())
		mustHideKey(t, "slog as JSON", lines.String())
	}
}

// mustHideKey fails if text contains any eight bytes of the key, in any form in which fmt prints bytes.
func mustHideKey(t *testing.T, source, text string) {
	t.Helper()
	for i := 0; i+9 <= len(testKey); i++ {
		piece := []byte(testKey[i : i+9]) // nine bytes are exactly twelve characters of base64
		for form, printed := range map[string]string{
			"in clear":       string(piece[:8]),
			"in hexadecimal": hex.EncodeToString(piece[:8]),
			"in base64":      base64.StdEncoding.EncodeToString(piece),
			"in decimal":     strings.Trim(fmt.Sprint(piece[:8]), "[]"),
			"in Go":          strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", piece[:8]), "[]byte{"), "}"),
		} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(printed)) {
				t.Fatalf("%s shows the key %s: %s", source, form, text)
			}
		}
	}
}
