// The public keys of users.

package snowflaketest

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
)

// A publicKey is one of a user's two slots.
type publicKey struct {
	written     string // as the statement had it
	key         *rsa.PublicKey
	fingerprint string // "SHA256:" and the base64 of the SPKI DER's hash
}

const minimalKey = 2048

// readKey decodes RSA_PUBLIC_KEY: the base64 of a SubjectPublicKeyInfo, on one line, with an RSA key of at least
// 2048 bits.
func readKey(text string) (publicKey, *Error) {
	if text == "" {
		return publicKey{}, nil
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return publicKey{}, rejectedKey("Invalid Public key")
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return publicKey{}, rejectedKey("Invalid Public key")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return publicKey{}, rejectedKey("Invalid Public key")
	}
	if bits := key.N.BitLen(); bits < minimalKey {
		return publicKey{}, rejectedKey(fmt.Sprintf("Key length %d is smaller than minimal requirement of %d.", bits, minimalKey))
	}
	sum := sha256.Sum256(der)
	return publicKey{written: text, key: key, fingerprint: "SHA256:" + base64.StdEncoding.EncodeToString(sum[:])}, nil
}
