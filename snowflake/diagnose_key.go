// The hint for a key that Snowflake does not take.

package snowflake

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maxSkew is how far off a clock may be before Snowflake refuses what was signed by it.
const maxSkew = time.Minute

var uuidText = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// hintRefusedKey is about 390144, which is Snowflake's one answer to a wrong key, a wrong user, a wrong
// account and a wrong clock.
func (p *probe) hintRefusedKey(message string) string {
	c := p.config
	var sentences []string
	say := func(format string, args ...any) { sentences = append(sentences, fmt.Sprintf(format, args...)) }

	skew := p.transport.clockSkew()
	if skew.Abs() > maxSkew {
		direction := "behind"
		if skew < 0 {
			direction = "ahead of"
		}
		say("Our clock is about %s %s Snowflake's: that alone makes a login fail, and is for us to correct.", about(skew.Abs()), direction)
	}
	say("Snowflake did not accept our key for the user %s: the user is missing or has another key, or the account identifier is another account's.", c.User)
	say("The fix creates the user and sets our key.")
	if sum, err := fingerprint(p.keys.PublicKey); err == nil {
		say("To check the key first, run DESC USER %s; and compare RSA_PUBLIC_KEY_FP with ours: %s.", c.User.SQL(), sum)
	}
	if uuid := uuidText.FindString(message); uuid != "" {
		say("To see the reason that Snowflake recorded, run SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('%s'); as ACCOUNTADMIN.", uuid)
	}
	say("If another connection uses the same user, give each a user of its own: each replaces the other's key.")
	return strings.Join(sentences, " ")
}

// about writes how far off a clock is.
func about(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f seconds", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
	return fmt.Sprintf("%.0f hours", d.Hours())
}
