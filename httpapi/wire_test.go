// What the connections of clients look like on the wire, where the published example is silent.

package httpapi_test

import (
	"regexp"
	"strings"
	"testing"
)

// idForm finds the id of a new connection.
var idForm = regexp.MustCompile(`"wc_[a-z0-9]{26}"`)

func replaceOnce(t testing.TB, text, old, replacement string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is there %d times in %s", old, strings.Count(text, old), text)
	}
	return strings.Replace(text, old, replacement, 1)
}
