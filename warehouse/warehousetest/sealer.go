// The conformance suite for sealers.

package warehousetest

import (
	"context"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// TestSealer checks a sealer against every rule of [warehouse.Sealer], each in a subtest of its name. A
// failure says which rule was broken, how, and why the rule exists.
//
// It makes about a thousand calls, of at most 64 KiB, up to a hundred of them at once. It leaves nothing
// behind but what the sealer itself keeps.
func TestSealer(t *testing.T, sealer warehouse.Sealer) {
	t.Helper()
	if sealer == nil {
		t.Fatal("the sealer is nil")
	}
	for _, rule := range sealerRules {
		t.Run(rule.name, func(t *testing.T) {
			if err := rule.check(t.Context(), sealer); err != nil {
				t.Errorf("A sealer %s, but %v.\nWhy: %s", rule.name, err, rule.why)
			}
		})
	}
}

// A sealerRule is one thing that must hold. Its check returns how it was broken, rather than failing a
// test, so that the suite can itself be tested with sealers that break it.
type sealerRule struct {
	name  string // completes "A sealer ..."
	why   string
	check func(context.Context, warehouse.Sealer) error
}

var sealerRules = []sealerRule{
	{
		name:  "opens what it sealed",
		why:   "the sealed bytes are the only copy of a private key. Secrets can be as long as the longest request, 64 KiB; where a vault takes less, let it wrap a key for each secret instead of the secret.",
		check: checkRoundTrip,
	},
	{
		name:  "opens only with the same associated data",
		why:   "it says which organisation, connection and public key a secret belongs to. Otherwise whoever can write to the database moves another customer's secret into a row of their own, and uses it.",
		check: checkAssociatedData,
	},
	{
		name:  "opens nothing that was changed",
		why:   "a forged secret would be used as if it were real. And warehouse.ErrNotAuthentic is how a lost secret is told from a vault that is down: any other error says that it may open later.",
		check: checkTampering,
	},
	{
		name:  "seals the same plaintext differently each time",
		why:   "equal bytes would show who has the same secret, and a repeated nonce breaks most ciphers.",
		check: checkFresh,
	},
	{
		name:  "shows nothing of the plaintext",
		why:   "whoever reads the database must not read secrets. An encoding is no encryption.",
		check: checkHidden,
	},
	{
		name:  "leaves its arguments as they are",
		why:   "they belong to the caller, who uses them again: the row's own bytes among them.",
		check: checkArgumentsUnchanged,
	},
	{
		name:  "keeps nothing of what passes through it",
		why:   "the caller overwrites a plaintext with zeros when it is done, which must change nothing that was sealed or opened before or is opened later.",
		check: checkNothingKept,
	},
	{
		name:  "answers an ended context with an error",
		why:   "a test of a connection has a few seconds in all. And that a caller gave up must not look like a secret that is lost, so the error is not warehouse.ErrNotAuthentic.",
		check: checkEndedContext,
	},
	{
		name:  "puts nothing of the plaintext into an error",
		why:   "errors are logged.",
		check: checkErrors,
	},
	{
		name:  "serves many goroutines at once",
		why:   "each request has its own. Run the suite with -race to see more.",
		check: checkConcurrency,
	},
}
