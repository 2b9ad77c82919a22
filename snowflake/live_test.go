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

// The live check compares snowflaketest with a real account. It creates objects with unique names, runs
// setup, probe, every failure that has a fix, and teardown, and prints the differences.
//
//	SNOWFLAKE_LIVE_ACCOUNT=myorg-account123 \
//	SNOWFLAKE_LIVE_USER=ADMIN \
//	SNOWFLAKE_LIVE_KEY_FILE=admin.p8 \
//	go test ./snowflake -run Live -v
//
// The user needs the role ACCOUNTADMIN, and the key file is its private key: PKCS #8 in PEM, without a
// passphrase. The check drops all that it creates, and uses no credits.
var liveVariables = []string{"SNOWFLAKE_LIVE_ACCOUNT", "SNOWFLAKE_LIVE_USER", "SNOWFLAKE_LIVE_KEY_FILE"}

// An administrator runs scripts in an account, with ACCOUNTADMIN.
type administrator func(script string) error

// A finding is the result of a probe or a script, without UUIDs.
type finding struct {
	What                   string
	Step, Code, VendorCode string
	Text                   string
}

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// survey runs the live check in an account.
func survey(t *testing.T, c *account, run administrator) (findings []finding) {
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

// compareAccounts surveys an account and a new test server. A different code is an error, a different text
// is printed.
func compareAccounts(t *testing.T, c *account, run administrator) {
	t.Helper()
	got := survey(t, c, run)
	model := newAccount(t, func(o *snowflake.Options) { o.Product = strings.ReplaceAll(string(c.config.Database), "_", " ") })
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

// bare returns the error of a script in the form that both kinds of account can return.
func bare(err error) error {
	if refused, ok := errors.AsType[*snowflaketest.Error](err); ok {
		return fmt.Errorf("%s: %s: %s", refused.Statement, refused.Code, refused.Message)
	}
	return err
}

// useOwnNames avoids that a survey drops an existing warehouse.
func (c *account) useOwnNames() {
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
	c := &account{keys: testKeys(), log: new(logBuffer)}
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
		// One session per script, as in a SQL file of Snowsight.
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
				if sfErr, ok := errors.AsType[*gosnowflake.SnowflakeError](err); ok {
					return fmt.Errorf("%s: %06d: %s", statement, sfErr.Number, sfErr.Message)
				}
				return err
			}
		}
		return nil
	}
}

// Runs the live check with a test server instead of a real account.
func TestLiveCheckOfTestServer(t *testing.T) {
	t.Parallel()
	c := newAccount(t, func(o *snowflake.Options) { o.Product = "Livecheck ABC" })
	c.useOwnNames()
	compareAccounts(t, c, func(script string) error { _, err := c.server.Run(script); return bare(err) })
}
