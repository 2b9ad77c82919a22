package snowflake

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Options are the options of [New]. Product is required.
//
// Settings that the customer's administrator can decide better have no option. The
// setup script does not change an existing warehouse, and it grants the role only
// what loading needs.
type Options struct {
	// Product is the name of the host's product, such as Flagsmith: up to 64 letters, digits, spaces
	// and . , - _ ' + ! ( ). The script's title and the default names derive from it: database
	// FLAGSMITH, role FLAGSMITH_LOADER, user FLAGSMITH_SERVICE, stage FLAGSMITH_STAGE.
	Product string

	// EgressAddresses are the fixed IPv4 addresses, such as 192.0.2.7/32, that the host's probes and
	// loads come from. The setup script then offers a network policy for the user, and a login that
	// is blocked for its address gets a fix. If empty, there is neither.
	EgressAddresses []netip.Prefix

	// SchemaPrivileges are privileges on the schema that the host's loads need besides USAGE and CREATE
	// TABLE: CREATE STAGE, CREATE FILE FORMAT, CREATE VIEW or CREATE PIPE. The setup script and the
	// fixes grant them. If empty, the role can load files of the stage into its own tables.
	SchemaPrivileges []string

	// KeyBits is the size of the RSA keys: 2048, 3072 or 4096. If zero, 4096.
	KeyBits int

	// KeyPool is the number of keys generated ahead of need, since generating one takes about half
	// a second of CPU time. If zero, 4. If negative, none. While callers wait for keys, half of the
	// cores generate them, at least two.
	KeyPool int

	// Endpoint, for tests and demonstrations, is the URL of a server that takes the place of Snowflake
	// for every account, such as snowflaketest's: http://host:port or https://host:port. Probes then
	// do not check the address that they connect to. If empty, the account's own host is used.
	Endpoint string

	// Proxy returns the proxy of a request, as in http.Transport. If nil, http.ProxyFromEnvironment,
	// which uses HTTPS_PROXY and NO_PROXY.
	Proxy func(*http.Request) (*url.URL, error)

	// Logger receives errors that customers do not see: a session that could not be closed, or a probe
	// that failed for a reason on the host's side. If nil, nothing is logged.
	Logger *slog.Logger
}

const (
	defaultKeyBits = 4096
	defaultKeyPool = 4
)

// New returns a connector and starts to generate keys. Its errors name the invalid
// option.
//
// New changes two process-wide settings of the driver, as described in the package
// documentation.
func New(options *Options) (*Connector, error) {
	if options == nil {
		options = &Options{}
	}
	names, err := newProductNames(options.Product)
	if err != nil {
		return nil, err
	}
	c := &Connector{
		product: strings.Trim(options.Product, " "),
		names:   names,
		proxy:   options.Proxy,
		log:     options.Logger,
		open:    openProbeSession,
		dial:    dialDirectly,
	}
	if c.egress, err = checkEgress(options.EgressAddresses); err != nil {
		return nil, err
	}
	if c.schemaPrivileges, err = checkSchemaPrivileges(options.SchemaPrivileges); err != nil {
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

// schemaPrivileges are the values of Options.SchemaPrivileges.
var schemaPrivileges = []string{"CREATE FILE FORMAT", "CREATE PIPE", "CREATE STAGE", "CREATE VIEW"}

// checkSchemaPrivileges returns a sorted copy of privileges, without duplicates.
func checkSchemaPrivileges(privileges []string) ([]string, error) {
	for _, p := range privileges {
		if !slices.Contains(schemaPrivileges, p) {
			return nil, fmt.Errorf("snowflake: Options.SchemaPrivileges contains %q, want some of %s", p, strings.Join(schemaPrivileges, ", "))
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(privileges))), nil
}

// checkEgress returns a copy of addresses. Snowflake's network policies accept only IPv4.
func checkEgress(addresses []netip.Prefix) ([]netip.Prefix, error) {
	for _, a := range addresses {
		if !a.IsValid() || !a.Addr().Is4() || a != a.Masked() {
			return nil, fmt.Errorf("snowflake: Options.EgressAddresses contains %s, want IPv4 addresses or ranges, such as 192.0.2.7/32 or 192.0.2.0/24", a)
		}
	}
	return slices.Clone(addresses), nil
}

// parseEndpoint parses Options.Endpoint and adds the default port of the scheme. Its error does not repeat
// the text, which can contain a password.
func parseEndpoint(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("snowflake: Options.Endpoint must have the form http://host:port or https://host:port")
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	default:
		port = "443"
	}
	return &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(u.Hostname(), port)}, nil
}
