// Errors of the network, told apart.

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

// networkFault puts the error of an exchange into words. ended is why the exchange's context ended, nil
// where it did not.
func (t *transport) networkFault(err, ended error, connected bool, after time.Duration) *fault {
	var dns *net.DNSError
	var proxy *net.OpError
	var refusal *proxyRefusal
	unreachable := func(text, hint string) *fault {
		return &fault{code: warehouse.CodeNetworkUnreachable, text: text, hint: hint, cause: err}
	}
	switch {
	case errors.Is(ended, context.DeadlineExceeded) || ended == nil && errors.Is(err, os.ErrDeadlineExceeded):
		return t.timeout(connected, after)
	case ended != nil:
		return &fault{
			code:  warehouse.CodeUnknown,
			text:  "The test was stopped before it finished.",
			hint:  "Run the test again.",
			cause: context.Canceled,
		}
	case errors.Is(err, errProxySetting):
		return unreachable("The proxy setting on our side is not valid.", hintOurs)
	case errors.As(err, &refusal):
		return unreachable(fmt.Sprintf("The proxy on our side did not connect to %s: it answered %s.", t.called, shownStatus(refusal.status)), hintOurs)
	case errors.As(err, &proxy) && proxy.Op == "proxyconnect":
		return unreachable("The proxy on our side could not be reached.", hintOurs)
	case errors.Is(err, netguard.ErrPrivateAddress):
		return unreachable(
			fmt.Sprintf("%s leads to a private address, and this account is not on private connectivity.", t.called),
			"If the account is on private connectivity, use its identifier that ends in .privatelink. "+hintAccount)
	case errors.As(err, &dns) && dns.IsNotFound:
		return unreachable(fmt.Sprintf("There is no host %s (no such host).", t.called), t.atLogin(hintRetry))
	case errors.As(err, &dns):
		return unreachable(fmt.Sprintf("The address of %s could not be looked up (DNS failure).", t.called), hintRetry)
	case errors.Is(err, syscall.ECONNREFUSED):
		return unreachable(fmt.Sprintf("%s refused the connection.", t.called), hintRetry+t.orAccount())
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return unreachable(fmt.Sprintf("There is no network route to %s.", t.called), hintRetry+t.orAccount())
	case isReset(err):
		return unreachable(
			fmt.Sprintf("The connection to %s was reset before it answered %s.", t.called, t.sent()),
			"A firewall between us and Snowflake may have cut it. "+hintRetry+t.orAccount())
	case isCertificate(err):
		return unreachable(
			fmt.Sprintf("TLS with %s failed: its certificate is not trusted.", t.called),
			"A proxy or firewall between us and Snowflake may have put its own certificate in place of Snowflake's."+t.orAccount())
	case strings.Contains(err.Error(), "malformed HTTP"):
		return t.unexpected("its answer is not HTTP", err)
	case tlsText.MatchString(err.Error()):
		return unreachable(
			fmt.Sprintf("TLS with %s failed: it does not answer in TLS.", t.called),
			"A proxy or firewall between us and Snowflake may have answered in its place."+t.orAccount())
	}
	return unreachable(fmt.Sprintf("%s could not be reached.", t.called), hintRetry+t.orAccount())
}

func (t *transport) timeout(connected bool, after time.Duration) *fault {
	f := &fault{code: warehouse.CodeTimeout, cause: context.DeadlineExceeded}
	switch login := t.sent() == theLogin; {
	case connected && login:
		f.text = fmt.Sprintf("%s did not answer the login within %s.", t.called, seconds(after))
		f.hint = hintRetry + t.orAccount()
	case connected:
		f.text = fmt.Sprintf("%s did not answer %s within %s.", t.called, t.sent(), seconds(after))
		f.hint = "Snowflake accepted the login and then did not answer in time. " + hintStatus
	default:
		f.text = fmt.Sprintf("No connection to %s within %s.", t.called, seconds(after))
		f.hint = "A firewall between us and Snowflake may be blocking the connection. " + hintRetry + t.orAccount()
	}
	return f
}

// orAccount follows another hint at the login.
func (t *transport) orAccount() string {
	if t.sent() != theLogin {
		return ""
	}
	return " If it keeps failing, c" + hintAccount[1:]
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

// tlsText finds what net/http and crypto/tls say in plain errors.
var tlsText = regexp.MustCompile(`\btls: |HTTP response to HTTPS client`)

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
