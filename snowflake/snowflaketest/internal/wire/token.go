package wire

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// A tokenError is a reason to refuse a token, by Snowflake's number and name. The client sees 390144 and a UUID.
type tokenError struct{ code, name string }

var (
	errToken       = &tokenError{"390144", "JWT_TOKEN_INVALID"}
	errUser        = &tokenError{"394300", "JWT_TOKEN_INVALID_USER_IN_ISSUER"}
	errMissingTime = &tokenError{"394301", "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME"}
	errIssueTime   = &tokenError{"394302", "JWT_TOKEN_INVALID_ISSUE_TIME"}
	errExpiration  = &tokenError{"394303", "JWT_TOKEN_INVALID_EXPIRATION_TIME"}
	errFingerprint = &tokenError{"394304", "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH"}
	errAlgorithm   = &tokenError{"394305", "JWT_TOKEN_INVALID_ALGORITHM"}
	errSignature   = &tokenError{"394306", "JWT_TOKEN_INVALID_SIGNATURE"}
	errAccount     = &tokenError{"394307", "JWT_TOKEN_ACCOUNT_MISMATCH"}
)

// leeway is how far a token's issue time may be from the server's.
const leeway = 60 * time.Second

// A token is a key-pair token that was read but not verified.
type token struct {
	algorithm, typ string
	claims         struct {
		Issuer    string `json:"iss"`
		Subject   string `json:"sub"`
		IssuedAt  *int64 `json:"iat"`
		Expires   *int64 `json:"exp"`
		NotBefore *int64 `json:"nbf"`
	}
	account, user string
	fingerprint   string
	signed        string
	signature     []byte
}

// readToken reads a compact JWS.
func readToken(text string) (*token, *tokenError) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errToken
	}
	var header struct {
		Algorithm string `json:"alg"`
		Type      string `json:"typ"`
	}
	t := &token{signed: parts[0] + "." + parts[1]}
	if !decodePart(parts[0], &header) || !decodePart(parts[1], &t.claims) {
		return nil, errToken
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, errToken
	}
	t.signature, t.algorithm, t.typ = signature, header.Algorithm, header.Type
	// The subject is the account, which has no dot, and the user, who may have some. The issuer is the subject and
	// the key's fingerprint.
	t.fingerprint, _ = strings.CutPrefix(t.claims.Issuer, t.claims.Subject+".")
	t.account, t.user, _ = strings.Cut(t.claims.Subject, ".")
	return t, nil
}

func decodePart(part string, v any) bool {
	b, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(b, v) == nil
}

// wellFormed reports whether the claims have the form that Snowflake requires: upper case, and an issuer that
// repeats the subject.
func (t *token) wellFormed() bool {
	return (t.typ == "" || t.typ == "JWT") && t.account != "" && t.user != "" &&
		t.claims.Subject == strings.ToUpper(t.claims.Subject) &&
		t.claims.Issuer == t.claims.Subject+"."+t.fingerprint
}

// verify checks a token for the account that the client names. It returns the user's name, with an error too if the
// user is known.
func (h *Handler) verify(t *token, account string) (string, *tokenError) {
	switch {
	case t.algorithm != "RS256":
		return "", errAlgorithm
	case !t.wellFormed():
		return "", errToken
	case comparableAccount(t.account) != comparableAccount(account):
		return "", errAccount
	}
	user, ok := h.account.UserByLogin(t.user)
	if !ok {
		return "", errUser
	}
	if err := t.checkTimes(h.account.Now()); err != nil {
		return user.Name, err
	}
	for _, slot := range user.Keys {
		if slot.Key == nil || slot.Fingerprint != t.fingerprint {
			continue
		}
		sum := sha256.Sum256([]byte(t.signed))
		if rsa.VerifyPKCS1v15(slot.Key, crypto.SHA256, sum[:], t.signature) != nil {
			return user.Name, errSignature
		}
		return user.Name, nil
	}
	return user.Name, errFingerprint
}

func (t *token) checkTimes(now time.Time) *tokenError {
	c := t.claims
	if c.IssuedAt == nil || c.Expires == nil {
		return errMissingTime
	}
	seconds := now.Unix() // as precise as the claims
	if off := time.Duration(seconds-*c.IssuedAt) * time.Second; off.Abs() > leeway {
		return errIssueTime
	}
	if seconds >= *c.Expires {
		return errExpiration
	}
	if c.NotBefore != nil && seconds < *c.NotBefore {
		return errToken
	}
	return nil
}

// comparableAccount returns the part of an account identifier before the first dot, in upper case. Host names cannot
// have an underscore, so a hyphen may stand for it.
func comparableAccount(identifier string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(identifier), ".")
	return strings.ReplaceAll(strings.ToUpper(name), "_", "-")
}
