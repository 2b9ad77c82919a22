// Account identifiers: their forms, and the hosts that they lead to.

package snowflake

import (
	"encoding"
	"strings"
)

// An AccountIdentifier says which Snowflake account a connection goes to. It is
// one of
//
//	myorg-account123                    organisation and account, which Snowflake prefers
//	myorg-account123.privatelink        the same over private connectivity
//	xy12345                             an account locator in AWS US West (Oregon)
//	xy12345.us-east-1                   a locator and its region
//	xy12345.us-east-2.aws               with the cloud: aws, azure or gcp
//	xy12345.fhplus.us-gov-west-1.aws    for the US government: fhplus or dod
//	xy12345.us-east-1.privatelink       any locator over private connectivity
//
// after Snowflake's page "Account identifiers". Its letters keep their case,
// which means nothing to Snowflake: compare with [AccountIdentifier.Equal].
//
// Where the identifier has underscores, the host name that is made of it has
// hyphens. Snowflake serves both, but a DNS zone for private connectivity is kept
// by hand and needs the name with hyphens in it.
type AccountIdentifier string

var _ encoding.TextUnmarshaler = (*AccountIdentifier)(nil)

// The two domains under which Snowflake serves accounts. China has its own.
const (
	domainWorld = ".snowflakecomputing.com"
	domainChina = ".snowflakecomputing.cn"
)

// An inputError is a sentence that a customer reads beside the field.
type inputError string

func (e inputError) Error() string { return string(e) }

const errBlank inputError = "This field may not be blank."

// None of these repeats what was typed, which may hold a password or megabytes.
const (
	accountExample = " Type it as Snowflake shows it, such as myorg-account123 or xy12345.us-east-1."

	errAccountForm       inputError = "This is not an account identifier." + accountExample
	errAccountCharacters inputError = "An account identifier holds only letters, digits, hyphens, underscores and dots." + accountExample
	errAccountLabel      inputError = "Each part of an account identifier between two dots has 1 to 63 characters and neither begins nor ends with a hyphen or an underscore." + accountExample
	errAccountOrg        inputError = "In an identifier of organisation and account, the organisation holds only letters and digits, and both begin with a letter." + accountExample
	errAccountCloud      inputError = "The region is missing before the cloud. Type both, such as xy12345.us-east-2.aws."
)

// UnmarshalText reads what a customer typed or pasted. White space, quotes,
// angle brackets and closing punctuation around it are dropped, and so is what
// surrounds the identifier in an address of the account
// (https://xy12345.us-east-1.snowflakecomputing.com/console/login) or of the
// console (https://app.snowflake.com/myorg/account123/#/homepage).
//
// An error leaves a as it was. Its text is a sentence for the person who typed,
// and holds no more of the input than a corrected identifier.
func (a *AccountIdentifier) UnmarshalText(text []byte) error {
	id, err := readAccount(string(text))
	if err != nil {
		return err
	}
	*a = id
	return nil
}

// Equal reports whether a and b are the same identifier, without case. Two forms
// of one account, such as its locator and its name, are not equal.
func (a AccountIdentifier) Equal(b AccountIdentifier) bool {
	return strings.EqualFold(string(a), string(b))
}

// host returns the lower-case name of the server, without a port. It ends in one
// of Snowflake's two domains whatever a holds: a value that was set in Go and is
// no identifier gives "".
//
// Underscores become hyphens, as they do in Snowflake's JDBC and .NET drivers: a
// host name may not hold one, and there are proxies, firewalls and TLS libraries
// that refuse it.
func (a AccountIdentifier) host() string {
	if _, err := parseAccount(string(a)); err != nil {
		return ""
	}
	id := strings.ToLower(string(a))
	// Snowflake's first region has no part in host names, and its drivers drop
	// it too.
	id = strings.TrimSuffix(id, ".us-west-2")
	return strings.ReplaceAll(id, "_", "-") + a.domain()
}

