// The connector: its options, and what the core asks of it.

package snowflake

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Connector connects Snowflake accounts. Make one with [New].
type Connector struct {
	product  string
	names    productNames
	keys     *keyPool
	endpoint *url.URL // nil for each account's own
	egress   []netip.Prefix
	proxy    proxyFunc
	log      *slog.Logger

	// Tests reach a stand-in under the accounts' own names with these.
	dial  dialFunc
	roots *x509.CertPool // nil for the system's
}

var (
	_ warehouse.Connector          = (*Connector)(nil)
	_ warehouse.KeyPairConnector   = (*Connector)(nil)
	_ warehouse.ImmutableConnector = (*Connector)(nil)
	_ warehouse.PresetConnector    = (*Connector)(nil)
)

// Options are a connector's options. Product is required.
//
// There is no option for what the customer's administrator can decide better. The setup script leaves an
// existing warehouse as it is, so its size and its time to suspend are theirs to set. The role gets what
// loading needs; who else may read the tables is theirs to grant.
type Options struct {
	// Product is the name of the host's product, such as Flagsmith: up to 64 letters, digits, spaces
	// and . , - _ ' + ! ( ). The script's title and the default database, role, user and stage follow
	// from it: FLAGSMITH, FLAGSMITH_LOADER, FLAGSMITH_SERVICE, FLAGSMITH_STAGE.
	Product string

	// EgressAddresses are the IPv4 addresses from which the host's probes and loads come, such as
	// 192.0.2.7/32, where those are fixed. With them the setup script offers a network policy for the
	// user, and a login that was refused for its address gets a fix. If empty, the script has no such
	// part, and the hint only names the cause.
	EgressAddresses []netip.Prefix

	// KeyBits is the size of the RSA keys: 2048, 3072 or 4096. If zero, 4096.
	KeyBits int

	// KeyPool is how many keys are made ahead of need, so that creating a connection takes no
	// second of a core. If zero, 4; if negative, none.
	KeyPool int

	// Endpoint, for tests and demonstrations, is the URL of a server that answers in Snowflake's
	// place for every account, such as snowflaketest's: http://host:port or https://host:port. It
	// lifts the checks of where a probe may connect to. If empty, each account's own host is used.
	Endpoint string

	// Proxy chooses the proxy of a request, as in http.Transport. If nil,
	// http.ProxyFromEnvironment, which honours HTTPS_PROXY and NO_PROXY.
	Proxy func(*http.Request) (*url.URL, error)

	// Logger gets what customers are not told: that a session could not be closed, and why a probe
	// failed for a reason on the host's side. If nil, nothing is logged.
	Logger *slog.Logger
}

const (
	defaultKeyBits = 4096
	defaultKeyPool = 4
)

// New returns a connector, and begins to make keys. Its errors name the option that is wrong.
//
// The driver has settings that are the whole process's, and New sets two of them: see the package's
// documentation.
func New(options *Options) (*Connector, error) {
	if options == nil {
		options = &Options{}
	}
	names, err := namesOf(options.Product)
	if err != nil {
		return nil, err
	}
	c := &Connector{
		product: strings.Trim(options.Product, " "),
		names:   names,
		proxy:   options.Proxy,
		log:     options.Logger,
		dial:    dialDirectly,
	}
	if c.egress, err = checkEgress(options.EgressAddresses); err != nil {
		return nil, err
	}
	if options.Endpoint != "" {
		if c.endpoint, err = parseEndpoint(options.Endpoint); err != nil {
			return nil, err
		}
	}
	if c.proxy == nil {
		c.proxy = http.ProxyFromEnvironment
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	bits, size := options.KeyBits, options.KeyPool
	if bits == 0 {
		bits = defaultKeyBits
	}
	if size == 0 {
		size = defaultKeyPool
	}
	if c.keys, err = newKeyPool(bits, max(0, size)); err != nil {
		return nil, err
	}
	setUpDriver()
	return c, nil
}

// checkEgress copies the addresses. Snowflake's network policies take IPv4 alone.
func checkEgress(addresses []netip.Prefix) ([]netip.Prefix, error) {
	for _, a := range addresses {
		if !a.IsValid() || !a.Addr().Is4() || a != a.Masked() {
			return nil, fmt.Errorf("snowflake: Options.EgressAddresses holds %s: each must be an IPv4 address or range, such as 192.0.2.7/32 or 192.0.2.0/24", a)
		}
	}
	return slices.Clone(addresses), nil
}

// Close ends the making of keys. Creating a connection fails from then on; the rest goes on to work.
func (c *Connector) Close() error {
	c.keys.Close()
	return nil
}

// Config returns a [*Config] with the defaults that follow from the product.
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

// SensitiveFields returns none: customers type no secret.
func (c *Connector) SensitiveFields() []string { return nil }

// ImmutableFields returns the account identifier: another account is another connection.
func (c *Connector) ImmutableFields() []string { return []string{"account_identifier"} }

// PresetFields returns the stage, whose name follows from the product.
func (c *Connector) PresetFields() []string { return []string{"stage"} }

// NewKeyPair takes a pair from the pool: the SubjectPublicKeyInfo in base64, and PKCS #8 DER.
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

// SetupScript returns what an administrator of the account runs.
func (c *Connector) SetupScript(config any, publicKey string) (string, error) {
	cfg, ok := config.(*Config)
	if !ok || cfg == nil {
		return "", fmt.Errorf("snowflake: SetupScript was given a %T, not a *snowflake.Config", config)
	}
	sum, err := fingerprint(publicKey)
	if err != nil {
		return "", err
	}
	return c.setupScript(cfg, publicKey, sum), nil
}
