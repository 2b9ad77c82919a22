package snowflake

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// maxSkew is the clock difference above which Snowflake rejects a token.
const maxSkew = time.Minute

var uuidPattern = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// tokenRefused is the diagnosis if Snowflake refuses the login's token. 390144 is the
// error of a wrong key, a wrong user, a wrong account and a wrong clock. The others name
// the cause; usually only administrators see them.
func (p *probe) tokenRefused(number int, message string) diagnosis {
	c := p.config
	skew := p.transport.clockSkew()
	switch {
	case skew.Abs() > maxSkew:
		direction := "behind"
		if skew < 0 {
			direction = "ahead of"
		}
		text := fmt.Sprintf("Our clock is about %s %s Snowflake's", roundDuration(skew.Abs()), direction)
		return diagnosis{
			code:  warehouse.CodeServerError,
			hint:  text + ". This alone makes logins fail, and we have to correct it. Please tell us about it.",
			cause: text,
		}
	case number == 394302, number == 394303:
		return diagnosis{
			code:  warehouse.CodeServerError,
			hint:  "Snowflake did not accept the time of our login. Our clock may be wrong. " + hintOurs,
			cause: "the login's token was issued at a wrong time, or arrived late",
		}
	case number == 394301, number == 394305, number == 394306:
		return diagnosis{
			code:  warehouse.CodeServerError,
			hint:  "Snowflake did not accept the form or the signature of our login. " + hintOurs,
			cause: "the login's token is not valid",
		}
	case number == 394307:
		return diagnosis{
			code: warehouse.CodeAuthenticationFailed,
			hint: "The login is for another account than the one that answered. " + hintAccount,
		}
	}
	return diagnosis{code: warehouse.CodeAuthenticationFailed, hint: p.keyHint(number, message), fix: c.fixUser(p.keys.PublicKey)}
}

// keyHint returns the hint if the user or its key may be wrong.
func (p *probe) keyHint(number int, message string) string {
	c := p.config
	var sentences []string
	add := func(format string, args ...any) { sentences = append(sentences, fmt.Sprintf(format, args...)) }
	switch number {
	case 394300:
		add("No user has the login name %s. The user does not exist, has another LOGIN_NAME, or is in another account.", c.User)
		add("The fix creates the user and sets our key.")
	case 394304:
		add("The user %s has another key. The fix sets ours.", c.User)
	default:
		add("Snowflake did not accept our key for the user %s. The user does not exist, has another key or another LOGIN_NAME, or is in another account.", c.User)
		add("The fix creates the user and sets our key.")
	}
	if sum, err := fingerprint(p.keys.PublicKey); err == nil && number != 394300 {
		add("To check the key first, run DESC USER %s; and compare RSA_PUBLIC_KEY_FP with ours: %s.", c.User.SQL(), sum)
	}
	if number != 394304 {
		add("We log in with the name %s. If DESC USER %s; shows another LOGIN_NAME, use another user: the fix does not change it.", c.User, c.User.SQL())
	}
	if uuid := uuidPattern.FindString(message); uuid != "" {
		add("To see the reason that Snowflake recorded, run SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('%s'); as ACCOUNTADMIN.", uuid)
	}
	if number != 394300 {
		add("If another connection uses the same user, use a different user for each. They replace each other's key.")
	}
	return strings.Join(sentences, " ")
}

func roundDuration(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f seconds", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
	return fmt.Sprintf("%.0f hours", d.Hours())
}
