// The suite for stores.

package warehousetest

import (
	"slices"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// TestStore checks that a store does what [warehouse.Store] says, and reports what it does otherwise and
// why that matters. It runs each rule as a subtest over a fresh store.
//
// The function open returns an empty store that nothing else uses, and cleans up after it with
// t.Cleanup. The suite calls the store from up to 64 goroutines at once, and some rules are about races:
// run it with the race detector, and more than once.
func TestStore(t *testing.T, open func(t *testing.T) warehouse.Store) {
	t.Helper()
	for _, rule := range slices.Concat(
		storeCreateRules(), storeScopeRules(), storeUpdateRules(), storeTestRules(), storeValueRules(),
		storeCopyRules(), storeWalkRules(), storeResealRules(), storeContextRules(),
		storeRaceRules(), storeSecretRaceRules(),
	) {
		t.Run(rule.name, func(t *testing.T) {
			store := open(t)
			if store == nil {
				t.Fatal("open returned no store")
			}
			rule.check(&storeTest{T: t, store: store})
		})
	}
}

// A storeRule is one thing that a store must do.
type storeRule struct {
	name  string
	check func(*storeTest)
}
