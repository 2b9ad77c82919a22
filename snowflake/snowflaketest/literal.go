// What stands in quotes.

package snowflaketest

import (
	"strconv"
	"strings"
)

// unescape writes what a backslash and the text after it mean inside '…', and returns how many bytes
// of that text it used. An escape that Snowflake does not know loses its backslash.
func unescape(b *strings.Builder, s string) int {
	switch s[0] {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'x':
		if v, ok := digits(s[1:], 2, 16); ok {
			b.WriteRune(rune(v))
			return 3
		}
		b.WriteByte('x')
	case 'u':
		if v, ok := digits(s[1:], 4, 16); ok {
			b.WriteRune(rune(v))
			return 5
		}
		b.WriteByte('u')
	case '0':
		if v, ok := digits(s, 3, 8); ok {
			b.WriteRune(rune(v))
			return 3
		}
		b.WriteByte(0)
	default:
		b.WriteByte(s[0])
	}
	return 1
}

func digits(s string, n, base int) (uint64, bool) {
	if len(s) < n {
		return 0, false
	}
	v, err := strconv.ParseUint(s[:n], base, 32)
	return v, err == nil
}
