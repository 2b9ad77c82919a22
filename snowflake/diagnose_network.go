package snowflake

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/netguard"
)

// networkError explains err, the error of a request. ctxErr is ctx.Err() of the request.
// connected reports whether the request had a connection.
func (t *transport) networkError(err, ctxErr error, connected bool, after time.Duration) *transportError {
	var dns *net.DNSError
	var proxy *net.OpError
	var proxyRefusal *proxyStatusError
	unreachable := func(message, hint string) *transportError {
		return &transportError{code: warehouse.CodeNetworkUnreachable, message: message, hint: hint, cause: err}
	}
	switch {
	case errors.Is(ctxErr, context.DeadlineExceeded) || ctxErr == nil && errors.Is(err, os.ErrDeadlineExceeded):
		return t.timeoutError(connected, after)
	case ctxErr != nil:
		return &transportError{
			code:    warehouse.CodeUnknown,
			message: "The test was stopped before it finished.",
			hint:    "Run the test again.",
			cause:   context.Canceled,
		}
	case errors.Is(err, errProxySetting):
		return internalError("The proxy setting on our side is not valid.", err)
	case errors.As(err, &proxyRefusal) && proxyRefusal.isGateway():
		return unreachable(
			fmt.Sprintf("The proxy on our side could not connect to %s: it answered %s.", t.hostname, statusText(proxyRefusal.status)),
			t.withAccountHint(hintRetry))
	case errors.As(err, &proxyRefusal):
		return internalError(fmt.Sprintf("The proxy on our side did not connect to %s: it answered %s.", t.hostname, statusText(proxyRefusal.status)), err)
	case errors.As(err, &proxy) && proxy.Op == "proxyconnect":
		return internalError("The proxy on our side could not be reached.", err)
	case errors.Is(err, netguard.ErrPrivateAddress):
		return unreachable(
			fmt.Sprintf("%s has a private address, and this account does not use private connectivity.", t.hostname),
			"If the account uses private connectivity, type its identifier that ends in .privatelink. "+hintAccount)
	case errors.As(err, &dns) && dns.IsNotFound:
		return unreachable(fmt.Sprintf("There is no host %s (no such host).", t.hostname), t.accountHintOr(hintRetry))
	case errors.As(err, &dns):
		return unreachable(fmt.Sprintf("The address of %s could not be looked up (DNS failure).", t.hostname), hintRetry)
	case errors.Is(err, syscall.ECONNREFUSED):
		return unreachable(fmt.Sprintf("%s refused the connection.", t.hostname), t.withAccountHint(hintRetry))
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return unreachable(fmt.Sprintf("There is no network route to %s.", t.hostname), t.withAccountHint(hintRetry))
	case isReset(err):
		return unreachable(
			fmt.Sprintf("The connection to %s was reset before it answered %s.", t.hostname, t.request()),
			t.withAccountHint("A firewall between us and Snowflake may have closed it. "+hintRetry))
	case isCertificate(err) && t.hasNoRoots():
		return internalError("Our server has no certificates to check TLS with.", err)
	case t.isOutOfDate(err):
		return internalError(fmt.Sprintf("TLS with %s failed: by our clock, its certificate is not valid now.", t.hostname), err)
	case isCertificate(err):
		return unreachable(
			fmt.Sprintf("TLS with %s failed: its certificate is not trusted.", t.hostname),
			t.withAccountHint("A proxy or firewall between us and Snowflake may have replaced Snowflake's certificate."))
	case strings.Contains(err.Error(), "malformed HTTP"):
		return t.unexpected("its answer is not HTTP", err)
	case tlsPattern.MatchString(err.Error()):
		return unreachable(
			fmt.Sprintf("TLS with %s failed: it does not answer in TLS.", t.hostname),
			t.withAccountHint("A proxy or firewall between us and Snowflake may have answered instead."))
	}
	return unreachable(fmt.Sprintf("%s could not be reached.", t.hostname), t.withAccountHint(hintRetry))
}

func (t *transport) timeoutError(connected bool, after time.Duration) *transportError {
	e := &transportError{code: warehouse.CodeTimeout, cause: context.DeadlineExceeded}
	if !connected {
		e.message = fmt.Sprintf("No connection to %s within %.1f s.", t.hostname, after.Seconds())
		e.hint = t.withAccountHint("A firewall between us and Snowflake may be blocking the connection. " + hintRetry)
		return e
	}
	e.message = fmt.Sprintf("%s did not answer %s within %.1f s.", t.hostname, t.request(), after.Seconds())
	e.hint = "Snowflake accepted the login and then did not answer in time. " + hintStatus
	if t.inLogin() {
		e.hint = t.withAccountHint(hintRetry)
	}
	return e
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

func isCertificate(err error) bool {
	var (
		verify    *tls.CertificateVerificationError
		name      x509.HostnameError
		authority x509.UnknownAuthorityError
		roots     x509.SystemRootsError
	)
	return errors.As(err, &verify) || errors.As(err, &name) || errors.As(err, &authority) || errors.As(err, &roots)
}

// hasNoRoots reports whether there is no certificate authority to trust, as in a
// container image without any.
func (t *transport) hasNoRoots() bool {
	roots := t.base.TLSClientConfig.RootCAs
	if roots == nil {
		var err error
		if roots, err = x509.SystemCertPool(); err != nil {
			return true
		}
	}
	return roots.Equal(x509.NewCertPool())
}

// isOutOfDate reports whether the time is the only reason not to trust a certificate:
// at a time when it was valid, it would be trusted. Then our clock is wrong, or
// Snowflake has let its certificate expire. The customer can change neither.
func (t *transport) isOutOfDate(err error) bool {
	verify, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok || len(verify.UnverifiedCertificates) == 0 {
		return false
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); !ok || invalid.Reason != x509.Expired {
		return false
	}
	leaf := verify.UnverifiedCertificates[0]
	options := x509.VerifyOptions{
		DNSName:       t.hostname,
		Roots:         t.base.TLSClientConfig.RootCAs,
		Intermediates: x509.NewCertPool(),
		CurrentTime:   leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) / 2),
	}
	for _, c := range verify.UnverifiedCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err = leaf.Verify(options)
	return err == nil
}

// tlsPattern matches errors of net/http and crypto/tls that have no type.
var tlsPattern = regexp.MustCompile(`\btls: |HTTP response to HTTPS client`)
