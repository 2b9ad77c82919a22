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

// A secret is a value that no text may contain.
type secret struct {
	name   string // "the private key"
	forms  []form // of the whole value
	pieces []form // of each run of bytes in it
}

type form struct{ how, text string }

// newSecret returns a secret. Its pieces that are also in public are no secret: a private key contains the
// numbers of the public key.
func newSecret(name string, value []byte, public string) secret {
	s := secret{name: name}
	inJSON, _ := json.Marshal(string(value)) // never fails for a string
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
		{"in decimal", decimal(value)},
	} {
		if f.text != "" {
			s.forms = append(s.forms, f)
		}
	}
	decoded, _ := base64.StdEncoding.DecodeString(public)
	const length = 16
	for i := range max(len(value)-length+1, 0) {
		piece := value[i : i+length]
		if bytes.Contains(decoded, piece) || strings.Contains(public, string(piece)) {
			continue
		}
		s.pieces = append(s.pieces,
			form{"in part, as it is", string(piece)},
			form{"in part, in hexadecimal", hex.EncodeToString(piece)},
			form{"in part, in decimal", decimal(piece)},
		)
		if i+length+2 <= len(value) { // 18 bytes are 24 whole characters of base64
			piece = value[i : i+length+2]
			s.pieces = append(s.pieces,
				form{"in part, in base64", base64.StdEncoding.EncodeToString(piece)},
				form{"in part, in base64", base64.URLEncoding.EncodeToString(piece)},
			)
		}
	}
	return s
}

func decimal(b []byte) string { return strings.Trim(fmt.Sprint(b), "[]") }

// whole returns the form in which text contains the whole secret, or "".
func (s secret) whole(text string) string { return find(text, s.forms) }

// in returns the form in which text contains the secret or a piece of it, or "".
func (s secret) in(text string) string {
	if how := s.whole(text); how != "" {
		return how
	}
	return find(text, s.pieces)
}

func find(text string, forms []form) string {
	lower := strings.ToLower(text)
	for _, f := range forms {
		if strings.Contains(text, f.text) || strings.HasSuffix(f.how, "hexadecimal") && strings.Contains(lower, f.text) {
			return f.how
		}
	}
	return ""
}
