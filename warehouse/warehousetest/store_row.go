package warehousetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func checkEmpty(s *storeTest) {
	listed, err := s.List(s.ctx, "acme")
	s.wants(nil, err, "List of an empty store")
	if page := s.page("", 10); len(listed) != 0 || len(page) != 0 {
		s.failf("List and Page of an empty store returned %d and %d rows", len(listed), len(page))
	}
	s.unreachable("acme", "wc_acme", "in an empty store")
}

func checkCreated(s *storeTest) {
	s.holds(s.create(newRow("acme")), "after Create")

	tested := newRow("tested")
	result := failed(testedAt.Add(1), "no")
	tested.LastTest, tested.Revision = &result, 7
	s.holds(s.create(tested), "after Create with revision 7 and a last test")

	bare := newRow("bare")
	bare.PublicKey, bare.Preset, bare.SetupScript = "", nil, ""
	s.holds(s.create(bare), "after Create without public key, preset fields and script")
}

func checkOnePerOrganisation(s *storeTest) {
	first := s.create(newRow("acme"))
	second := newRow("acme")
	second.ID, second.Type, second.Sealed = "wc_second", "another", []byte("second")
	s.wants(warehouse.ErrExists, s.Create(s.ctx, second), "Create of a second connection")
	s.absent("acme", second.ID, "after it was refused")
	s.wants(warehouse.ErrExists, s.Create(s.ctx, first), "Create of the same row again")
	s.holds(first, "after two refused Creates")
	s.create(newRow("globex"))
}

func checkUniqueID(s *storeTest) {
	first := s.create(newRow("acme"))
	second := newRow("globex")
	second.ID = first.ID
	err := s.Create(s.ctx, second)
	if err == nil || errors.Is(err, warehouse.ErrExists) || errors.Is(err, warehouse.ErrNotFound) || errors.Is(err, warehouse.ErrChanged) {
		s.failf("Create with the id of another organisation's row returned %v, want another error", err)
	}
	s.holds(first, "after a refused Create")
	s.absent(second.Organisation, second.ID, "after a refused Create")
}

func checkDeleted(s *storeTest) {
	row, other := s.create(newRow("acme")), s.create(newRow("globex"))
	s.delete(row)
	s.unreachable(row.Organisation, row.ID, "after Delete")
	if listed, err := s.List(s.ctx, row.Organisation); err != nil || len(listed) != 0 {
		s.failf("List after Delete returned %d rows and the error %v, want none", len(listed), err)
	}
	s.holds(other, "after Delete of another row")

	again := newRow("acme")
	again.ID, again.Sealed = "wc_again", []byte("again")
	s.holds(s.create(again), "after Delete and Create")
	s.absent(row.Organisation, row.ID, "after Delete and Create")
}

func checkScope(s *storeTest) {
	acme, globex := s.create(newRow("acme")), s.create(newRow("globex"))
	s.unreachable("globex", acme.ID, "as another organisation")
	s.unreachable("nobody", acme.ID, "as an organisation without a row")
	s.holds(acme, "after calls of another organisation")
	s.holds(globex, "after its calls with another organisation's id")
}

func checkOrganisationBytes(s *storeTest) {
	organisations := []string{
		"acme", "ACME", "Acme", "acme ", " acme", "acme\n", "acme%", "acm_", "%", "_", "*",
		"0", "00", "0.0", "1e0", "1", "true", "null", "NULL",
		"caf\u00e9", "cafe\u0301", // one é, composed and decomposed
		"stra\u00dfe", "strasse", "ǅ", "ǆ", "ı", "i", "İ",
		"日本", "🦫", "🦫\u200d", "a\u200bb", "ab",
		"'", "''", `"`, "`", `\`, `\\`, ";--", "$1", "?", ":b", "a/b", "a%2fb",
		strings.Repeat("x", 255), strings.Repeat("x", 254), strings.Repeat("é", 127) + "x", "\u00ff", "\uffff", "\U0010ffff",
	}
	rows := make([]warehouse.Row, len(organisations))
	for i, organisation := range organisations {
		rows[i] = newRow(organisation)
		rows[i].ID = "wc_" + strings.Repeat("a", i+1)
		s.create(rows[i])
	}
	for i, row := range rows {
		s.holds(row, "after Create of similar organisations")
		if i%2 == 0 {
			s.delete(row)
		}
	}
	for i, row := range rows {
		if i%2 == 0 {
			s.absent(row.Organisation, row.ID, "after Delete")
		} else {
			s.holds(row, "after Delete of similar organisations")
		}
	}
}

func checkIDBytes(s *storeTest) {
	row := newRow("acme")
	row.ID = "wc_abc"
	s.create(row)
	for _, id := range []string{"", "WC_ABC", "wc_abc ", "wc_ab", "wc_abcd", "wc%", "%", "wcxabc", "' OR '1'='1", "wc_abc'--", strings.Repeat("w", 100_000)} {
		s.unreachable("acme", id, "with another id")
	}
	s.holds(row, "after calls with other ids")
}

func checkPages(s *storeTest) {
	var rows []warehouse.Row
	for i, id := range []string{"wc_b", "wc_a", "wc_1", "wc_10", "wc_9", "wc_aa", "wc_zz", "wc_ab", "wc_z", "wc_A", "wc-a", "wc_é"} {
		row := newRow(fmt.Sprintf("organisation %d", i))
		row.ID = id
		if i%2 == 0 {
			result := failed(row.CreatedAt.Add(time.Duration(i)), "no")
			row.LastTest = &result
		}
		rows = append(rows, s.create(row))
	}
	slices.SortFunc(rows, func(a, b warehouse.Row) int { return strings.Compare(a.ID, b.ID) })

	for _, limit := range []int{1, 2, 5, len(rows) - 1, len(rows), len(rows) + 1, 1000} {
		var all []warehouse.Row
		for after, more := "", true; more; {
			page := s.page(after, limit)
			if len(page) > limit || len(all) > len(rows) {
				s.failf("Page with a limit of %d returned %d rows, after %d of %d", limit, len(page), len(all), len(rows))
			}
			all = append(all, page...)
			if more = len(page) == limit; more {
				after = page[len(page)-1].ID
			}
		}
		if got, want := ids(all), ids(rows); !slices.Equal(got, want) {
			s.failf("Page with a limit of %d returned the ids %q, want %q", limit, got, want)
		}
		for i := range rows {
			if diff := diffRow(all[i], rows[i]); diff != "" {
				s.failf("Page returned another row:%s", diff)
			}
		}
	}
}

func checkPagesOfChangingRows(s *storeTest) {
	wantPage := func(after string, limit int, want ...string) {
		if got := ids(s.page(after, limit)); !slices.Equal(got, want) {
			s.failf("Page after %q returned the ids %q, want %q", after, got, want)
		}
	}
	for _, organisation := range []string{"b", "d", "f"} {
		s.create(newRow(organisation))
	}
	wantPage("", 2, "wc_b", "wc_d")
	s.delete(newRow("d"))
	s.create(newRow("a"))
	s.create(newRow("e"))
	wantPage("wc_d", 10, "wc_e", "wc_f")
	wantPage("wc_f", 10)
}

func ids(rows []warehouse.Row) []string {
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}
