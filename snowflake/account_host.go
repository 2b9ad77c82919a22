// Where an account is served.

package snowflake

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// accountEndpoint is where an account is served: always TLS, on port 443 of its own host.
func accountEndpoint(id AccountIdentifier) (*url.URL, error) {
	host := id.host()
	if host == "" {
		return nil, errors.New("snowflake: the stored account identifier is not one")
	}
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(host, "443")}, nil
}

// parseEndpoint reads Options.Endpoint, and adds the scheme's port where there is none. Its error never
// repeats the text, which may hold a password.
func parseEndpoint(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("snowflake: Options.Endpoint must be http://host:port or https://host:port, and nothing more")
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	default:
		port = "443"
	}
	return &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(u.Hostname(), port)}, nil
}
