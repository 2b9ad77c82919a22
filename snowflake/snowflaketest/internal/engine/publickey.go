package engine

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
)

// A PublicKey is one of a user's two slots for keys.
type PublicKey struct {
	written     string         // as in the statement
	Key         *rsa.PublicKey // nil in an empty slot
	Fingerprint string         // "SHA256:" and the base64 of the SPKI DER's hash
}

const minimalKey = 2048

// readKey decodes RSA_PUBLIC_KEY: the base64 of a SubjectPublicKeyInfo, on one line, with an RSA key of at least
// 2048 bits.
func readKey(text string) (PublicKey, *Error) {
	if text == "" {
		return PublicKey{}, nil
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return PublicKey{}, rejectedKey("Invalid Public key")
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return PublicKey{}, rejectedKey("Invalid Public key")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return PublicKey{}, rejectedKey("Invalid Public key")
	}
	if bits := key.N.BitLen(); bits < minimalKey {
		return PublicKey{}, rejectedKey(fmt.Sprintf("Key length %d is smaller than minimal requirement of %d.", bits, minimalKey))
	}
	sum := sha256.Sum256(der)
	return PublicKey{written: text, Key: key, Fingerprint: "SHA256:" + base64.StdEncoding.EncodeToString(sum[:])}, nil
}
