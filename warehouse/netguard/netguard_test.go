package netguard_test

import (
	"net/netip"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse/netguard"
)

// privateAddresses are some of each range that no public account is in.
var privateAddresses = []string{
	"127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3",
	"198.18.0.1", "192.0.0.8", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
	"::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1",
	"64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:a00:1::", "2002:7f00:1::1", "2001:db8::1", "2001::1", "100::1", "fd00:ec2::254",
}

var publicAddresses = []string{
	"52.10.20.30", "8.8.8.8", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255",
	"2600:1f14::1", "2a05:d018::1", "::ffff:52.10.20.30", "64:ff9b::340a:141e", "2002:340a:141e::1",
}

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for _, a := range privateAddresses {
		if netguard.IsPublic(netip.MustParseAddr(a)) {
			t.Errorf("%s passes as public", a)
		}
	}
	for _, a := range publicAddresses {
		if !netguard.IsPublic(netip.MustParseAddr(a)) {
			t.Errorf("%s does not pass as public", a)
		}
	}
}
