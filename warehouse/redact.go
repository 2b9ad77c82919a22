// Taking secrets out of texts that leave the server.

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

// redacted stands where a secret stood.
const redacted = "[redacted]"

// shortestSecret is in bytes. Shorter values would be found in any sentence.
const shortestSecret = 4

// longestText is far beyond any message for people: a row that holds more would be a burden to every list.
const longestText = 64 << 10

// A cleaner takes secrets out of what a connector says: vendors' libraries quote a password when they
// cannot parse the text that holds it. It finds them as they are, quoted, and in the encodings in which
// they go into URLs, headers and PEM.
type cleaner struct{ secrets *strings.Replacer }

// newCleaner returns one for private keys, and for the values of sensitive fields.
func newCleaner(keys []payloadKey, values ...json.RawMessage) *cleaner {
	var forms []string
	for _, key := range keys {
		for _, form := range append(formsOf(string(key.PrivateKey)), pemLines(key.PrivateKey)...) {
			if !strings.Contains(key.PublicKey, form) { // a private key holds the public one's numbers
				forms = append(forms, form)
			}
		}
	}
	for _, raw := range values {
		forms = append(forms, strings.Trim(string(raw), `"`))
		var value any
		if json.Unmarshal(raw, &value) == nil {
			for _, text := range textsIn(value) {
				forms = append(forms, formsOf(text)...)
			}
		}
	}
	// At one place the first of the pairs that fits is taken: a secret may begin with another.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		if len(form) >= shortestSecret {
			pairs = append(pairs, form, redacted)
		}
	}
	return &cleaner{strings.NewReplacer(pairs...)}
}

// clean also makes a text one that any database can store, which could put together what was apart, so
// that it looks for secrets before and after.
func (c *cleaner) clean(text string) string {
	text = strings.ToValidUTF8(c.secrets.Replace(text), "\uFFFD")
	text = c.secrets.Replace(strings.ReplaceAll(text, "\x00", ""))
	if len(text) > longestText {
		text = strings.ToValidUTF8(text[:longestText], "") + "…"
	}
	return text
}

// conceal returns an error that says what err says, but for the secrets. It is what err is, by errors.Is; the
// errors inside err, which may hold them, are out of reach.
func (s secrets) conceal(err error) error {
	text := newCleaner(s.keys, slices.Collect(maps.Values(s.fields))...).clean(err.Error())
	return concealed{text, func(target error) bool { return errors.Is(err, target) }}
}

type concealed struct {
	text string
	is   func(error) bool // prints as an address, unlike the error itself
}

func (c concealed) Error() string        { return c.text }
func (c concealed) Is(target error) bool { return c.is(target) }

// formsOf returns the texts as which a secret may turn up.
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

// inBase64 returns what a secret looks like within something longer in base64, such as the user:password of
// a header: what stands before it shifts it by no, one or two bytes. Characters that hold bits of its
// neighbours too are left out.
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
		if len(line) == width { // the rest is short, and after the others tells nothing
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
