package warehousetest

import (
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// TestSealer checks a sealer against every rule of [warehouse.Sealer], each in a subtest of its name. A
// failure names the rule, how it was broken, and why it exists.
//
// It makes about a thousand calls with at most 64 KiB each, up to 100 of them at once.
func TestSealer(t *testing.T, sealer warehouse.Sealer) {
	t.Helper()
	if sealer == nil {
		t.Fatal("the sealer is nil")
	}
	testRules(t, "sealer", sealerRules, func(*testing.T) warehouse.Sealer { return sealer })
}

var sealerRules = []rule[warehouse.Sealer]{
	{name: "opens its own sealed bytes", check: checkRoundTrip,
		why: "The sealed bytes are the only copy of a private key. Secrets are up to 64 KiB long, like requests. If a vault takes less, let it wrap a key for each secret instead of the secret."},
	{name: "opens only with the same associated data", check: checkAssociatedData,
		why: "It names the organisation, connection and public key of a secret. Without it, whoever can write to the database copies another customer's secret into their own row and uses it."},
	{name: "refuses changed bytes", check: checkTampering,
		why: "A forged secret would be used as if it were real. Only warehouse.ErrNotAuthentic marks a lost secret: after any other error, opening is tried again later."},
	{name: "seals the same plaintext differently each time", check: checkFresh,
		why: "Equal bytes would show who has the same secret, and a repeated nonce breaks most ciphers."},
	{name: "hides the plaintext", check: checkHidden,
		why: "Whoever reads the database must not read secrets. An encoding is not encryption."},
	{name: "does not write to its arguments", check: checkArgumentsUnchanged,
		why: "They belong to the caller, who uses them again. Sealed bytes are part of a row."},
	{name: "retains neither arguments nor results", check: checkNothingKept,
		why: "The caller overwrites a plaintext with zeros after use. This must not change what was sealed or opened before, or is opened later."},
	{name: "returns an error if the context has ended", check: checkSealerContext,
		why: "A test of a connection has a few seconds in total. The error is not warehouse.ErrNotAuthentic: a caller that gave up has not lost a secret."},
	{name: "keeps the plaintext out of errors", check: checkSealerErrors,
		why: "Errors are logged."},
	{name: "serves many goroutines at once", check: checkSealerConcurrency,
		why: "Each request has its own. Run the suite with -race to find more."},
}
