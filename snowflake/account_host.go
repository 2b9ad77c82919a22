package snowflake

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// The two domains of Snowflake. Accounts in China have their own.
const (
	domainWorld = ".snowflakecomputing.com"
	domainChina = ".snowflakecomputing.cn"
)

// host returns the lower-case name of the server, without a port. It ends in one
// of Snowflake's two domains, or is empty if a was set in Go and is not valid.
func (a AccountIdentifier) host() string {
	if parsed, err := parseAccount(string(a)); err != nil || parsed != a {
		return ""
	}
	id := strings.ToLower(string(a))
	// Host names omit Snowflake's first region; its drivers remove it too.
	id = strings.TrimSuffix(id, ".us-west-2")
	if !a.isPrivate() {
		id = strings.ReplaceAll(id, "_", "-")
	}
	return id + a.domain()
}

// domain returns the domain that serves a. Regions in China begin with cn-.
func (a AccountIdentifier) domain() string {
	_, region, _ := strings.Cut(strings.ToLower(string(a)), ".")
	if strings.HasPrefix(region, "cn-") {
		return domainChina
	}
	return domainWorld
}

// endpoint returns the URL of the account's server, always TLS on port 443.
func (a AccountIdentifier) endpoint() (*url.URL, error) {
	host := a.host()
	if host == "" {
		return nil, errors.New("snowflake: the stored account identifier is not valid")
	}
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(host, "443")}, nil
}
