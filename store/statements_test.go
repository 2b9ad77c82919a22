package store

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// SQLite numbers $1, $2, … in the order of their appearance. Some of its drivers bind by that number and
// others by the name, so the two must match.
func TestParameterOrder(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{
		listQuery, getQuery, pageQuery,
		createStatement, updateStatement, recordTestStatement, deleteStatement, resealStatement,
	} {
		next := 1
		for _, match := range regexp.MustCompile(`\$(\d+)`).FindAllStringSubmatch(statement, -1) {
			n, err := strconv.Atoi(match[1])
			if err != nil || n > next {
				t.Errorf("$%s comes before $%d in: %s", match[1], next, statement)
			}
			next = max(next, n+1)
		}
		if next == 1 || strings.ContainsAny(statement, "?:@") {
			t.Errorf("the parameters are not $1, $2, …: %s", statement)
		}
	}
}
