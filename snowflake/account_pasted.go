// Finding the account identifier in what a customer pasted.

package snowflake

import (
	"strings"
	"unicode"
)

// What people paste into the field of the account identifier is often an address: of the account, or of
// Snowflake's console.

// None of these repeats what was typed, which may hold a password.
const (
	errConsole      inputError = "This is an address of Snowflake's console that names no account." + accountExample
	errForeign      inputError = "This is not the address of a Snowflake account, which ends in " + domainWorld + " or " + domainChina + "." + accountExample
	errAddressUser  inputError = "This address holds a user name or a password. Type the account identifier alone, such as myorg-account123 or xy12345.us-east-1."
	errAddressPort  inputError = "Leave out the port: it is always 443."
	errAddressChina inputError = "An account in China is found by its locator and region. Type them, such as xy12345.cn-northwest-1.aws."
	errAddressWorld inputError = "The address of an account in China ends in " + domainChina + ". Type the account identifier alone, such as xy12345.cn-northwest-1.aws."
)

// readAccount finds the identifier in pasted text where there is no doubt about
// it, and says what to type where there is.
func readAccount(text string) (AccountIdentifier, error) {
	text = strings.TrimLeftFunc(text, isWrapping)
	text = strings.TrimRightFunc(text, func(r rune) bool { return isWrapping(r) || strings.ContainsRune("./,;", r) })
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
		return readConsole(path, domainWorld)
	}
	if strings.EqualFold(host, "app.snowflake.cn") {
		return readConsole(path, domainChina)
	}
	for _, domain := range []string{domainWorld, domainChina} {
		if i := len(host) - len(domain); i >= 0 && strings.EqualFold(host[i:], domain) {
			return readHost(host[:i], domain)
		}
	}
	if isURL || path != "" {
		return "", errForeign
	}
	return parseAccount(host)
}

// readHost takes what stands before the domain of an account's address. An
// identifier that would lead to the other domain is not what was pasted: that an
// organisation's account is in China shows in nothing but the domain, which the
// identifier alone would lose.
func readHost(text, domain string) (AccountIdentifier, error) {
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

// readConsole takes the account out of the path of the console's address, which
// begins /organisation/account or, in its older form, /region/locator with the
// region as it stands in host names. A region has a hyphen or a dot in it and an
// organisation neither, so the two cannot be confused.
func readConsole(path, domain string) (AccountIdentifier, error) {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 || strings.EqualFold(parts[0], "marketplace") {
		return "", errConsole
	}
	text := parts[0] + "-" + parts[1]
	if where := parts[0]; strings.ContainsAny(where, "-.") {
		// Pages that belong to no account may have hyphens in their path. What
		// makes a region is its cloud or, in the regions from before clouds
		// were named, its number.
		if !strings.Contains(where, ".") && strings.TrimRight(where, "0123456789") == where {
			return "", errConsole
		}
		text = parts[1] + "." + where
	}
	if _, err := parseAccount(text); err != nil {
		return "", errConsole
	}
	return readHost(text, domain)
}

// cutScheme drops the scheme of an address and reports whether there was one.
func cutScheme(text string) (string, bool) {
	for _, scheme := range []string{"https://", "http://", "jdbc:snowflake://", "snowflake://"} {
		if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			return text[len(scheme):], true
		}
	}
	return text, false
}

// isWrapping reports whether r is what mails, documents and tables put around
// what is copied out of them.
func isWrapping(r rune) bool {
	switch r {
	case '"', '\'', '`', '<', '>', '“', '”', '„', '‘', '’', '«', '»',
		'\u200b', '\u200e', '\u200f', '\u2060', '\ufeff': // of no width
		return true
	}
	return unicode.IsSpace(r)
}