// domain returns the domain that serves a. The regions of China begin with cn-.
func (a AccountIdentifier) domain() string {
	_, region, _ := strings.Cut(strings.ToLower(string(a)), ".")
	if strings.HasPrefix(region, "cn-") {
		return domainChina
	}
	return domainWorld
}

// parseAccount checks text against the forms that AccountIdentifier lists.
func parseAccount(text string) (AccountIdentifier, error) {
	if strings.ContainsFunc(text, func(r rune) bool {
		return r > 'z' || !isLetterOrDigit(byte(r)) && r != '-' && r != '_' && r != '.'
	}) {
		return "", errAccountCharacters
	}
	labels := strings.Split(text, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "-_") != label {
			return "", errAccountLabel
		}
	}
	name, rest, private := labels[0], labels[1:], ""
	if n := len(rest); n > 0 && strings.EqualFold(rest[n-1], "privatelink") {
		rest, private = rest[:n-1], "."+rest[n-1]
	}
	org, account, isOrg := strings.Cut(name, "-")
	switch {
	case strings.EqualFold(name, "app") || strings.EqualFold(name, "www"):
		return "", errConsole
	case private != "" && strings.EqualFold(org, "app") && (len(rest) > 0 || strings.Contains(account, "-")):
		// Over private connectivity the console's address is the account's after "app-".
		return "", suggest("This is the address of Snowflake's console.", account+text[len(name):])
	case len(rest) == 0 && isOrg && (!isLetter(org[0]) || !isLetter(account[0]) || strings.Contains(org, "_")):
		return "", errAccountOrg
	case len(rest) == 0:
		return AccountIdentifier(text), nil
	case !isRegion(rest, private != ""):
		return "", refuseRegion(name, rest, private)
	case isOrg:
		return "", inputError("Type " + name + private + " if this is an organisation and its account, which take no region, or " +
			strings.ReplaceAll(name, "-", "_") + text[len(name):] + " if it is an account locator.")
	}
	return AccountIdentifier(text), nil
}

// isRegion reports whether labels, at least one, are what may follow an account
// locator. A hyphen tells a region from an account's name. Where a cloud follows
// there is nothing to tell apart, and mexicocentral is the one region that has
// no hyphen.
func isRegion(labels []string, private bool) bool {
	if strings.EqualFold(labels[0], "fhplus") || strings.EqualFold(labels[0], "dod") {
		if labels = labels[1:]; len(labels) < 2 && !private {
			return false
		}
	}
	if len(labels) == 0 || len(labels) > 2 || !isLetter(labels[0][0]) || strings.Contains(labels[0], "_") {
		return false
	}
	if len(labels) == 2 {
		return isCloud(labels[1])
	}
	return strings.Contains(labels[0], "-") || private && strings.EqualFold(labels[0], "mexicocentral")
}

// refuseRegion says what to type where something other than a region follows the
// first dot: mostly an account, after its organisation and a dot as in SQL.
func refuseRegion(name string, rest []string, private string) error {
	if len(rest) > 1 || strings.Contains(name, "-") {
		return errAccountForm
	}
	if isCloud(rest[0]) {
		return errAccountCloud
	}
	switch strings.ToLower(rest[0]) {
	case "com", "cn", "net", "org", "io", "global", "fhplus", "dod", "snowflakecomputing":
		return errAccountForm
	}
	return suggest("Organisation and account are joined by a hyphen.", name+"-"+rest[0]+private)
}

// suggest adds to a reason the identifier that was probably meant, if it is one.
func suggest(reason, text string) error {
	if _, err := parseAccount(text); err != nil {
		return errAccountForm
	}
	return inputError(reason + " Type " + text + ".")
}

func isCloud(label string) bool {
	return strings.EqualFold(label, "aws") || strings.EqualFold(label, "azure") || strings.EqualFold(label, "gcp")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isLetterOrDigit(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' }

// isPrivate reports whether the account is reached over private connectivity.
func (a AccountIdentifier) isPrivate() bool {
	return strings.HasSuffix(strings.ToLower(string(a)), ".privatelink")
}
