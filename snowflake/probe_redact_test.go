package snowflake

import (
	"strings"
	"testing"
)

func TestTokenRedactor(t *testing.T) {
	t.Parallel()
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJYWTEyMzQ1In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
	var r tokenRedactor
	if got := r.redact(token); got != token {
		t.Errorf("without tokens, redact returns %q", got)
	}
	r.add(token)
	r.add("ver:3-hint:1-0123456789abcdef")
	r.add("short")
	for text, want := range map[string]string{
		"":                                  "",
		"nothing to hide":                   "nothing to hide",
		token:                               "[redacted]",
		"a " + token + " b " + token + " c": "a [redacted] b [redacted] c",
		"cut: " + token[:30]:                "cut: [redacted]",
		"end: " + token[40:]:                "end: [redacted]",
		"split: " + token[:20] + " " + token[20:]:        "split: [redacted] [redacted]",
		"parts: " + strings.ReplaceAll(token, ".", "\n"): "parts: [redacted]\n[redacted]\n[redacted]",
		token[:15]:              token[:15],
		"é" + token[3:19] + "é": "é[redacted]é",
		`Session "ver:3-hint:1-0123456789abcdef" is not open.`: `Session "[redacted]" is not open.`,
	} {
		if got := r.redact(text); got != want {
			t.Errorf("redact(%q) = %q, want %q", text, got, want)
		}
	}
}
