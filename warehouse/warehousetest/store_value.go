package warehousetest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func checkTexts(s *storeTest) {
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
		s.holds(s.create(row), "after Create")

		next := row
		next.SetupScript, next.Sealed = text+text, []byte(text+text)
		row = s.update(row, next)
		result := failed(row.CreatedAt, text)
		d := &result.Diagnosis
		d.Step, d.Code, d.VendorCode, d.Hint, d.Fix, d.Steps[0].Name = text, warehouse.Code(text), text, text, text, text
		row = s.record(row, result)
		s.holds(row, "after Update and RecordTest")
		s.delete(row)
		s.absent(row.Organisation, row.ID, "after Delete")
	}
}

func checkJSON(s *storeTest) {
	row := s.create(newRow("acme"))
	for i, config := range []string{
		`{"z":1,"a":2,"m":3}`,
		`{ "spaced" : [ 1 , 2 ] , "nested" : { "z" : null , "a" : true } }`,
		`{"big":123456789012345678901234567890,"exact":1.10,"small":1e-400,"minus":-0}`,
		`{"escaped":"\u0041\/\u003c","plain":"A/<é"}`,
		`{"same":1,"same":2}`,
		`{}`,
	} {
		next := row
		next.Config, next.Preset = json.RawMessage(config), json.RawMessage(strings.ToUpper(config))
		if i == 0 {
			s.delete(row)
			row = s.create(next)
		} else {
			row = s.update(row, next)
		}
		s.holds(row, "after Create or Update")
	}
}

func checkTimes(s *storeTest) {
	for _, at := range []time.Time{
		time.Date(2026, 4, 17, 10, 0, 0, 0, time.UTC),
		time.Date(2026, 4, 17, 10, 0, 0, 1, time.UTC),
		time.Date(2026, 4, 17, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(2026, 4, 17, 10, 0, 0, 123_456_789, time.FixedZone("CEST", 2*60*60)),
		time.Date(2026, 10, 25, 2, 30, 0, 1_000, time.FixedZone("", -(9*60+30)*60)),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(2199, 1, 1, 0, 0, 0, 7, time.UTC),
		time.Now(), // with a monotonic clock reading
	} {
		row := newRow("acme")
		row.CreatedAt = at
		result := passed(at)
		row.LastTest = &result
		s.holds(s.create(row), "after Create")
		s.delete(row)
	}
}

func checkLongValues(s *storeTest) {
	row := newRow("acme")
	row.SetupScript = strings.Repeat("GRANT USAGE ON SCHEMA \"é\" TO ROLE \"R\";\n", 8_000)
	row.Config = json.RawMessage(`{"note":"` + strings.Repeat("é", 30_000) + `"}`)
	row.Sealed = make([]byte, 100_000)
	for i := range row.Sealed {
		row.Sealed[i] = byte(i)
	}
	s.holds(s.create(row), "after Create")
	s.holds(s.record(row, failed(row.CreatedAt, strings.Repeat("the vendor has a lot to say. ", 4_000))), "after RecordTest")

	row = newRow("short")
	row.Sealed = []byte{0}
	s.holds(s.create(row), "after Create")
}

// overwrite overwrites all that a row points to.
func overwrite(row *warehouse.Row) {
	for _, text := range [][]byte{row.Config, row.Preset, row.Sealed} {
		for i := range text {
			text[i] = '#'
		}
	}
	if row.LastTest != nil {
		steps := row.LastTest.Diagnosis.Steps
		for i := range steps {
			steps[i].Name = "#"
		}
		*row.LastTest = warehouse.TestResult{Error: "#"}
	}
}

func checkArgumentsCopied(s *storeTest) {
	result := failed(testedAt, "no")
	row := newRow("acme")
	row.LastTest = &result
	passed := clone(row)
	s.create(passed)
	overwrite(&passed)
	s.holds(row, "after Create and overwriting its argument")

	next := changed(row, "c")
	next.LastTest, next.Sealed = &result, []byte("sealed again")
	passed = clone(next)
	row = updated(row, next)
	s.update(row, passed)
	overwrite(&passed)
	s.holds(row, "after Update and overwriting its argument")

	newer := failed(testedAt.Add(1), "no")
	row.LastTest = &newer
	passed = clone(row)
	s.record(row, *passed.LastTest)
	overwrite(&passed)
	s.holds(row, "after RecordTest and overwriting its argument")

	old, sealed := []byte("sealed again"), []byte("resealed")
	s.wants(nil, s.Reseal(s.ctx, row.Organisation, row.ID, old, sealed), "Reseal")
	clear(old)
	clear(sealed)
	row.Sealed = []byte("resealed")
	s.holds(row, "after Reseal and overwriting its arguments")
}

func checkResultsCopied(s *storeTest) {
	row := newRow("acme")
	result := failed(testedAt, "no")
	row.LastTest = &result
	s.create(clone(row))

	got, err := s.Get(s.ctx, row.Organisation, row.ID)
	s.wants(nil, err, "Get")
	overwrite(&got)
	s.holds(row, "after overwriting the result of Get")

	listed, err := s.List(s.ctx, row.Organisation)
	s.wants(nil, err, "List")
	for _, row := range listed {
		overwrite(&row)
	}
	s.holds(row, "after overwriting the result of List")

	for _, row := range s.page("", 10) {
		overwrite(&row)
	}
	s.holds(row, "after overwriting the result of Page")
}
