// Checking the token of a key pair.

package snowflaketest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// A failure is what SYSTEM$GET_LOGIN_FAILURE_DETAILS answers for a refused token. The client only ever
// sees 390144 and the UUID to ask with.
type failure struct {
	ClientIP      string  `json:"clientIP"`
	ClientType    string  `json:"clientType"`
	ClientVersion *string `json:"clientVersion"`
	Username      *string `json:"username"`
	ErrorCode     string  `json:"errorCode"`
	Timestamp     int64   `json:"timestamp"`
}

// A tokenFault is a reason to refuse a token, by Snowflake's number and name.
type tokenFault struct{ code, name string }

var (
	badToken       = &tokenFault{"390144", "JWT_TOKEN_INVALID"}
	badUser        = &tokenFault{"394300", "JWT_TOKEN_INVALID_USER_IN_ISSUER"}
	missingTime    = &tokenFault{"394301", "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME"}
	badIssueTime   = &tokenFault{"394302", "JWT_TOKEN_INVALID_ISSUE_TIME"}
	badExpiration  = &tokenFault{"394303", "JWT_TOKEN_INVALID_EXPIRATION_TIME"}
	badFingerprint = &tokenFault{"394304", "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH"}
	badAlgorithm   = &tokenFault{"394305", "JWT_TOKEN_INVALID_ALGORITHM"}
	badSignature   = &tokenFault{"394306", "JWT_TOKEN_INVALID_SIGNATURE"}
	badAccount     = &tokenFault{"394307", "JWT_TOKEN_ACCOUNT_MISMATCH"}
)

// leeway is how far a token's issue time may be from the server's.
const leeway = 60 * time.Second

type claims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	IssuedAt  *int64 `json:"iat"`
	Expires   *int64 `json:"exp"`
	NotBefore *int64 `json:"nbf"`
}

// A jot is a token taken apart, not yet believed.
type jot struct {
	algorithm, typ string
	claims         claims
	account, user  string
	fingerprint    string
	signed         string
	signature      []byte
}

// readToken takes a compact JWS apart.
func readToken(token string) (*jot, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	var header struct {
		Algorithm string `json:"alg"`
		Type      string `json:"typ"`
	}
	j := &jot{signed: parts[0] + "." + parts[1]}
	if !decodePart(parts[0], &header) || !decodePart(parts[1], &j.claims) {
		return nil, false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, false
	}
	j.signature, j.algorithm, j.typ = signature, header.Algorithm, header.Type
	// The issuer is the subject and the key's fingerprint; the subject is the account, which has no dot,
	// and the user, who may have some.
	j.fingerprint, _ = strings.CutPrefix(j.claims.Issuer, j.claims.Subject+".")
	j.account, j.user, _ = strings.Cut(j.claims.Subject, ".")
	return j, true
}

func decodePart(part string, v any) bool {
	b, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(b, v) == nil
}

// wellFormed reports whether the claims have the form that Snowflake asks for: upper case, and an issuer
// that repeats the subject.
func (j *jot) wellFormed() bool {
	return (j.typ == "" || j.typ == "JWT") && j.account != "" && j.user != "" &&
		j.claims.Subject == strings.ToUpper(j.claims.Subject) &&
		j.claims.Issuer == j.claims.Subject+"."+j.fingerprint
}

// verify judges a token in the order in which a wrong one tells the most: form, account, times, user,
// key, signature. It returns the user, or why not.
func (a *account) verify(j *jot, account string) (*object, *tokenFault) {
	now := a.clock()
	switch {
	case j.algorithm != "RS256":
		return nil, badAlgorithm
	case !j.wellFormed():
		return nil, badToken
	case sameAccount(j.account) != sameAccount(accountName(account)):
		return nil, badAccount
	}
	o := a.userByLogin(j.user)
	if o == nil {
		return nil, badUser
	}
	if fault := j.judgeTimes(now); fault != nil {
		return o, fault
	}
	for _, slot := range o.user.keys {
		if slot.key == nil || slot.fingerprint != j.fingerprint {
			continue
		}
		sum := sha256.Sum256([]byte(j.signed))
		if rsa.VerifyPKCS1v15(slot.key, crypto.SHA256, sum[:], j.signature) != nil {
			return o, badSignature
		}
		return o, nil
	}
	return o, badFingerprint
}

func (j *jot) judgeTimes(now time.Time) *tokenFault {
	c := j.claims
	if c.IssuedAt == nil || c.Expires == nil {
		return missingTime
	}
	// Claims are whole seconds, so the clock is compared as such.
	seconds := now.Unix()
	if off := seconds - *c.IssuedAt; off > int64(leeway.Seconds()) || -off > int64(leeway.Seconds()) {
		return badIssueTime
	}
	if seconds >= *c.Expires {
		return badExpiration
	}
	if c.NotBefore != nil && seconds < *c.NotBefore {
		return badToken
	}
	return nil
}

// accountName is the part of an account identifier that tokens name: what stands before the first dot,
// in upper case.
func accountName(identifier string) string {
	name, _, _ := strings.Cut(identifier, ".")
	return strings.ToUpper(strings.TrimSpace(name))
}

// sameAccount makes names comparable: host names cannot hold `_`, so `-` may stand for it.
func sameAccount(name string) string { return strings.ReplaceAll(strings.ToUpper(name), "_", "-") }
