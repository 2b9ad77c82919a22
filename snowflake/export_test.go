package snowflake

import (
	"context"
	"crypto/x509"
	"net"
)

// DialFunc is how tests take the place of the network.
type DialFunc = func(ctx context.Context, dialer *net.Dialer, network, address string) (net.Conn, error)

// SetNetwork makes c's probes reach the network by dial, and trust roots.
func SetNetwork(c *Connector, dial DialFunc, roots *x509.CertPool) { c.dial, c.roots = dial, roots }

// KindOf is what the catalogue makes of a message.
var KindOf = kindOf
