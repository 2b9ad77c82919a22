package snowflake

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"syscall"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A fault is what went wrong between us and Snowflake, where Snowflake itself said nothing. It passes
// through the driver as it is, and errors.As finds it again.
type fault struct {
	code  warehouse.Code
	text  string // for customers: no URL, no request id, no address
	hint  string // empty for the general one
	cause error  // nil where the text says it all
}

func (f *fault) Error() string { return f.text }

// Unwrap lets the driver see a deadline in what ended by one: it then aborts the statement that runs.
func (f *fault) Unwrap() error { return f.cause }

const hintAccount = "Check the account identifier: Snowflake shows it under the account's name, in “View account details”."

func elsewhere(host string) *fault {
	return &fault{
		code: warehouse.CodeUnexpectedResponse,
		text: host + " sent us on to another host, which a test does not follow.",
		hint: "Check the account identifier, and any proxy in between.",
	}
}

func unexpected(host, what string, cause error) *fault {
	return &fault{
		code:  warehouse.CodeUnexpectedResponse,
		text:  fmt.Sprintf("%s does not answer as Snowflake does: %s.", host, what),
		cause: cause,
	}
}

// statusFault is an answer with another status than 200, which Snowflake gives to what it understands.
func statusFault(status int, path, host string) *fault {
	shown := fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))
	switch {
	case path == pathLogin && (status == http.StatusForbidden || status == http.StatusNotFound):
		return &fault{
			code: warehouse.CodeAccountNotFound,
			text: fmt.Sprintf("%s refused the login with %s: there seems to be no such account.", host, shown),
			hint: "There is no such account here. " + hintAccount,
		}
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return &fault{
			code: warehouse.CodeVendorUnavailable,
			text: fmt.Sprintf("Snowflake cannot serve at the moment: %s answered with %s.", host, shown),
			hint: "Snowflake says that it cannot serve at the moment: try again later, and see status.snowflake.com if it stays so.",
		}
	case status >= 300 && status < 400:
		return elsewhere(host)
	}
	return unexpected(host, "it answered with "+shown, nil)
}

// faultOf puts the error of an exchange into words.
func (t *transport) faultOf(err error, ctx context.Context, req *http.Request, connected bool, after time.Duration) *fault {
	f := &fault{code: warehouse.CodeNetworkUnreachable, cause: err}
	var (
		dns    *net.DNSError
		op     *net.OpError
		record tls.RecordHeaderError
		verify *tls.CertificateVerificationError
		alert  tls.AlertError
		name   x509.HostnameError
	)
	timedOut := errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
	switch {
	case timedOut:
		f.code, f.cause = warehouse.CodeTimeout, context.DeadlineExceeded
		f.text = fmt.Sprintf("Timed out after %s: no connection to %s.", seconds(after), t.called)
		f.hint = "No connection came about. " + hintAccount + " If it is right, a firewall between us and Snowflake may be dropping what we send."
		if connected {
			f.text = fmt.Sprintf("Timed out after %s waiting for %s to answer %s.", seconds(after), t.called, asked(req.URL.Path))
			f.hint = "The host was reached and did not answer in time: try again. " + hintAccount
		}
	case ctx.Err() != nil:
		f.code, f.cause = warehouse.CodeUnknown, context.Canceled
		f.text = "The test was interrupted before it ended."
	case errors.Is(err, errPrivateAddress):
		f.text = t.called + " leads to a private address, where no public Snowflake account is."
		f.hint = "For an account on private connectivity, use the identifier that ends in .privatelink. Otherwise check our DNS."
	case errors.As(err, &op) && op.Op == "proxyconnect":
		f.text = "The proxy on our side could not be reached."
		f.hint = "This is for us to mend: the proxy through which we reach Snowflake does not answer."
	case errors.As(err, &dns) && dns.IsNotFound:
		f.text = fmt.Sprintf("There is no host named %s (no such host).", t.called)
		f.hint = "No such account is known to DNS. " + hintAccount
	case errors.As(err, &dns):
		f.text = fmt.Sprintf("The host name %s could not be looked up.", t.called)
	case errors.Is(err, syscall.ECONNREFUSED):
		f.text = fmt.Sprintf("%s refused the connection (connection refused).", t.called)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		f.text = fmt.Sprintf("There is no route to %s.", t.called)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f.text = fmt.Sprintf("The connection to %s was reset while it was to answer %s.", t.called, asked(req.URL.Path))
	case errors.As(err, &verify), errors.As(err, &name):
		f.text = fmt.Sprintf("TLS with %s failed: its certificate is not one to trust.", t.called)
		f.hint = "The certificate is not Snowflake's: a proxy in between may be replacing it, or the host is another's. " + hintAccount
	case errors.As(err, &record), errors.As(err, &alert), isTLSError(err):
		f.text = fmt.Sprintf("TLS with %s failed: it does not speak TLS as Snowflake does.", t.called)
	default:
		f.text = fmt.Sprintf("%s could not be reached: %s.", t.called, withoutURLs(err.Error()))
	}
	return f
}

// isTLSError finds what net/http and crypto/tls say with plain errors.
func isTLSError(err error) bool {
	return tlsText.MatchString(err.Error())
}

var (
	tlsText = regexp.MustCompile(`(?i)\btls: |HTTP response to HTTPS client|certificate`)
	urlText = regexp.MustCompile(`"?[A-Za-z][A-Za-z0-9+.-]*://[^\s"]*"?`)
)

// withoutURLs takes out what may hold names and request ids.
func withoutURLs(text string) string { return urlText.ReplaceAllString(text, "…") }

// asked says what a request was for.
func asked(path string) string {
	switch path {
	case pathLogin:
		return "the login"
	case pathQuery:
		return "the statement"
	}
	return "us"
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
