// Package netguard refuses connections to addresses that are not on the public
// internet.
//
// A customer who names the host of a warehouse could name one inside the host's
// own network: a database, an admin page, or the metadata service of a cloud,
// which hands out credentials. A connector whose host names come from customers
// sets [Control] on its dialer:
//
//	dialer := &net.Dialer{Control: netguard.Control}
//
// Checking the host name first is not enough, since the name can resolve to
// another address when it is dialed. Control runs after the lookup, on the
// address that is dialed.
//
// Behind a proxy, the proxy resolves names. Control then sees only the address
// of the proxy.
package netguard

import (
	"errors"
	"net/netip"
	"syscall"
)

// ErrPrivateAddress is returned by [Control].
var ErrPrivateAddress = errors.New("netguard: not a public address")

// Control returns [ErrPrivateAddress] if address, as [net.Dialer] passes it to
// its Control function, is not an IP address and port, or if the IP address is
// not public.
func Control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !IsPublic(to.Addr()) {
		return ErrPrivateAddress
	}
	return nil
}

// IsPublic reports whether a is a global unicast address outside the ranges that
// IANA reserves for special purposes (RFC 6890). IPv6 addresses that contain an
// IPv4 address (mapped, translated, NAT64, 6to4) are public if that one is.
func IsPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	if a.Is6() {
		b := a.As16()
		switch {
		case translated.Contains(a), nat64.Contains(a):
			return IsPublic(netip.AddrFrom4([4]byte(b[12:])))
		case sixToFour.Contains(a):
			return IsPublic(netip.AddrFrom4([4]byte(b[2:6])))
		case !globalUnicast6.Contains(a):
			return false
		}
	}
	for _, prefix := range special {
		if prefix.Contains(a) {
			return false
		}
	}
	return true
}

var (
	globalUnicast6 = netip.MustParsePrefix("2000::/3") // all that IANA has allocated

	translated = netip.MustParsePrefix("::ffff:0:0:0/96")
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour  = netip.MustParsePrefix("2002::/16")
)

// special lists the ranges that netip has no method for. IPv6 ranges outside
// 2000::/3 need no entry.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),    // carrier-grade NAT, and VPNs
	netip.MustParsePrefix("168.63.129.16/32"), // Azure's platform services on every virtual machine
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // Teredo and others
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("3fff::/20"),
}
