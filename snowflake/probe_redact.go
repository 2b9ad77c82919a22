package snowflake

import "strings"

// A tokenRedactor removes tokens and parts of them from texts. Servers quote the
// requests that they refuse. The zero value removes nothing.
type tokenRedactor struct {
	parts map[string]struct{} // every part of partLength bytes
}

// partLength is the length in bytes from which a part of a token is removed. Shorter
// ones reveal little.
const partLength = 16

const redactedToken = "[redacted]"

func (r *tokenRedactor) add(token string) {
	if r.parts == nil {
		r.parts = make(map[string]struct{})
	}
	for i := 0; i+partLength <= len(token); i++ {
		r.parts[token[i:i+partLength]] = struct{}{}
	}
}

func (r *tokenRedactor) redact(text string) string {
	var b strings.Builder
	kept := 0 // text[:kept] is in b, or was removed
	for i := 0; len(r.parts) > 0 && i+partLength <= len(text); i++ {
		if _, found := r.parts[text[i:i+partLength]]; !found {
			continue
		}
		end := i + partLength
		for end < len(text) {
			if _, found := r.parts[text[end-partLength+1:end+1]]; !found {
				break
			}
			end++
		}
		b.WriteString(text[kept:i])
		b.WriteString(redactedToken)
		kept, i = end, end-1
	}
	if kept == 0 {
		return text
	}
	b.WriteString(text[kept:])
	return b.String()
}
