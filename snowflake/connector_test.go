package snowflake_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/warehouse"
)

func TestNewErrors(t *testing.T) {
	t.Parallel()
	prefix := func(texts ...string) (list []netip.Prefix) {
		for _, text := range texts {
			list = append(list, netip.MustParsePrefix(text))
		}
		return list
	}
	for want, wrong := range map[string][]snowflake.Options{
		"Options.Product": {{}, {Product: "a;b"}, {Product: "a\nb"}, {Product: "42"}},
		"Options.KeyBits": {{Product: "Flagsmith", KeyBits: 1024}, {Product: "Flagsmith", KeyBits: 4095}, {Product: "Flagsmith", KeyBits: -1}},
		"Options.Endpoint": {
			{Product: "Flagsmith", Endpoint: "127.0.0.1:80"}, {Product: "Flagsmith", Endpoint: "ftp://h"}, {Product: "Flagsmith", Endpoint: "http://"},
			{Product: "Flagsmith", Endpoint: "http://h/path"}, {Product: "Flagsmith", Endpoint: "http://u:secret@h"}, {Product: "Flagsmith", Endpoint: "http://h?q=secret"},
			{Product: "Flagsmith", Endpoint: "http://secret:port"},
		},
		"Options.EgressAddresses": {
			{Product: "Flagsmith", EgressAddresses: make([]netip.Prefix, 1)}, {Product: "Flagsmith", EgressAddresses: prefix("2001:db8::/32")},
			{Product: "Flagsmith", EgressAddresses: prefix("192.0.2.0/24", "192.0.2.7/24")},
		},
		"Options.SchemaPrivileges": {
			{Product: "Flagsmith", SchemaPrivileges: []string{"CREATE VIEW", "ALL"}}, {Product: "Flagsmith", SchemaPrivileges: []string{"create view"}},
			{Product: "Flagsmith", SchemaPrivileges: []string{"CREATE TABLE"}}, {Product: "Flagsmith", SchemaPrivileges: []string{"OWNERSHIP"}},
			{Product: "Flagsmith", SchemaPrivileges: []string{"CREATE STAGE, CREATE VIEW"}}, {Product: "Flagsmith", SchemaPrivileges: []string{""}},
		},
	} {
		for _, o := range wrong {
			o.KeyPool = -1
			connector, err := snowflake.New(&o)
			if err == nil {
				_ = connector.Close()
				t.Errorf("%+v: there is no error", o)
				continue
			}
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%+v: the error is %v", o, err)
			}
		}
	}
}

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	c := newConnector(t, &snowflake.Options{Product: "Flagsmith", KeyPool: -1})
	want := &snowflake.Config{
		Warehouse: "COMPUTE_WH", Database: "FLAGSMITH", Schema: "ANALYTICS",
		Role: "FLAGSMITH_LOADER", User: "FLAGSMITH_SERVICE", Stage: "FLAGSMITH_STAGE",
	}
	if diff := cmp.Diff(want, c.Config()); diff != "" {
		t.Errorf("Config (-want +got):\n%s", diff)
	}
	if first, second := c.Config(), c.Config(); first.(*snowflake.Config) == second.(*snowflake.Config) {
		t.Error("two calls return one config")
	}
	for what, got := range map[string][]string{"account_identifier": c.ImmutableFields(), "stage": c.PresetFields(), "": c.SensitiveFields()} {
		if strings.Join(got, " ") != what {
			t.Errorf("the list is %q, want %q", got, what)
		}
	}
	if _, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": c}); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		config snowflake.Config
		field  string
	}{
		"a system role":       {snowflake.Config{Role: "ACCOUNTADMIN", Schema: "A"}, "role"},
		"one in other quotes": {snowflake.Config{Role: `"SYSADMIN"`, Schema: "A"}, "role"},
		"PUBLIC as a role":    {snowflake.Config{Role: "PUBLIC", Schema: "A"}, "role"},
		"INFORMATION_SCHEMA":  {snowflake.Config{Role: "R", Schema: "INFORMATION_SCHEMA"}, "schema"},
		"a role of that name": {snowflake.Config{Role: `"accountadmin"`, Schema: "PUBLIC"}, ""},
	} {
		err := tt.config.Validate()
		fields, _ := err.(warehouse.FieldErrors)
		switch {
		case tt.field == "" && err != nil, tt.field != "" && len(fields[tt.field]) != 1:
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeySizes(t *testing.T) {
	t.Parallel()
	for asked, bits := range map[int]int{2048: 2048, 3072: 3072, 0: 4096} {
		keys := newKeys(asked)
		der, err := base64.StdEncoding.DecodeString(keys.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		public, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.ParsePKCS8PrivateKey(keys.PrivateKey())
		if err != nil {
			t.Fatal(err)
		}
		key, ok := private.(*rsa.PrivateKey)
		if !ok || key.N.BitLen() != bits || !key.PublicKey.Equal(public) || key.Validate() != nil {
			t.Errorf("KeyBits %d made a %T of %d bits", asked, private, key.N.BitLen())
		}
		c := newAccount(t)
		c.keys = keys
		c.run(t, c.setup(t))
		c.mustPass(t)
	}
}

func TestProbeWithInvalidKey(t *testing.T) {
	t.Parallel()
	for _, private := range []string{"", "secret", "-----BEGIN PRIVATE KEY-----"} {
		c := newSetUpAccount(t)
		c.keys = warehouse.NewKeyPair(c.keys.PublicKey, []byte(private))
		report, failure := c.probe(t, longDeadline)
		if failure == nil {
			t.Fatal("the probe passed")
		}
		if failure.Code != warehouse.CodeServerError || failure.Message != "The stored private key cannot be read." || strings.Contains(failure.Err.Error(), "secret") {
			t.Errorf("Probe error: %s: %s: %v", failure.Code, failure.Message, failure.Err)
		}
		checkFailure(t, probeSteps[0], report, failure, false)
		if lines := c.log.lines(); len(lines) != 1 || !strings.Contains(lines[0], "level=ERROR") || strings.Contains(lines[0], "secret") {
			t.Errorf("log lines: %q", lines)
		}
	}
}

func TestProbeAfterClose(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	if err := c.connector.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.connector.NewKeyPair(t.Context()); err == nil {
		t.Error("a closed connector makes keys")
	}
	c.mustPass(t)
}

func TestEndpointWithIPv6Address(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	to, err := url.Parse(c.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(to))
	_ = front.Listener.Close()
	front.Listener = listener
	front.Start()
	t.Cleanup(front.Close)
	c.connector = newConnector(t, &snowflake.Options{Product: "Flagsmith", KeyPool: -1, Endpoint: "http://" + listener.Addr().String()})
	if _, failure := c.probe(t, longDeadline); failure != nil {
		t.Errorf("the probe failed: %v", failure)
	}
}
