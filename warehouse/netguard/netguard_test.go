package netguard_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse/netguard"
)

var private = []string{
	"127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3",
	"198.18.0.1", "192.0.0.8", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
	"::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1",
	"64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "64:ff9b::a83f:8110", "2002:a00:1::", "2002:7f00:1::1", "2001:db8::1", "2001::1", "100::1",
	"fd00:ec2::254", "::ffff:0:10.0.0.1", "::ffff:0:169.254.169.254", "::52.10.20.30", "5f00::1", "4000::1", "1fff::1", "3fff::1",
	"10.1.2.3", "192.168.0.1", "::7f00:1",
}

var public = []string{
	"52.10.20.30", "8.8.8.8", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255", "168.63.129.17",
	"2600:1f14::1", "2a05:d018::1", "3ffe::1", "::ffff:52.10.20.30", "64:ff9b::340a:141e", "2002:340a:141e::1", "::ffff:0:52.10.20.30",
	"52.94.236.248", "2606:4700::1111", "::ffff:8.8.8.8",
}

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for _, a := range private {
		if netguard.IsPublic(netip.MustParseAddr(a)) {
			t.Errorf("IsPublic(%s) = true", a)
		}
	}
	for _, a := range public {
		if !netguard.IsPublic(netip.MustParseAddr(a)) {
			t.Errorf("IsPublic(%s) = false", a)
		}
	}
	if netguard.IsPublic(netip.Addr{}) {
		t.Error("IsPublic of the zero address = true")
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]error{
		"52.10.20.30:443":      nil,
		"[2600:1f14::1]:5432":  nil,
		"10.0.0.1:443":         netguard.ErrPrivateAddress,
		"[fe80::1%eth0]:443":   netguard.ErrPrivateAddress,
		"/var/run/server.sock": netguard.ErrPrivateAddress,
		"example.com:443":      netguard.ErrPrivateAddress,
		"52.10.20.30":          netguard.ErrPrivateAddress,
	} {
		if err := netguard.Control("tcp", address, nil); !errors.Is(err, want) {
			t.Errorf("Control(%q) = %v, want %v", address, err, want)
		}
	}
}

func TestDialerReturnsErrPrivateAddress(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialer := &net.Dialer{Control: netguard.Control}
	conn, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
	if !errors.Is(err, netguard.ErrPrivateAddress) {
		t.Errorf("dialing a loopback address: %v, %v", conn, err)
	}
}
