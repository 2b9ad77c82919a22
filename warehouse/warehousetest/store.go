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
	{
		name:  "is empty at first",
		why:   "Having no connection is ordinary: List returns no error. Everything else returns ErrNotFound.",
		check: storeCheck(checkEmpty),
	},
	{
		name:  "returns a row as it was created",
		why:   "A row is restored with its revision and last test. A connector without key pairs has no public key and may have no preset fields.",
		check: storeCheck(checkCreated),
	},
	{
		name:  "holds one row per organisation",
		why:   "An organisation has at most one connection, of whatever type.",
		check: storeCheck(checkOnePerOrganisation),
	},
	{
		name:  "refuses an id of another organisation",
		why:   "Page could not page through both rows. The error is none of the sentinels, since the organisation has no row and did nothing wrong.",
		check: storeCheck(checkUniqueID),
	},
	{
		name:  "deletes a row completely",
		why:   "A deleted row is as absent as one that never existed, and the organisation may create another.",
		check: storeCheck(checkDeleted),
	},
	{
		name:  "hides the rows of other organisations",
		why:   "No customer may reach another's connection, or learn that it exists.",
		check: storeCheck(checkScope),
	},
	{
		name:  "compares organisations byte by byte",
		why:   "Any UTF-8 text of 1 to 255 bytes is an organisation. Organisations that differ in one byte are different customers.",
		check: storeCheck(checkOrganisationBytes),
	},
	{
		name:  "compares ids byte by byte",
		why:   "A request can contain any text as an id. It is not a pattern.",
		check: storeCheck(checkIDBytes),
	},
	{
		name:  "pages through all rows once and in order",
		why:   "Maintenance would miss secrets otherwise. The order is that of the bytes of the ids, and a page is no longer than its limit.",
		check: storeCheck(checkPages),
	},
	{
		name:  "pages on while rows are created and deleted",
		why:   "A page begins after an id, whether or not that row still exists.",
		check: storeCheck(checkPagesOfChangingRows),
	},
	{
		name:  "updates only the fields that an update may change",
		why:   "An update changes config, preset fields, script, last test and sealed bytes, and adds one to the revision. Id, type, public key and time of creation stay.",
		check: storeCheck(checkUpdate),
	},
	{
		name:  "refuses an update at another revision",
		why:   "The later of two changes would silently undo the earlier.",
		check: storeCheck(checkUpdateRevision),
	},
	{
		name:  "keeps the sealed bytes if an update has none",
		why:   "The bytes that the caller read before may be older than the stored ones. Writing them would undo a key rotation.",
		check: storeCheck(checkUpdateKeepsSealed),
	},
	{
		name:  "replaces the last test with that of an update",
		why:   "A test result belongs to the config that was tested.",
		check: storeCheck(checkUpdateLastTest),
	},
	{
		name:  "returns a test result as it was recorded",
		why:   "Customers see it. A failure without an error text is still a failure, and recording leaves the revision as it is.",
		check: storeCheck(checkResult),
	},
	{
		name:  "refuses a test result for another revision",
		why:   "A connection would count as tested with a config that nobody tested. The caller gets ErrChanged whichever result is newer.",
		check: storeCheck(checkResultRevision),
	},
	{
		name:  "keeps the newest test result",
		why:   "A slow test must not replace the result of a later one. Times are compared to the nanosecond, at the same time the later call wins, and an older result is no error, since its test ran.",
		check: storeCheck(checkNewestResult),
	},
	{
		name:  "records a first test result of any time",
		why:   "The clock of another server may be behind. The result for an earlier config is no reason to drop the first for this one.",
		check: storeCheck(checkFirstResult),
	},
	{
		name:  "reseals without any other change",
		why:   "The customer changed nothing, so the revision and the last test stay. A running probe must find the row unchanged.",
		check: storeCheck(checkReseal),
	},
	{
		name:  "reseals only the given sealed bytes",
		why:   "A secret that was changed in between would be lost.",
		check: storeCheck(checkResealOld),
	},
	{
		name:  "keeps any text",
		why:   "A text is data, whatever it means to a database, a formatter or a shell.",
		check: storeCheck(checkTexts),
	},
	{
		name:  "keeps the bytes of JSON",
		why:   "A config is shown with its fields in their order and its numbers as they are. Encoding it again changes both.",
		check: storeCheck(checkJSON),
	},
	{
		name:  "keeps times to the nanosecond in UTC",
		why:   "Times are compared and shown.",
		check: storeCheck(checkTimes),
	},
	{
		name:  "keeps long and binary values",
		why:   "Scripts, configs and the messages of vendors may be long, and sealed bytes are any bytes.",
		check: storeCheck(checkLongValues),
	},
	{
		name:  "copies its arguments",
		why:   "A caller may reuse or clear them.",
		check: storeCheck(checkArgumentsCopied),
	},
	{
		name:  "copies its results",
		why:   "A caller may change or clear them.",
		check: storeCheck(checkResultsCopied),
	},
	{
		name:  "does nothing if the context has ended",
		why:   "The error wraps the context's, which tells a caller that gave up from a broken database.",
		check: storeCheck(checkEndedContexts),
	},
	{
		name:  "makes a whole change or none if the context ends",
		why:   "Half of an update is a config whose secret or script belongs to another.",
		check: storeCheck(checkEndingContext),
	},
	{
		name:  "lets one of simultaneous creates succeed",
		why:   "The store itself keeps to one connection per organisation: a check before Create is out of date when Create runs.",
		check: storeCheck(checkCreateRace),
	},
	{
		name:  "lets one of simultaneous updates succeed",
		why:   "The later of two changes would silently undo the earlier.",
		check: storeCheck(checkUpdateRace),
	},
	{
		name:  "keeps the newest of simultaneous test results",
		why:   "The newest counts, whichever was written last. Each test ran, so none is an error.",
		check: storeCheck(checkResultRace),
	},
	{
		name:  "keeps no test result for an older config",
		why:   "A result that is recorded during an update must not show on the new config. Recording does not count as a change of the config.",
		check: storeCheck(checkResultAgainstUpdate),
	},
	{
		name:  "deletes in spite of simultaneous changes",
		why:   "No change may prevent a deletion, or bring a deleted row back.",
		check: storeCheck(checkDeleteRace),
	},
	{
		name:  "loses no update to a simultaneous reseal",
		why:   "An update that keeps the sealed bytes and a Reseal both succeed, and neither may undo the other.",
		check: storeCheck(checkResealAgainstUpdate),
	},
	{
		name:  "loses no new secret to a simultaneous reseal",
		why:   "The secret that the customer entered last is kept.",
		check: storeCheck(checkResealAgainstSecret),
	},
	{
		name:  "lets one of simultaneous reseals succeed",
		why:   "Two maintenance runs must notice each other.",
		check: storeCheck(checkResealRace),
	},
}
