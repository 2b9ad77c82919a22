package snowflake

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maxSkew is the clock difference above which Snowflake rejects a token.
const maxSkew = time.Minute

var uuidPattern = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// keyHint returns the hint for 390144, which Snowflake returns for a wrong key, a wrong
// user, a wrong account and a wrong clock.
func (p *probe) keyHint(message string) string {
	c := p.config
	var sentences []string
	add := func(format string, args ...any) { sentences = append(sentences, fmt.Sprintf(format, args...)) }

	skew := p.transport.clockSkew()
	if skew.Abs() > maxSkew {
		direction := "behind"
		if skew < 0 {
			direction = "ahead of"
		}
		add("Our clock is about %s %s Snowflake's. This alone makes logins fail, and we have to correct it.", roundDuration(skew.Abs()), direction)
	}
	add("Snowflake did not accept our key for the user %s. The user does not exist, has another key, or is in another account.", c.User)
	add("The fix creates the user and sets our key.")
	if sum, err := fingerprint(p.keys.PublicKey); err == nil {
		add("To check the key first, run DESC USER %s; and compare RSA_PUBLIC_KEY_FP with ours: %s.", c.User.SQL(), sum)
	}
	if uuid := uuidPattern.FindString(message); uuid != "" {
		add("To see the reason that Snowflake recorded, run SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('%s'); as ACCOUNTADMIN.", uuid)
	}
	add("If another connection uses the same user, use a different user for each. They replace each other's key.")
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
