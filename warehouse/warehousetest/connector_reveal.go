// Looking for a secret in a text.

package warehousetest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// A secret is a value that must be in no text.
type secret struct {
	name   string // "the private key"
	forms  []form // of the whole
	pieces []form // of what follows each other in it
}

type form struct{ how, text string }

// newSecret returns a secret. The text public may be anywhere: a private key holds the numbers of the public
// one, which so tell nothing.
func newSecret(name string, value []byte, public string) secret {
	s := secret{name: name}
	inJSON, _ := json.Marshal(string(value)) // a text always encodes
	for _, f := range []form{
		{"as it is", string(value)},
		{"quoted", strings.Trim(fmt.Sprintf("%q", value), `"`)},
		{"as JSON", strings.Trim(string(inJSON), `"`)},
		{"as in a URL", url.QueryEscape(string(value))},
		{"as in a URL", url.PathEscape(string(value))},
		{"as in a URL", url.UserPassword("", string(value)).String()[1:]}, // after the colon
		{"in base64", base64.RawStdEncoding.EncodeToString(value)},
		{"in base64", base64.RawURLEncoding.EncodeToString(value)},
		{"in hexadecimal", hex.EncodeToString(value)},
		{"in decimal", strings.Trim(fmt.Sprint(value), "[]")},
	} {
		if f.text != "" {
			s.forms = append(s.forms, f)
		}
	}
	decoded, _ := base64.StdEncoding.DecodeString(public) // where it is none, there is nothing to take out
	const length = 18                                     // bytes, which in base64 are whole characters
	for i := 0; i+length <= len(value); i++ {
		piece := value[i : i+length]
		if bytes.Contains(decoded, piece) || strings.Contains(public, string(piece)) {
			continue
		}
		s.pieces = append(s.pieces,
			form{"in part, as it is", string(piece)},
			form{"in part, in base64", base64.StdEncoding.EncodeToString(piece)},
			form{"in part, in base64", base64.URLEncoding.EncodeToString(piece)},
			form{"in part, in hexadecimal", hex.EncodeToString(piece)},
			form{"in part, in decimal", strings.Trim(fmt.Sprint(piece), "[]")},
		)
	}
	return s
}

// whole says in which form a text holds all of the secret, "" if in none.
func (s secret) whole(text string) string { return found(text, s.forms) }

// in says in which form a text holds the secret or a piece of it, "" if in none.
func (s secret) in(text string) string {
	if how := s.whole(text); how != "" {
		return how
	}
	return found(text, s.pieces)
}

func found(text string, forms []form) string {
	lower := strings.ToLower(text)
	for _, f := range forms {
		if strings.Contains(text, f.text) || strings.HasSuffix(f.how, "hexadecimal") && strings.Contains(lower, f.text) {
			return f.how
		}
	}
	return ""
}
