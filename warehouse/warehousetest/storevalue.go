// Rules about values coming back as they were.

package warehousetest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func storeValueRules() []storeRule {
	return []storeRule{
		{"any text is kept", textsAreKept},
		{"JSON keeps its bytes", jsonIsVerbatim},
		{"times are kept to the nanosecond in UTC", timesAreExact},
		{"long and binary values are kept", longValuesAreKept},
	}
}

// textsAreKept puts texts that mean something to a database, a formatter or a shell into every field.
func textsAreKept(s *storeTest) {
	for _, text := range []string{
		"''); DROP TABLE warehouse_connections; --",
		`"quoted" and 'quoted' and` + " `quoted`",
		"? ?? $1 $2 $$ :b ::text @p1 %s %d %% {} {{.}}",
		"one\ntwo\r\nthree\ttab\v\f\x01\x7f",
		`back\slash \n \u0041 \x41 E'\\'`,
		"日本語 عربى ελληνικά 🦫👩\u200d🔬 é e\u0301 \u2028\u2029\ufeff\ufffd\U0010ffff",
		"<script>&amp;</script>",
		" leading and trailing ",
		"NULL", "null", "\\N", "0x00", "1e400", "-0",
	} {
		row := newRow(text)
		row.ID, row.Type, row.PublicKey, row.SetupScript = "wc_"+text, text, text, text
		row.Sealed = []byte(text)
		row.Config, _ = json.Marshal(map[string]string{text: text})
		row.Preset = row.Config
		s.created(row)
		const why = "a text is data, and comes back byte for byte"
		s.holds(row, why)

		next := row
		next.SetupScript, next.Sealed = text+text, []byte(text+text)
		s.ok(s.store.Update(s.Context(), next), "Update")
		row = updated(row, next)
		result := failedAt(row.CreatedAt, text)
		d := &result.Diagnosis
		d.Step, d.Code, d.VendorCode, d.Hint, d.Fix, d.Steps[0].Name = text, warehouse.Code(text), text, text, text, text
		s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, row.Revision, result), "RecordTest")
		row.LastTest = &result
		s.holds(row, why)
		s.ok(s.store.Delete(s.Context(), row.Organisation, row.ID), "Delete")
		s.absent(row.Organisation, row.ID, "it was deleted")
	}
}

func jsonIsVerbatim(s *storeTest) {
	row := newRow("acme")
	for i, config := range []string{
		`{"z":1,"a":2,"m":3}`,
		`{ "spaced" : [ 1 , 2 ] , "nested" : { "z" : null , "a" : true } }`,
		`{"big":123456789012345678901234567890,"exact":1.10,"small":1e-400,"minus":-0}`,
		`{"escaped":"\u0041\/\u003c","plain":"A/<é"}`,
		`{"same":1,"same":2}`,
		`{}`,
	} {
		row.Config, row.Preset = json.RawMessage(config), json.RawMessage(strings.ToUpper(config))
		row.Revision = int64(i + 1)
		if i == 0 {
			s.created(row)
		} else {
			next := row
			next.Revision--
			s.ok(s.store.Update(s.Context(), next), "Update")
		}
		s.holds(row, "a config is shown in the order of its fields and with its numbers as they are: "+
			"a store keeps its bytes and does not encode it anew")
	}
}

func timesAreExact(s *storeTest) {
	for _, at := range []time.Time{
		time.Date(2026, 4, 17, 10, 0, 0, 0, time.UTC),
		time.Date(2026, 4, 17, 10, 0, 0, 1, time.UTC),
		time.Date(2026, 4, 17, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(2026, 4, 17, 10, 0, 0, 123_456_789, time.FixedZone("CEST", 2*60*60)),
		time.Date(2026, 10, 25, 2, 30, 0, 1_000, time.FixedZone("", -(9*60+30)*60)),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(2199, 1, 1, 0, 0, 0, 7, time.UTC),
		time.Now(), // with the reading of a monotonic clock
	} {
		row := newRow("acme")
		row.CreatedAt = at
		result := passedAt(at)
		row.LastTest = &result
		s.created(row)
		s.holds(row, "times come back as the same instant, to the nanosecond, in UTC")
		s.ok(s.store.Delete(s.Context(), row.Organisation, row.ID), "Delete")
	}
}

func longValuesAreKept(s *storeTest) {
	row := newRow("acme")
	row.SetupScript = strings.Repeat("GRANT USAGE ON SCHEMA \"é\" TO ROLE \"R\";\n", 8_000)
	row.Config = json.RawMessage(`{"note":"` + strings.Repeat("é", 30_000) + `"}`)
	row.Sealed = make([]byte, 100_000)
	for i := range row.Sealed {
		row.Sealed[i] = byte(i)
	}
	s.created(row)
	s.holds(row, "scripts and configs may be long, and sealed bytes are any bytes")

	result := failedAt(row.CreatedAt, strings.Repeat("the vendor has a lot to say. ", 4_000))
	s.ok(s.store.RecordTest(s.Context(), row.Organisation, row.ID, 1, result), "RecordTest")
	row.LastTest = &result
	s.holds(row, "a vendor's message may be long")

	row = newRow("short")
	row.Sealed = []byte{0}
	s.created(row)
	s.holds(row, "sealed bytes are any bytes")
}
