package snowflake

import (
	"encoding"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// An AccountIdentifier names a Snowflake account. It has one of these forms:
//
//	myorg-account123                    organization and account, which Snowflake prefers
//	myorg-account123.privatelink        the same over private connectivity
//	xy12345                             an account locator in AWS US West (Oregon)
//	xy12345.us-east-1                   a locator and its region
//	xy12345.us-east-2.aws               with the cloud: aws, azure or gcp
//	xy12345.fhplus.us-gov-west-1.aws    for the US government: fhplus or dod
//	xy12345.us-east-1.privatelink       any locator over private connectivity
//
// They follow Snowflake's page "Account identifiers". Letters keep their case,
// which Snowflake ignores: compare with [AccountIdentifier.Equal].
//
// The token of a login contains the part before the first dot as it is, in upper
// case: MYORG-MY_ACCOUNT keeps its underscore. Snowflake's page "Authenticating to
// the server" of its SQL API defines it so, and its drivers do the same.
//
// In the host name, underscores become hyphens: some proxies, firewalls and TLS
// libraries reject a host name with an underscore, and Snowflake serves every
// account under both spellings, according to "Account identifiers". Over private
// connectivity underscores stay, since the zone in the customer's DNS has the
// spelling that SYSTEM$GET_PRIVATELINK_CONFIG returns. The reference of Snowflake's
// JDBC driver requires the same (allowUnderscoresInHost).
type AccountIdentifier string

var (
	_ encoding.TextUnmarshaler = (*AccountIdentifier)(nil)
	_ warehouse.Equaler        = AccountIdentifier("")
)

// An inputError is a message for a customer, shown next to the field.
type inputError string

func (e inputError) Error() string { return string(e) }

const errBlank inputError = "This field may not be blank."

// These do not repeat the input, which can be large or contain a password.
const (
	accountExample = " Type it as Snowflake shows it, such as myorg-account123 or xy12345.us-east-1."

	errAccountForm       inputError = "This is not an account identifier." + accountExample
	errAccountCharacters inputError = "An account identifier contains only letters, digits, hyphens, underscores and dots." + accountExample
	errAccountLabel      inputError = "Each part of an account identifier between two dots has 1 to 63 characters and does not begin or end with a hyphen or an underscore." + accountExample
	errAccountOrg        inputError = "The organization may contain only letters and digits. Organization and account both begin with a letter." + accountExample
	errAccountCloud      inputError = "The region is missing before the cloud. Type both, such as xy12345.us-east-2.aws."
	errAccountLocator    inputError = "This is a region. Type the account locator before it, such as xy12345.us-east-1."
	errAccountPrivate    inputError = "Type the privatelink-account-name that SELECT SYSTEM$GET_PRIVATELINK_CONFIG() returns, such as xy12345.us-east-1.privatelink."
	errAccountRegion     inputError = "The part after the first dot looks like a region that is not known here. Type organization and account with a hyphen, such as myorg-account123, or the locator and region of the account's address, such as xy12345.us-east-2.aws."
)

// UnmarshalText parses text that a customer typed or pasted. It ignores white
// space, quotes, angle brackets and trailing punctuation, and extracts the
// identifier from an address of the account
// (https://xy12345.us-east-1.snowflakecomputing.com/console/login) or of the
// console (https://app.snowflake.com/myorg/account123/#/homepage). It takes the
// hyphens of word processors for hyphens, and after a locator such as xy12345 it
// takes the region in the spelling of CURRENT_REGION() or of the cloud too:
// xy12345.AZURE_WESTEUROPE becomes xy12345.west-europe.azure.
//
// An error leaves a unchanged. Its text is a message for the customer and
// contains no part of the input other than a corrected identifier.
func (a *AccountIdentifier) UnmarshalText(text []byte) error {
	id, err := parsePasted(string(text))
	if err != nil {
		return err
	}
	*a = id
	return nil
}

// Equal reports whether other is the same AccountIdentifier, ignoring case. Two forms
// of one account, such as its locator and its name, are not equal.
func (a AccountIdentifier) Equal(other any) bool {
	b, ok := other.(AccountIdentifier)
	return ok && strings.EqualFold(string(a), string(b))
}

// isPrivate reports whether the account is reached over private connectivity.
func (a AccountIdentifier) isPrivate() bool {
	return strings.HasSuffix(strings.ToLower(string(a)), ".privatelink")
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
	region := strings.Join(rest, ".")
	suffix := locatorSuffix(region)
	switch {
	case strings.EqualFold(name, "app") || strings.EqualFold(name, "www"):
		return "", errConsole
	case private != "" && strings.EqualFold(org, "app") && (len(rest) > 0 || strings.Contains(account, "-")):
		// Over private connectivity, the console's address is the account's with the prefix "app-".
		return "", suggest("This is the address of Snowflake's console.", account+text[len(name):])
	case locatorSuffix(strings.Join(labels, ".")) != "":
		return "", errAccountLocator
	case suffix != "" && !isAddressed(region, suffix, private != ""):
		return respelled(name, suffix, private)
	case len(rest) == 0 && isOrg && (!isLetter(org[0]) || !isLetter(account[0]) || strings.Contains(org, "_")):
		return "", errAccountOrg
	case len(rest) == 0:
		return AccountIdentifier(text), nil
	case !isRegion(rest, private != ""):
		return "", regionError(name, rest, private)
	case isOrg:
		return "", eitherError(name, region, private)
	}
	return AccountIdentifier(text), nil
}

// respelled returns the identifier of a locator whose region was spelled differently. A locator that is a
// word could also be an organization, followed by an account that is named after its region, so the
// customer has to confirm it: the identifier cannot be changed later.
func respelled(locator, suffix, private string) (AccountIdentifier, error) {
	id := locator + "." + suffix
	switch {
	case private != "":
		return "", errAccountPrivate
	case strings.Contains(locator, "-"):
		return "", eitherError(locator, suffix, "")
	case !looksGenerated(locator):
		return "", inputError("Type the region as in the account's address. Type " + id + ".")
	}
	return AccountIdentifier(id), nil
}

// eitherError returns the error for a region after a name with a hyphen, which is an organization and its
// account, or a locator with an underscore as its address spells it.
func eitherError(name, region, private string) error {
	return inputError("Type " + name + private + " if this is an organization and its account, which have no region. Type " +
		strings.ReplaceAll(name, "-", "_") + "." + region + private + " if it is an account locator.")
}

// isRegion reports whether labels, at least one, can follow an account locator.
// A hyphen distinguishes a region from an account name, unless a cloud follows.
// mexicocentral is the one region without a hyphen.
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

// regionError returns the error for an identifier with something other than a
// region after the first dot, usually an account after its organization, as in SQL.
func regionError(name string, rest []string, private string) error {
	last := len(rest) - 1
	if suffix := locatorSuffix(strings.Join(append([]string{name}, rest[:last]...), ".")); suffix != "" {
		return suggest("The region comes after the account locator.", rest[last]+"."+suffix)
	}
	if looksLikeRegion(strings.Join(rest, ".")) {
		return errAccountRegion
	}
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
	return suggest("Join organization and account with a hyphen.", name+"-"+rest[0]+private)
}

// suggest returns reason followed by the suggested identifier, if that is valid.
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
