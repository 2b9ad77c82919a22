// Looking for a secret in what should not hold it.

package warehousetest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// reveals says in which form text holds any 16 bytes of secret that follow each other: "as they are", "in
// base64", "in hexadecimal" or "in decimal"; "" if in none. It looks for pieces, since a sealer may
// encrypt only the beginning, and for every piece, since the base64 of bytes depends on where they begin.
func reveals(text, secret []byte) string {
	const piece = 16
	lower := bytes.ToLower(text)
	for i := 0; i+piece+2 <= len(secret); i++ {
		p := secret[i : i+piece]
		three := secret[i : i+piece+2] // 18 bytes are 24 characters of base64, whole
		decimal := strings.Trim(fmt.Sprint(p), "[]")
		switch {
		case bytes.Contains(text, p):
			return "as they are"
		case bytes.Contains(lower, []byte(hex.EncodeToString(p))):
			return "in hexadecimal"
		case bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString(three))),
			bytes.Contains(text, []byte(base64.URLEncoding.EncodeToString(three))):
			return "in base64"
		case bytes.Contains(text, []byte(decimal)):
			return "in decimal"
		}
	}
	return ""
}
