// The bytes that the suite for sealers works with, and what it looks for in others.

package warehousetest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// rowData is associated data of the kind that package warehouse passes: parts with their lengths before
// them, so with bytes that are no text.
func rowData(organisation string) []byte {
	var out []byte
	for _, part := range []string{"label", organisation, "wc_abc123", "MIICIjANBgkq\xff\x00"} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// flipped returns a copy with all bits of one byte flipped: in a text encoding, that is never another
// spelling of the same character.
func flipped(b []byte, i int) []byte {
	b = slices.Clone(b)
	b[i] ^= 0xff
	return b
}

// positions returns up to 100 indices of n bytes, the first and the last among them, evenly apart.
func positions(n int) []int {
	const most = 100
	var out []int
	if n <= most {
		for i := range n {
			out = append(out, i)
		}
		return out
	}
	for i := range most {
		out = append(out, i*(n-1)/(most-1))
	}
	return out
}

// watched returns a copy of b with room behind it, and a function that reports whether either changed.
func watched(b []byte) (copied []byte, changed func() bool) {
	whole := make([]byte, len(b)+64)
	copy(whole, b)
	before := slices.Clone(whole)
	return whole[:len(b)], func() bool { return !bytes.Equal(whole, before) }
}

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
