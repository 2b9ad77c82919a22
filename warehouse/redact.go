package warehouse

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// redacted replaces a secret.
const redacted = "[redacted]"

// shortestSecret is the length in bytes from which values are redacted. Shorter ones occur in any text.
const shortestSecret = 4

// longestText is the length in bytes at which texts are cut, far beyond any message for people.
const longestText = 64 << 10

// A redactor removes secrets from texts. Vendors' libraries quote a password when they cannot parse the
// text that holds it. A redactor finds secrets in clear, quoted, and encoded as for URLs, headers and PEM.
type redactor struct{ secrets *strings.Replacer }

// newRedactor returns a redactor of private keys and of the values of sensitive fields.
func newRedactor(keys []payloadKey, values ...json.RawMessage) *redactor {
	var forms []string
	for _, key := range keys {
		for _, form := range append(formsOf(string(key.PrivateKey)), pemLines(key.PrivateKey)...) {
			if !strings.Contains(key.PublicKey, form) { // a private key holds the public one's numbers
				forms = append(forms, form)
			}
		}
	}
	for _, raw := range values {
		if isNull(raw) || string(raw) == "true" || string(raw) == "false" {
			continue // a word of any text, and no secret
		}
		forms = append(forms, strings.Trim(string(raw), `"`))
		var value any
		if json.Unmarshal(raw, &value) == nil {
			for _, text := range textsIn(value) {
				forms = append(forms, formsOf(text)...)
			}
		}
	}
	// The replacer takes the first pair that matches, and a secret may begin with another.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		if len(form) >= shortestSecret {
			pairs = append(pairs, form, redacted)
		}
	}
	return &redactor{strings.NewReplacer(pairs...)}
}

// redact redacts secrets and makes the text storable. Removing NUL or invalid UTF-8 can join two halves
// of a secret, so it looks for secrets before and after.
func (c *redactor) redact(text string) string {
	text = strings.ToValidUTF8(c.secrets.Replace(text), "\uFFFD")
	text = c.secrets.Replace(strings.ReplaceAll(text, "\x00", ""))
	if len(text) > longestText {
		text = strings.ToValidUTF8(text[:longestText], "") + "…"
	}
	return text
}

// redactor returns a redactor of the secrets.
func (s secrets) redactor() *redactor {
	return newRedactor(s.keys, slices.Collect(maps.Values(s.fields))...)
}

// redactError returns an error with the redacted text of err. errors.Is finds the errors that err wraps;
// errors.As does not, since they may hold secrets.
func (s secrets) redactError(err error) error {
	text := s.redactor().redact(err.Error())
	return redactedError{text, func(target error) bool { return errors.Is(err, target) }}
}

type redactedError struct {
	text string
	is   func(error) bool // a function prints as an address, an error as its fields
}

func (c redactedError) Error() string        { return c.text }
func (c redactedError) Is(target error) bool { return c.is(target) }

// formsOf returns the texts in which a secret may occur.
func formsOf(secret string) []string {
	quoted := strconv.Quote(secret)
	ascii := strconv.QuoteToASCII(secret)
	inJSON, _ := json.Marshal(secret) // a text always encodes
	return append(inBase64(secret),
		secret,
		quoted[1:len(quoted)-1],
		ascii[1:len(ascii)-1],
		string(inJSON[1:len(inJSON)-1]),
		url.QueryEscape(secret),
		url.PathEscape(secret),
		url.UserPassword("", secret).String()[1:], // after the colon
		base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret)),
		strings.ToUpper(hex.EncodeToString([]byte(secret))),
	)
}

// inBase64 returns the texts of a secret inside a longer base64 text, such as the user:password of a
// header. The bytes before it shift it by zero, one or two bytes. Characters that also hold bits of its
// neighbors are left out.
func inBase64(secret string) []string {
	var forms []string
	for shift := range 3 {
		shifted := append(make([]byte, shift), secret...)
		first, end := (8*shift+5)/6, 8*len(shifted)/6
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			forms = append(forms, encoding.EncodeToString(shifted)[first:max(first, end)])
		}
	}
	return forms
}

// pemLines returns the lines of the secret in PEM.
func pemLines(secret []byte) []string {
	const width = 64
	var lines []string
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(secret)), width) {
		if len(line) == width { // a shorter last line alone reveals little
			lines = append(lines, string(line))
		}
	}
	return lines
}

// textsIn returns the texts in a decoded JSON value.
func textsIn(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var texts []string
		for _, item := range value {
			texts = append(texts, textsIn(item)...)
		}
		return texts
	}
	return nil
}
