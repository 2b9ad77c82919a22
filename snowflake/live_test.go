package snowflake_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

// The live check holds the stand-in, and all that is built on it, against a real account. It creates
// objects with names of its own, walks through setup, probe, every failure that a fix mends, and
// teardown, and prints where the stand-in answers something else.
//
//	SNOWFLAKE_LIVE_ACCOUNT=myorg-account123 \
//	SNOWFLAKE_LIVE_USER=ADMIN \
//	SNOWFLAKE_LIVE_KEY_FILE=admin.p8 \
//	go test ./snowflake -run Live -v
//
// The user needs the role ACCOUNTADMIN, and the key file is its private key: PKCS #8 in PEM, without a
// passphrase. All that is created is dropped again, and uses no credits.
var liveVariables = []string{"SNOWFLAKE_LIVE_ACCOUNT", "SNOWFLAKE_LIVE_USER", "SNOWFLAKE_LIVE_KEY_FILE"}

// An administrator runs scripts in an account, with ACCOUNTADMIN.
type administrator func(script string) error

// A finding is what one probe said, or how one script ended, without what differs each time.
type finding struct {
	What                   string
	Step, Code, VendorCode string
	Text                   string
}

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// survey walks an account through all that can happen to a connection, and returns what it found.
func survey(t *testing.T, c *customer, run administrator) (findings []finding) {
	t.Helper()
	note := func(what string, failure *warehouse.ProbeError) {
		f := finding{What: what}
		if failure != nil {
			f.Step, f.Code, f.VendorCode = failure.Step, string(failure.Code), failure.VendorCode
			f.Text = anyUUID.ReplaceAllString(failure.Message, "…")
		}
		findings = append(findings, f)
	}
	script := func(what, text string) {
		if err := run(text); err != nil {
			findings = append(findings, finding{What: what, Text: err.Error()})
		}
	}
	probe := func(what string) *warehouse.ProbeError {
		_, failure := c.probe(t, 3*longDeadline)
		note(what, failure)
		return failure
	}
	probe("before the setup")
	script("setup", c.setup(t))
	script("setup again", c.setup(t))
	probe("after the setup")
	for _, b := range breakages {
		if b.standIn {
			continue
		}
		script(b.name, "USE ROLE ACCOUNTADMIN;"+b.statements(c))
		for i := range len(b.want) + 1 {
			failure := probe(fmt.Sprintf("%s, test %d", b.name, i+1))
			if failure == nil {
				break
			}
			script(fmt.Sprintf("%s, fix %d", b.name, i+1), failure.Fix)
		}
	}
	script("optional parts", uncommented(c.setup(t)))
	probe("after the optional parts")
	script("teardown", c.teardown(t))
	script("teardown again", c.teardown(t))
	probe("after the teardown")
	script("teardown of the rest", uncommented(c.teardown(t)))
	return findings
}

// compareAccounts surveys an account and a fresh stand-in. Another code is an error; another text is
// printed.
func compareAccounts(t *testing.T, c *customer, run administrator) {
	t.Helper()
	got := survey(t, c, run)
	model := newCustomer(t, func(o *snowflake.Options) { o.Product = strings.ReplaceAll(string(c.config.Database), "_", " ") })
	config := *c.config
	model.config, model.keys = &config, c.keys
	want := survey(t, model, func(script string) error { _, err := model.server.Run(script); return bare(err) })
	if len(got) != len(want) {
		t.Errorf("the account gave %d findings, the stand-in %d", len(got), len(want))
		t.Logf("(-stand-in +account):\n%s", cmp.Diff(want, got))
		return
	}
	for i := range want {
		g, w := got[i], want[i]
		t.Logf("%s: %s %s %q", g.What, g.Code, g.VendorCode, g.Text)
		if g.What != w.What || g.Step != w.Step || g.Code != w.Code || g.VendorCode != w.VendorCode || (g.Text == "") != (w.Text == "") {
			t.Errorf("%s: the account and the stand-in disagree (-stand-in +account):\n%s", g.What, cmp.Diff(w, g))
			continue
		}
		if g.Text != w.Text {
			t.Logf("%s: the texts differ:\n  stand-in: %q\n  account:  %q", g.What, w.Text, g.Text)
		}
	}
}

// bare is the error of a script as both kinds of account can give it.
func bare(err error) error {
	if refused, ok := errors.AsType[*snowflaketest.Error](err); ok {
		return fmt.Errorf("%s: %s: %s", refused.Statement, refused.Code, refused.Message)
	}
	return err
}

// useOwnNames makes it unlikely that what a survey creates, and drops, is anybody else's.
func (c *customer) useOwnNames() {
	c.config.Warehouse = c.config.Database + "_WH"
}

func TestLive(t *testing.T) {
	var values, missing []string
	for _, name := range liveVariables {
		values = append(values, os.Getenv(name))
		if os.Getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
	case len(liveVariables):
		t.Skipf("there is no account to check against: set %s", strings.Join(liveVariables, ", "))
	default:
		t.Fatalf("set %s too", strings.Join(missing, ", "))
	}
	c := &customer{keys: testKeys(), log: new(logged)}
	c.connector = newConnector(t, &snowflake.Options{Product: "Livecheck " + rand.Text()[:8], KeyPool: -1})
	c.config = c.connector.Config().(*snowflake.Config)
	if err := c.config.AccountIdentifier.UnmarshalText([]byte(values[0])); err != nil {
		t.Fatal(err)
	}
	c.useOwnNames()
	run := liveAdministrator(t, c.config.AccountIdentifier, values[1], values[2])
	t.Cleanup(func() {
		if err := run(c.teardown(t) + uncommented(c.teardown(t))); err != nil {
			t.Errorf("drop what begins with %s yourself: %v", c.config.Database, err)
		}
	})
	compareAccounts(t, c, run)
}

func liveAdministrator(t *testing.T, account snowflake.AccountIdentifier, user, keyFile string) administrator {
	t.Helper()
	text, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("%s is not PEM", keyFile)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatalf("%s is not a PKCS #8 key without a passphrase", keyFile)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		t.Fatalf("%s is not an RSA key", keyFile)
	}
	off := "false"
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account: string(account), User: user, Role: "ACCOUNTADMIN", Authenticator: gosnowflake.AuthTypeJwt, PrivateKey: key,
		Params: map[string]*string{"CLIENT_TELEMETRY_ENABLED": &off},
	}))
	t.Cleanup(func() { _ = db.Close() })
	return func(script string) error {
		// A session of its own for each script, as for a person who pastes it.
		ctx := context.WithoutCancel(t.Context())
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		statements, err := snowflaketest.SplitScript("USE ROLE ACCOUNTADMIN;" + script)
		if err != nil {
			return err
		}
		for _, statement := range statements {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				if said, ok := errors.AsType[*gosnowflake.SnowflakeError](err); ok {
					return fmt.Errorf("%s: %06d: %s", statement, said.Number, said.Message)
				}
				return err
			}
		}
		return nil
	}
}

// The check itself is checked with a stand-in in the place of the real account.
func TestTheLiveCheckFindsNoDifferenceInAStandIn(t *testing.T) {
	t.Parallel()
	c := newCustomer(t, func(o *snowflake.Options) { o.Product = "Livecheck ABC" })
	c.useOwnNames()
	compareAccounts(t, c, func(script string) error { _, err := c.server.Run(script); return bare(err) })
}
