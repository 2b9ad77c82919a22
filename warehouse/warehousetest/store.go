package warehousetest

import (
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// TestStore checks a store against every rule of [warehouse.Store], each in a subtest of its name. A failure
// names the rule, how it was broken, and why it exists.
//
// For each rule, open returns an empty store that nothing else uses. It cleans up with t.Cleanup. The suite
// calls a store from up to 64 goroutines at once, and some rules are about races: run it with the race
// detector, and more than once.
func TestStore(t *testing.T, open func(t *testing.T) warehouse.Store) {
	t.Helper()
	testRules(t, "store", storeRules, func(t *testing.T) warehouse.Store {
		store := open(t)
		if store == nil {
			t.Fatal("open returned no store")
		}
		return store
	})
}

var storeRules = []rule[warehouse.Store]{
	{name: "is empty at first", check: storeCheck(checkEmpty),
		why: "Having no connection is ordinary: List returns no error. Everything else returns ErrNotFound."},
	{name: "returns a row as it was created", check: storeCheck(checkCreated),
		why: "A row is restored with its revision and last test. A connector without key pairs has no public key and may have no preset fields."},
	{name: "holds one row per organisation", check: storeCheck(checkOnePerOrganisation),
		why: "An organisation has at most one connection, of whatever type."},
	{name: "refuses an id of another organisation", check: storeCheck(checkUniqueID),
		why: "Page could not page through both rows. The error is none of the sentinels, since the organisation has no row and did nothing wrong."},
	{name: "deletes a row completely", check: storeCheck(checkDeleted),
		why: "A deleted row is as absent as one that never existed, and the organisation may create another."},
	{name: "hides the rows of other organisations", check: storeCheck(checkScope),
		why: "No customer may reach another's connection, or learn that it exists."},
	{name: "compares organisations byte by byte", check: storeCheck(checkOrganisationBytes),
		why: "Any UTF-8 text of 1 to 255 bytes is an organisation. Organisations that differ in one byte are different customers."},
	{name: "compares ids byte by byte", check: storeCheck(checkIDBytes),
		why: "A request can contain any text as an id. It is not a pattern."},
	{name: "pages through all rows once and in order", check: storeCheck(checkPages),
		why: "Maintenance would miss secrets otherwise. The order is that of the bytes of the ids, and a page is no longer than its limit."},
	{name: "pages on while rows are created and deleted", check: storeCheck(checkPagesOfChangingRows),
		why: "A page begins after an id, whether or not that row still exists."},
	{name: "updates only the fields that an update may change", check: storeCheck(checkUpdate),
		why: "An update changes config, preset fields, script, last test and sealed bytes, and adds one to the revision. Id, type, public key and time of creation stay."},
	{name: "refuses an update at another revision", check: storeCheck(checkUpdateRevision),
		why: "The later of two changes would silently undo the earlier."},
	{name: "replaces the sealed bytes with those of an update", check: storeCheck(checkUpdateSealed),
		why: "They are bound to the config and the script. With those of another config the row counts as forged."},
	{name: "replaces the last test with that of an update", check: storeCheck(checkUpdateLastTest),
		why: "A test result belongs to the config that was tested."},
	{name: "returns a test result as it was recorded", check: storeCheck(checkResult),
		why: "Customers see it. A failure without an error text is still a failure, and recording leaves the revision as it is."},
	{name: "refuses a test result for another revision", check: storeCheck(checkResultRevision),
		why: "A connection would count as tested with a config that nobody tested. The caller gets ErrChanged whichever result is newer."},
	{name: "keeps the newest test result", check: storeCheck(checkNewestResult),
		why: "A slow test must not replace the result of a later one that ran at the same time. Times are compared to the nanosecond, at the same time the later call wins, and an older result is no error, since its test ran."},
	{name: "records the result of a later test after the clock has stepped back", check: storeCheck(checkClockSteppedBack),
		why: "The result of a test that began after the stored one was recorded is newer, whatever the times. The stored one would hide it until the clock has caught up."},
	{name: "records a first test result of any time", check: storeCheck(checkFirstResult),
		why: "The clock of another server may be behind. The result for an earlier config is no reason to drop the first for this one."},
	{name: "reseals without any other change", check: storeCheck(checkReseal),
		why: "The customer changed nothing, so the revision and the last test stay. A running probe must find the row unchanged."},
	{name: "reseals only the given sealed bytes", check: storeCheck(checkResealOld),
		why: "A secret that was changed in between would be lost."},
	{name: "keeps any text", check: storeCheck(checkTexts),
		why: "A text is data, whatever it means to a database, a formatter or a shell."},
	{name: "keeps the bytes of JSON", check: storeCheck(checkJSON),
		why: "A config is shown with its fields in their order and its numbers as they are. Encoding it again changes both."},
	{name: "keeps times to the nanosecond in UTC", check: storeCheck(checkTimes),
		why: "Times are compared and shown."},
	{name: "keeps long and binary values", check: storeCheck(checkLongValues),
		why: "Scripts, configs and the messages of vendors may be long, and sealed bytes are any bytes."},
	{name: "copies its arguments", check: storeCheck(checkArgumentsCopied),
		why: "A caller may reuse or clear them."},
	{name: "copies its results", check: storeCheck(checkResultsCopied),
		why: "A caller may change or clear them."},
	{name: "does nothing if the context has ended", check: storeCheck(checkEndedContexts),
		why: "The error wraps the context's, which tells a caller that gave up from a broken database."},
	{name: "makes a whole change or none if the context ends", check: storeCheck(checkEndingContext),
		why: "Half of an update is a config whose secret or script belongs to another."},
	{name: "lets one of simultaneous creates succeed", check: storeCheck(checkCreateRace),
		why: "The store itself keeps to one connection per organisation: a check before Create is out of date when Create runs."},
	{name: "lets one of simultaneous updates succeed", check: storeCheck(checkUpdateRace),
		why: "The later of two changes would silently undo the earlier."},
	{name: "keeps the newest of simultaneous test results", check: storeCheck(checkResultRace),
		why: "The newest counts, whichever was written last. Each test ran, so none is an error."},
	{name: "keeps no test result for an older config", check: storeCheck(checkResultAgainstUpdate),
		why: "A result that is recorded during an update must not show on the new config. Recording does not count as a change of the config."},
	{name: "deletes in spite of simultaneous changes", check: storeCheck(checkDeleteRace),
		why: "No change may prevent a deletion, or bring a deleted row back."},
	{name: "loses no update to a simultaneous reseal", check: storeCheck(checkResealAgainstUpdate),
		why: "The sealed bytes of the update belong to its config, and hold the secret that the customer entered last."},
	{name: "lets one of simultaneous reseals succeed", check: storeCheck(checkResealRace),
		why: "Two maintenance runs must notice each other."},
}
