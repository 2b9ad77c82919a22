// Rules about whose rows are whose.

package warehousetest

import (
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeScopeRules() []storeRule {
	return []storeRule{
		{"another organisation's row is absent", scopedToOrganisation},
		{"organisations are compared byte by byte", organisationsAreBytes},
		{"ids are compared byte by byte", idsAreBytes},
	}
}

func scopedToOrganisation(s *storeTest) {
	acme, globex := s.created(newRow("acme")), s.created(newRow("globex"))
	const why = "one customer must not reach another's connection, nor learn that it is there"
	s.refusesAll("globex", acme.ID, why)
	s.refusesAll("nobody", acme.ID, why)
	s.holds(acme, "what another organisation asked for must not have happened")
	s.holds(globex, "what was asked for with another's id must not have happened to one's own row")
}

// organisationsAreBytes stores organisations that a database could take for one another.
func organisationsAreBytes(s *storeTest) {
	const why = "organisations that differ in a byte are different customers"
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
		if err := s.store.Create(s.Context(), rows[i]); err != nil {
			s.Fatalf("Create for organisation %q: %v: any UTF-8 text of 1 to 255 bytes is one, and %s", organisation, err, why)
		}
	}
	for i := range rows {
		s.holds(rows[i], why)
	}
	for i, row := range rows {
		if i%2 == 0 {
			s.ok(s.store.Delete(s.Context(), row.Organisation, row.ID), "Delete")
		}
	}
	for i, row := range rows {
		if i%2 == 0 {
			s.absent(row.Organisation, row.ID, "it was deleted")
		} else {
			s.holds(row, why)
		}
	}
}

func idsAreBytes(s *storeTest) {
	row := newRow("acme")
	row.ID = "wc_abc"
	s.created(row)
	for _, id := range []string{"", "WC_ABC", "wc_abc ", "wc_ab", "wc_abcd", "wc%", "%", "wcxabc", "' OR '1'='1", "wc_abc'--", strings.Repeat("w", 100_000)} {
		s.absent("acme", id, "an id is its bytes and not a pattern; a request can ask for any text")
		s.answers(s.store.Delete(s.Context(), "acme", id), warehouse.ErrNotFound, "Delete", "an id is its bytes and not a pattern")
		s.answers(s.store.RecordTest(s.Context(), "acme", id, 1, passedAt(time.Now())), warehouse.ErrNotFound,
			"RecordTest", "an id is its bytes and not a pattern")
	}
	s.holds(row, "asking for other ids changes nothing")
}
