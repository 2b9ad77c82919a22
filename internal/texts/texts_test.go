package texts_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/warehousekit/warehousekit/internal/texts"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, want string
	}{
		"empty":                {"", ""},
		"at the limit":         {"12345678", "12345678"},
		"over the limit":       {"123456789", "12345678… (1 more bytes)"},
		"inside a character":   {"1234567é9", "1234567… (3 more bytes)"},
		"before a character":   {"12345678é", "12345678… (2 more bytes)"},
		"inside four bytes":    {"12345😀9", "12345… (5 more bytes)"},
		"continuations, alone": {strings.Repeat("\x80", 12), "\x80\x80\x80\x80… (8 more bytes)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := texts.Cut(test.text, 8)
			if got != test.want {
				t.Errorf("Cut = %q, want %q", got, test.want)
			}
			if utf8.ValidString(test.text) != utf8.ValidString(got) {
				t.Errorf("Cut = %q cuts a character in two", got)
			}
		})
	}
}

// A nilError panics in Error if it is nil.
type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

func TestError(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&lines, nil))
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"nil":      {nil, `"error":null`},
		"short":    {errors.New("refused"), `"error":"refused"`},
		"long":     {errors.New(strings.Repeat("\x00", 8<<20)), `(8380416 more bytes)"`},
		"panicked": {(*nilError)(nil), `LogValue panicked`},
	} {
		t.Run(name, func(t *testing.T) {
			lines.Reset()
			log.Error("test", texts.Error(test.err))
			if got := lines.String(); !strings.Contains(got, test.want) || len(got) > 64<<10 {
				t.Errorf("logged %d bytes, want at most 64 KiB with %s: %.300s", len(got), test.want, got)
			}
		})
	}
}
