package snowflake_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/warehouse"
)

// newCertificate returns a certificate for host that is valid in a period, and a pool that trusts it.
func newCertificate(t *testing.T, host string, notBefore, notAfter time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: notBefore, NotAfter: notAfter, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func TestCertificateProblems(t *testing.T) {
	t.Parallel()
	const host, other = "xy12345.us-east-1.snowflakecomputing.com", "elsewhere.test"
	const day = 24 * time.Hour
	const (
		ours      = "TLS with " + host + " failed: by our clock, its certificate is not valid now."
		untrusted = "TLS with " + host + " failed: its certificate is not trusted."
	)
	for name, tt := range map[string]struct {
		host     string
		from, to time.Duration // from now
		roots    func(own *x509.CertPool) *x509.CertPool
		code     warehouse.Code
		message  string
	}{
		"not valid yet":              {host: host, from: day, to: 2 * day, code: warehouse.CodeServerError, message: ours},
		"no longer valid":            {host: host, from: -2 * day, to: -day, code: warehouse.CodeServerError, message: ours},
		"no longer valid, untrusted": {host: host, from: -2 * day, to: -day, roots: someRoots(t), code: warehouse.CodeNetworkUnreachable, message: untrusted},
		"no longer valid, of another host": {
			host: other, from: -2 * day, to: -day, code: warehouse.CodeNetworkUnreachable, message: untrusted,
		},
		"of another host": {host: other, from: -day, to: day, code: warehouse.CodeNetworkUnreachable, message: untrusted},
		"untrusted":       {host: host, from: -day, to: day, roots: someRoots(t), code: warehouse.CodeNetworkUnreachable, message: untrusted},
		"without authorities": {
			host: host, from: -day, to: day, roots: func(*x509.CertPool) *x509.CertPool { return x509.NewCertPool() },
			code: warehouse.CodeServerError, message: "Our server has no certificates to check TLS with.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			certificate, roots := newCertificate(t, tt.host, time.Now().Add(tt.from), time.Now().Add(tt.to))
			if tt.roots != nil {
				roots = tt.roots(roots)
			}
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			t.Cleanup(server.Close)
			c := newTLSAccount(t, noProxy)
			snowflake.SetNetwork(c.connector, func(ctx context.Context, _ *net.Dialer, _, _ string) (net.Conn, error) {
				return dialTo(ctx, server.Listener.Addr().String())
			}, roots)
			_, failure := c.probe(t, longDeadline)
			if failure == nil {
				t.Fatal("the probe passed")
			}
			if failure.Code != tt.code || failure.Message != tt.message {
				t.Errorf("Probe error: %s: %q, want %s: %q", failure.Code, failure.Message, tt.code, tt.message)
			}
			checkText(t, failure.Message)
			checkText(t, failure.Hint)
			c.checkServerError(t, failure)
		})
	}
}

// someRoots returns a function that replaces a pool with one that does not trust its certificates.
func someRoots(t *testing.T) func(*x509.CertPool) *x509.CertPool {
	t.Helper()
	_, roots := newCertificate(t, "another authority", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	return func(*x509.CertPool) *x509.CertPool { return roots }
}
