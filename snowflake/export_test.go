package snowflake

import (
	"context"
	"crypto/x509"
	"net"
)

// DialFunc replaces the network in tests.
type DialFunc = func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error)

// SetNetwork makes c's probes connect with dial and trust roots.
func SetNetwork(c *Connector, dial DialFunc, roots *x509.CertPool) { c.dial, c.roots = dial, roots }

// KindIn is kindIn.
var KindIn = kindIn
