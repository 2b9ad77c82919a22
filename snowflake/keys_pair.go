// The forms of a key pair.

package snowflake

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
)

// encodePrivateKey returns key as PKCS#8 DER, the form in which it is sealed.
func encodePrivateKey(key *rsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("snowflake: encoding a private key: %w", err)
	}
	return der, nil
}

// decodePrivateKey reads what encodePrivateKey returned. Its errors repeat none of it.
func decodePrivateKey(der []byte) (*rsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("snowflake: the stored private key is not PKCS #8")
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("snowflake: the stored private key is not RSA")
	}
	return rsaKey, nil
}

// encodePublicKey returns the public half as Snowflake's RSA_PUBLIC_KEY takes it:
// the SubjectPublicKeyInfo DER in standard base64, on one line and without the
// lines that PEM puts around it.
func encodePublicKey(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("snowflake: encoding a public key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

// fingerprint returns what DESC USER shows as RSA_PUBLIC_KEY_FP once the user has
// this key: SHA256: and the standard base64 of the SHA-256 of its DER. It takes
// what encodePublicKey returns and fails on text that is no public key, without
// repeating it.
func fingerprint(publicKey string) (string, error) {
	der, err := base64.StdEncoding.DecodeString(publicKey)
	// Decoding passes over line breaks, which would end up in the setup script.
	if err != nil || base64.StdEncoding.EncodeToString(der) != publicKey {
		return "", errors.New("snowflake: a public key is not in base64")
	}
	if _, err := x509.ParsePKIXPublicKey(der); err != nil {
		return "", errors.New("snowflake: a public key is not in the form SubjectPublicKeyInfo")
	}
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.StdEncoding.EncodeToString(sum[:]), nil
}
