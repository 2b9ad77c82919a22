package snowflake

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
)

// encodePrivateKey returns key as PKCS #8 DER. It is sealed in this form.
func encodePrivateKey(key *rsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("snowflake: encoding a private key: %w", err)
	}
	return der, nil
}

// decodePrivateKey is the inverse of encodePrivateKey. Its errors contain no part of der.
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

// encodePublicKey returns key in the form of Snowflake's RSA_PUBLIC_KEY: SubjectPublicKeyInfo
// DER in standard base64, on one line and without PEM's first and last line.
func encodePublicKey(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("snowflake: encoding a public key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

// fingerprint returns the fingerprint of an encoded public key as DESC USER shows it in
// RSA_PUBLIC_KEY_FP: "SHA256:" and the standard base64 of the SHA-256 of the DER. Its
// errors do not repeat publicKey.
func fingerprint(publicKey string) (string, error) {
	der, err := base64.StdEncoding.DecodeString(publicKey)
	// Decoding ignores line breaks, which must not get into the setup script.
	if err != nil || base64.StdEncoding.EncodeToString(der) != publicKey {
		return "", errors.New("snowflake: a public key is not in base64")
	}
	if _, err := x509.ParsePKIXPublicKey(der); err != nil {
		return "", errors.New("snowflake: a public key is not in the form SubjectPublicKeyInfo")
	}
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.StdEncoding.EncodeToString(sum[:]), nil
}
