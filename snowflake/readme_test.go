package snowflake_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
)

func TestREADMEListsEveryCode(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| ` + "`([a-z_]+)`" + ` \| ((?:\d{6}(?:, )?)+) \|`)
	var documented []string
	for _, match := range row.FindAllStringSubmatch(string(doc), -1) {
		for _, number := range regexp.MustCompile(`\d{6}`).FindAllString(match[2], -1) {
			documented = append(documented, match[1]+" "+number)
		}
	}
	tested := []string{"authentication_failed 390144"} // its hint has its own test
	for _, r := range refusals {
		if r.code != warehouse.CodeUnknown {
			tested = append(tested, string(r.code)+" "+r.number)
		}
	}
	slices.Sort(documented)
	slices.Sort(tested)
	if diff := cmp.Diff(slices.Compact(tested), documented); diff != "" {
		t.Errorf("codes (-tests +README):\n%s", diff)
	}
}
