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
	var proxyStatus *proxyStatusError
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
		return unreachable("The proxy setting on our side is not valid.", hintOurs)
	case errors.As(err, &proxyStatus):
		return unreachable(fmt.Sprintf("The proxy on our side did not connect to %s: it answered %s.", t.hostname, statusText(proxyStatus.status)), hintOurs)
	case errors.As(err, &proxy) && proxy.Op == "proxyconnect":
		return unreachable("The proxy on our side could not be reached.", hintOurs)
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
	)
	return errors.As(err, &verify) || errors.As(err, &name) || errors.As(err, &authority)
}

// tlsPattern matches errors of net/http and crypto/tls that have no type.
var tlsPattern = regexp.MustCompile(`\btls: |HTTP response to HTTPS client`)
