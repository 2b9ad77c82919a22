// Rules about walking.

package warehousetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeWalkRules() []storeRule {
	return []storeRule{
		{"a walk meets every row once in the order of ids", walkInOrder},
		{"a walk goes on where rows come and go", walkWhileRowsChange},
	}
}

func walkInOrder(s *storeTest) {
	var rows []warehouse.Row
	for i, id := range []string{"wc_b", "wc_a", "wc_1", "wc_10", "wc_9", "wc_aa", "wc_zz", "wc_ab", "wc_z", "wc_A", "wc-a", "wc_é"} {
		row := newRow(fmt.Sprintf("organisation %d", i))
		row.ID = id
		if i%2 == 0 {
			result := failedAt(row.CreatedAt.Add(time.Duration(i)), "no")
			row.LastTest = &result
		}
		rows = append(rows, s.created(row))
	}
	slices.SortFunc(rows, func(a, b warehouse.Row) int { return strings.Compare(a.ID, b.ID) })

	for _, limit := range []int{1, 2, 5, len(rows) - 1, len(rows), len(rows) + 1, 1000} {
		var walked []warehouse.Row
		for after, pages := "", 0; ; pages++ {
			page, err := s.store.Page(s.Context(), after, limit)
			s.ok(err, "Page")
			if len(page) > limit {
				s.Fatalf("Page returns %d rows, over its limit of %d: a page is what the caller has room for", len(page), limit)
			}
			walked = append(walked, page...)
			if len(page) < limit {
				break
			}
			if pages > len(rows) {
				s.Fatalf("Page with a limit of %d never ends: each page begins after the id that it is given", limit)
			}
			after = page[len(page)-1].ID
		}
		if got, want := ids(walked), ids(rows); !slices.Equal(got, want) {
			s.Errorf("Page in pages of %d meets %q, want %q: each row once, ordered by the bytes of its id, "+
				"or maintenance would miss secrets", limit, got, want)
			return
		}
		for i := range rows {
			if diff := diffRow(walked[i], rows[i]); diff != "" {
				s.Errorf("Page returns another row than was stored:%s", diff)
			}
		}
	}
}

func ids(rows []warehouse.Row) []string {
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

func walkWhileRowsChange(s *storeTest) {
	for _, organisation := range []string{"b", "d", "f"} {
		s.created(newRow(organisation))
	}
	page, err := s.store.Page(s.Context(), "", 2)
	s.ok(err, "Page")
	if got, want := ids(page), []string{"wc_b", "wc_d"}; !slices.Equal(got, want) {
		s.Fatalf("the first page is %q, want %q", got, want)
	}
	s.ok(s.store.Delete(s.Context(), "d", "wc_d"), "Delete")
	s.created(newRow("a"))
	s.created(newRow("e"))
	page, err = s.store.Page(s.Context(), "wc_d", 10)
	s.ok(err, "Page")
	if got, want := ids(page), []string{"wc_e", "wc_f"}; !slices.Equal(got, want) {
		s.Errorf("the page after wc_d, which is gone, is %q, want %q: a page begins after an id, whether or not it is "+
			"still there", got, want)
	}
	page, err = s.store.Page(s.Context(), "wc_f", 10)
	if err != nil || len(page) != 0 {
		s.Errorf("the page after the last id has %d rows and the error %v, want none", len(page), err)
	}
}
