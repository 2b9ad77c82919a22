package warehousetest_test

import (
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// defectVariable names the defect of the store that TestDefectiveStore checks.
const defectVariable = "WAREHOUSEKIT_TEST_DEFECT"

// A suite that lets a defect through is worse than none, so each known defect must fail it with the rule
// that it breaks. What is expected to fail runs in a process of its own.
func TestStoreSuiteFindsDefects(t *testing.T) {
	t.Parallel()
	if os.Getenv(defectVariable) != "" {
		t.Skip("this is the process that is to fail")
	}
	for name, defect := range allStoreDefects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDefectiveStore$")
			cmd.Env = append(os.Environ(), defectVariable+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("the suite passes a store with this defect")
			}
			rule := strings.ReplaceAll(defect.rule, " ", "_")
			if !strings.Contains(string(out), "--- FAIL: TestDefectiveStore/"+rule+" ") {
				t.Errorf("the suite fails otherwise than with the rule %q:\n%s", defect.rule, out)
			}
			if strings.Contains(string(out), "panic:") {
				t.Errorf("the suite panics:\n%s", out)
			}
		})
	}
}

func allStoreDefects() map[string]storeDefect {
	all := maps.Clone(storeDefects)
	maps.Copy(all, moreStoreDefects)
	return all
}

func TestDefectiveStore(t *testing.T) {
	name := os.Getenv(defectVariable)
	if name == "" {
		t.Skip("for TestStoreSuiteFindsDefects alone")
	}
	warehousetest.TestStore(t, func(*testing.T) warehouse.Store {
		return allStoreDefects()[name].in(warehousetest.NewStore())
	})
}
