package warehouse

import (
	"bytes"
	"context"
	"fmt"
)

// A KeyPairConnector is a connector whose connections log in with a key pair. The pair is created with
// the connection, after the request has been checked.
type KeyPairConnector interface {
	Connector

	// NewKeyPair returns a new pair. It returns early when ctx ends, since creating a key can take
	// a second of CPU time.
	NewKeyPair(ctx context.Context) (KeyPair, error)
}

// A KeyPair is a public key, in the text form of the warehouse, and a private key, which does not print
// or encode.
type KeyPair struct {
	// PublicKey is shown to the customer. For RSA it is the base64 of the SubjectPublicKeyInfo DER
	// on one line.
	PublicKey string

	private func() []byte
}

// NewKeyPair returns a pair with a copy of the private key, whose form is the connector's own, such as
// PKCS #8 DER.
func NewKeyPair(publicKey string, privateKey []byte) KeyPair {
	kept := bytes.Clone(privateKey)
	return KeyPair{PublicKey: publicKey, private: func() []byte { return bytes.Clone(kept) }}
}

// PrivateKey returns a copy of the private key, nil for the zero KeyPair.
func (k KeyPair) PrivateKey() []byte {
	if k.private == nil {
		return nil
	}
	return k.private()
}

// keyPairFor returns a new pair if c is a [KeyPairConnector], and the zero pair if not.
func keyPairFor(ctx context.Context, c Connector) (KeyPair, error) {
	maker, ok := c.(KeyPairConnector)
	if !ok {
		return KeyPair{}, nil
	}
	keys, err := maker.NewKeyPair(ctx)
	if err != nil {
		return KeyPair{}, fmt.Errorf("warehouse: create a key pair: %w", err)
	}
	if keys.PublicKey == "" || len(keys.PrivateKey()) == 0 {
		return KeyPair{}, fmt.Errorf("warehouse: %T.NewKeyPair returned half a pair", c)
	}
	return keys, nil
}
