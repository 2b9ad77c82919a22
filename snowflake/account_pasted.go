package snowflake

import (
	"strings"
	"unicode"
)

// Customers often paste an address instead of the identifier: that of the account or of Snowflake's console.
// These do not repeat the input, which can contain a password.
const (
	errConsole      inputError = "This is an address of Snowflake's console that names no account." + accountExample
	errForeign      inputError = "This is not the address of a Snowflake account, which ends in " + domainWorld + " or " + domainChina + "." + accountExample
	errAddressUser  inputError = "This address contains a user name or a password. Type the account identifier alone, such as myorg-account123 or xy12345.us-east-1."
	errAddressPort  inputError = "Remove the port. It is always 443."
	errAddressChina inputError = "An account in China needs its locator and region. Type both, such as xy12345.cn-northwest-1.aws."
	errAddressWorld inputError = "The address of an account in China ends in " + domainChina + ". Type the account identifier alone, such as xy12345.cn-northwest-1.aws."
)

// parsePasted returns the identifier in pasted text. If it is ambiguous, the error
// asks the customer to type it.
func parsePasted(text string) (AccountIdentifier, error) {
	text = strings.Map(func(r rune) rune {
		if '\u2010' <= r && r <= '\u2015' { // hyphens and dashes, which word processors put in their place
			return '-'
		}
		return r
	}, text)
	text = strings.TrimLeftFunc(text, isWrapper)
	text = strings.TrimRightFunc(text, func(r rune) bool { return isWrapper(r) || strings.ContainsRune("./,;", r) })
	if text == "" {
		return "", errBlank
	}
	address, isURL := cutScheme(text)
	host, path := address, ""
	if i := strings.IndexAny(address, `/\?#`); i >= 0 {
		host, path = address[:i], address[i:]
	}
	if strings.Contains(host, "@") {
		return "", errAddressUser
	}
	host, port, hasPort := strings.Cut(host, ":")
	if hasPort && (port == "" || strings.Trim(port, "0123456789") != "") {
		return "", errAccountCharacters
	}
	if hasPort && port != "443" {
		return "", errAddressPort
	}
	host = strings.TrimRight(host, ".")

	if strings.EqualFold(host, "app.snowflake.com") {
		return parseConsole(path, domainWorld)
	}
	if strings.EqualFold(host, "app.snowflake.cn") {
		return parseConsole(path, domainChina)
	}
	for _, domain := range []string{domainWorld, domainChina} {
		if i := len(host) - len(domain); i >= 0 && strings.EqualFold(host[i:], domain) {
			return parseHost(host[:i], domain)
		}
	}
	if isURL || path != "" {
		return "", errForeign
	}
	return parseAccount(host)
}

// parseHost parses the part of an account's address before the domain. It rejects
// an identifier that belongs to the other domain: only the domain shows that an
// organization's account is in China, and the identifier does not contain it.
func parseHost(text, domain string) (AccountIdentifier, error) {
	id, err := parseAccount(text)
	switch {
	case err != nil:
		return "", err
	case id.domain() == domain:
		return id, nil
	case domain == domainChina:
		return "", errAddressChina
	}
	return "", errAddressWorld
}

// parseConsole parses the path of the console's address, which begins with
// /organization/account or, in its older form, /region/locator. A region contains
// a hyphen or a dot, an organization neither.
func parseConsole(path, domain string) (AccountIdentifier, error) {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 || strings.EqualFold(parts[0], "marketplace") {
		return "", errConsole
	}
	text := parts[0] + "-" + parts[1]
	if region := parts[0]; strings.ContainsAny(region, "-.") {
		// Other pages can have hyphens in their path too. A region ends in its
		// cloud or, in the oldest regions, in a number.
		if !strings.Contains(region, ".") && strings.TrimRight(region, "0123456789") == region {
			return "", errConsole
		}
		text = parts[1] + "." + region
	}
	if _, err := parseAccount(text); err != nil {
		return "", errConsole
	}
	return parseHost(text, domain)
}

// cutScheme returns text without its scheme, and reports whether it had one.
func cutScheme(text string) (string, bool) {
	for _, scheme := range []string{"https://", "http://", "jdbc:snowflake://", "snowflake://"} {
		if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			return text[len(scheme):], true
		}
	}
	return text, false
}

// isWrapper reports whether r is a character that mails, documents and tables put
// around copied text.
func isWrapper(r rune) bool {
	switch r {
	case '"', '\'', '`', '<', '>', '“', '”', '„', '‘', '’', '«', '»',
		'\u200b', '\u200e', '\u200f', '\u2060', '\ufeff': // zero width
		return true
	}
	return unicode.IsSpace(r)
}
