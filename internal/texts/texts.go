// Package texts bounds texts that others wrote, such as the errors of a warehouse, before they are logged.
package texts

import (
	"errors"
	"fmt"
	"log/slog"
	"unicode/utf8"
)

// LogLimit is the maximum length of a logged text in bytes. A handler's escapes make it up to six times as
// long: a log line then stays below 64 KiB.
const LogLimit = 8 << 10

// Cut returns text, or its first bytes up to limit and a mark with the number of bytes that are missing. It
// does not cut a character in two.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit
	for end > max(0, limit-utf8.UTFMax) && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d more bytes)", text[:end], len(text)-end)
}

// Error returns the attribute "error" of a log line. An error whose text is over LogLimit is replaced by one
// with the cut text.
func Error(err error) slog.Attr { return slog.Any("error", logError{err}) }

// A logError calls Error in LogValue because slog recovers from its panics.
type logError struct{ err error }

func (e logError) LogValue() slog.Value {
	if e.err == nil {
		return slog.AnyValue(nil)
	}
	text := e.err.Error()
	if len(text) <= LogLimit {
		return slog.AnyValue(e.err)
	}
	return slog.AnyValue(errors.New(Cut(text, LogLimit)))
}
