package snowflake

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

func FuzzExplain(f *testing.F) {
	for _, number := range []int{
		390144, 390100, 390101, 390102, 390186, 390189, 390201, 390420, 390422, 390913, 666, 394507, 394508, 394633, 2043, 2003, 3001,
		90073, 606, 90105, 90106, 3102, 390112, 1, 604, 260008, 279101, 290000, -1, 0,
	} {
		f.Add(number, "JWT token is invalid. [0f0b1d4e-8a7c-4a33-9c1e-5d8e6f7a8b9c]", "COMPUTE_WH")
		f.Add(number, "SQL access control error:\nInsufficient privileges to operate on stage 'X'.", `"it's a ""role"""`)
		f.Add(number, "The requested schema does not exist or not authorized.", `"a"`)
	}
	f.Add(3001, "on %s %d '\xff\x00 \"warehouse", "a")
	f.Fuzz(func(t *testing.T, number int, message, name string) {
		var id Identifier
		if id.UnmarshalText([]byte(name)) != nil {
			id = "FLAGSMITH"
		}
		p := &probe{
			connector: &Connector{
				egress: []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32")},
				log:    slog.New(slog.DiscardHandler),
			},
			config:    &Config{AccountIdentifier: "xy12345", Warehouse: id, Database: id, Schema: id, Role: id, User: id, Stage: id},
			keys:      warehouse.NewKeyPair(opensslPublicKey, nil),
			transport: &transport{hostname: "xy12345.snowflakecomputing.com", current: requestLogin},
		}
		e := p.explain(t.Context(), &gosnowflake.SnowflakeError{Number: number, SQLState: "08004", Message: message})
		if isFromServer(number) {
			if e.Message != message {
				t.Errorf("message %q became %q", message, e.Message)
			}
			if len(e.VendorCode) < 6 || strings.Trim(e.VendorCode, "0123456789") != "" {
				t.Errorf("the vendor code of %d is %q", number, e.VendorCode)
			}
		} else if message != "" && e.VendorCode != "" {
			t.Errorf("the driver's code %d has the vendor code %q", number, e.VendorCode)
		}
		if e.Code == "" || e.Hint == "" || !utf8.ValidString(e.Hint) || strings.Contains(e.Hint, "%!") && !strings.Contains(string(id), "%!") {
			t.Errorf("%d: %s: %q", number, e.Code, e.Hint)
		}
		if e.Fix == "" {
			return
		}
		if first := strings.TrimPrefix(e.Fix, exactCase+"\n"); !strings.HasPrefix(first, "USE ROLE ") {
			t.Errorf("the fix of %d begins with %q", number, first)
		}
		if _, err := snowflaketest.SplitScript(e.Fix); err != nil || !strings.HasSuffix(e.Fix, ";") {
			t.Errorf("the fix of %d ends inside a statement: %v\n%s", number, err, e.Fix)
		}
	})
}

func FuzzParseResponse(f *testing.F) {
	f.Add([]byte(`{"data":{"token":"t","masterToken":"m"},"success":true}`), "application/json")
	f.Add([]byte(`{"data":{},"code":"390144","message":"m","success":false}`), "")
	f.Add([]byte(`{"data":null,"code":null,"message":null,"success":true}`), "text/html")
	f.Add([]byte(`{"code":390144}`), "")
	f.Add([]byte(`<html>`), "")
	f.Add([]byte(`{"code":"x","success":false}`), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		a, problem := parseResponse(body, contentType)
		if problem == "" && !a.Success && strings.TrimLeft(strings.TrimLeft(a.Code, "+-"), "0123456789") != "" {
			t.Errorf("accepted an error with the code %q", a.Code)
		}
	})
}
