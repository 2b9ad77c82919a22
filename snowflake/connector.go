package snowflake

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"net/url"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Connector connects Snowflake accounts. Create it with [New]. Its methods may be
// called from several goroutines at once.
type Connector struct {
	product          string
	names            productNames
	keys             *keyPool
	endpoint         *url.URL // nil for each account's own
	egress           []netip.Prefix
	schemaPrivileges []string
	proxy            proxyFunc
	log              *slog.Logger

	// Tests replace these to reach a test server under an account's own name.
	open  openFunc
	dial  dialFunc
	roots *x509.CertPool // nil for the system's
}

var (
	_ warehouse.Connector          = (*Connector)(nil)
	_ warehouse.KeyPairConnector   = (*Connector)(nil)
	_ warehouse.ImmutableConnector = (*Connector)(nil)
	_ warehouse.PresetConnector    = (*Connector)(nil)
	_ warehouse.DescribedConnector = (*Connector)(nil)
)

// Close stops the generation of keys, without waiting for those in progress. Creating a
// connection then fails; all other methods keep working.
func (c *Connector) Close() error {
	c.keys.Close()
	return nil
}

// Config returns a [*Config] with defaults that derive from the product.
func (c *Connector) Config() any {
	return &Config{
		Warehouse: defaultWarehouse,
		Database:  c.names.database,
		Schema:    defaultSchema,
		Role:      c.names.role,
		User:      c.names.user,
		Stage:     c.names.stage,
	}
}

// SensitiveFields returns nil: customers type no secret.
func (c *Connector) SensitiveFields() []string { return nil }

// ImmutableFields returns the account identifier: another account needs another connection.
func (c *Connector) ImmutableFields() []string { return []string{"account_identifier"} }

// PresetFields returns the stage, whose name derives from the product.
func (c *Connector) PresetFields() []string { return []string{"stage"} }

// NewKeyPair returns a pair from the pool. The public key is SubjectPublicKeyInfo in
// base64, the private key PKCS #8 in DER.
func (c *Connector) NewKeyPair(ctx context.Context) (warehouse.KeyPair, error) {
	key, err := c.keys.take(ctx)
	if err != nil {
		return warehouse.KeyPair{}, err
	}
	private, err := encodePrivateKey(key)
	if err != nil {
		return warehouse.KeyPair{}, err
	}
	public, err := encodePublicKey(&key.PublicKey)
	if err != nil {
		return warehouse.KeyPair{}, err
	}
	return warehouse.NewKeyPair(public, private), nil
}
