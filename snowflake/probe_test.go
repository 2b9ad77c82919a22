package snowflake_test

import (
	"testing"
	"context"
	"time"
	"fmt"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

func TestSmoke(t *testing.T) {
	srv := snowflaketest.NewServer()
	defer srv.Close()
	c, err := snowflake.New(snowflake.Options{Product: "Flagsmith", KeyBits: 2048, Endpoint: srv.URL})
	if err != nil { t.Fatal(err) }
	defer c.Close()
	cfg := c.Config().(*snowflake.Config)
	cfg.AccountIdentifier = "xy12345.us-east-1"
	keys, _ := c.NewKeyPair(t.Context())
	target := warehouse.NewTarget("1", "wc_x", cfg, keys)
	probe := func() {
		ctx, cancel := context.WithTimeout(t.Context(), 4500*time.Millisecond)
		defer cancel()
		began := time.Now()
		rep, err := c.Probe(ctx, target)
		fmt.Printf("%v %+v\n   %#v\n", time.Since(began), rep, err)
		if e, ok := err.(*warehouse.ProbeError); ok { fmt.Println("   ", e.Message, "|", e.Hint, "|\n", e.Fix) }
	}
	probe()
	script, err := c.SetupScript(cfg, keys.PublicKey)
	if err != nil { t.Fatal(err) }
	fmt.Println(script)
	if _, err := srv.Run(script); err != nil { t.Fatal(err) }
	probe()
	fmt.Println(srv.OpenSessions(), srv.Count(snowflaketest.AtTelemetry))
	for _, at := range []snowflaketest.Point{"login", "query", "list", "close"} {
		for _, f := range []snowflaketest.Fault{snowflaketest.Hang(), snowflaketest.Reset(), snowflaketest.Status(503), snowflaketest.Status(403), snowflaketest.HTML(), snowflaketest.Truncated(), snowflaketest.MalformedJSON(), snowflaketest.Redirect("http://127.0.0.1:1/")} {
			srv.Inject(at, f)
			fmt.Println("====", at, f)
			probe()
			srv.Clear()
			fmt.Println(len(srv.OpenSessions()))
		}
	}
}
