// Key pairs, for the types that log in with one.

package warehouse

import (
	"bytes"
	"context"
	"fmt"
)

// A KeyPairConnector is a connector whose connections log in with a key pair. The pair is made once,
// when a connection is created, after everything else about the request has been found right.
type KeyPairConnector interface {
	Connector

	// NewKeyPair returns a pair that nobody else was given. It honours ctx, since making a key
	// can take a second of a core.
	NewKeyPair(ctx context.Context) (KeyPair, error)
}

// A KeyPair is the public half of a key, in the text form that the warehouse takes, and the private
// half, which no printing or encoding of the pair shows.
type KeyPair struct {
	// PublicKey is shown to the customer: for RSA, the base64 of the SubjectPublicKeyInfo DER on
	// one line.
	PublicKey string

	private func() []byte
}

// NewKeyPair returns a pair of the given halves. It keeps a copy of the private one, whose form is
// the connector's own: PKCS #8 DER for Snowflake.
func NewKeyPair(publicKey string, privateKey []byte) KeyPair {
	kept := bytes.Clone(privateKey)
	return KeyPair{PublicKey: publicKey, private: func() []byte { return bytes.Clone(kept) }}
}

// PrivateKey returns a copy of the private half, nil for the zero KeyPair.
func (k KeyPair) PrivateKey() []byte {
	if k.private == nil {
		return nil
	}
	return k.private()
}

// keyPairFor returns a new pair from a connector that makes them, and the zero pair from one that
// does not.
func keyPairFor(ctx context.Context, c Connector) (KeyPair, error) {
	maker, ok := c.(KeyPairConnector)
	if !ok {
		return KeyPair{}, nil
	}
	keys, err := maker.NewKeyPair(ctx)
	if err != nil {
		return KeyPair{}, fmt.Errorf("warehouse: make a key pair: %w", err)
	}
	if keys.PublicKey == "" || len(keys.PrivateKey()) == 0 {
		return KeyPair{}, fmt.Errorf("warehouse: %T.NewKeyPair returned half a pair", c)
	}
	return keys, nil
}
