package snowflake_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

// setUpCustomer is newConnected without a test.
func setUpCustomer() (*customer, func(), error) {
	server := snowflaketest.New()
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1, Endpoint: server.URL})
	if err != nil {
		return nil, nil, err
	}
	c := &customer{server: server, connector: connector, config: connector.Config().(*snowflake.Config)}
	c.config.AccountIdentifier = "xy12345.us-east-1"
	if c.keys, err = connector.NewKeyPair(context.Background()); err != nil {
		return nil, nil, err
	}
	script, err := connector.SetupScript(c.config, c.keys.PublicKey)
	if err != nil {
		return nil, nil, err
	}
	if _, err := server.Run(script); err != nil {
		return nil, nil, err
	}
	return c, func() { _ = connector.Close(); server.Close() }, nil
}

func (c *customer) probeOnce(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	_, err := c.connector.Probe(ctx, c.target())
	return err
}

// firstLogin returns what the first login of a process says of its environment.
func firstLogin() (any, error) {
	c, done, err := setUpCustomer()
	if err != nil {
		return nil, err
	}
	defer done()
	if err := c.probeOnce(longDeadline); err != nil {
		return nil, err
	}
	return c.server.Logins()[0].Environment["PLATFORM"], nil
}

func TestTheFirstProbeOfAProcessDoesNotAskWhereItRuns(t *testing.T) {
	t.Parallel()
	var platform []string
	inChild(t, "first login", &platform)
	if diff := cmp.Diff([]string{"disabled"}, platform); diff != "" {
		t.Errorf("the login's PLATFORM (-want +got):\n%s", diff)
	}
}

// brokenClientConfig returns what a probe says where the driver's configuration file is broken.
func brokenClientConfig() (any, error) {
	c, done, err := setUpCustomer()
	if err != nil {
		return nil, err
	}
	defer done()
	err = c.probeOnce(longDeadline)
	var failure *warehouse.ProbeError
	if !errors.As(err, &failure) {
		return nil, fmt.Errorf("the probe ended with %v", err)
	}
	return []string{failure.Step, string(failure.Code), failure.VendorCode, failure.Message, failure.Hint}, nil
}

func TestABrokenConfigurationOfTheDriversIsOurProblem(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said []string
	inChild(t, "client config", &said, "SF_CLIENT_CONFIG_FILE="+file)
	want := []string{
		"authenticate", "unknown", "", "The test ended with an error on our side.",
		"This problem is on our side, not in your Snowflake account. Please tell us about it.",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("what the probe says (-want +got):\n%s", diff)
	}
}

// A leftover counts what probes left behind: what was there after them less what was there before.
type leftover struct {
	Probes, Failed                                         int
	Goroutines, Files, TempFiles, Sessions, Running, Posts int
	Stacks                                                 string // where goroutines are left
}

// manyProbes counts what 200 probes leave behind, passing and failing in turn.
func manyProbes() (any, error) {
	c, done, err := setUpCustomer()
	if err != nil {
		return nil, err
	}
	defer done()
	// What the process keeps, the driver makes at its first use.
	if err := c.probeOnce(longDeadline); err != nil {
		return nil, err
	}
	files := openFiles()
	before, err := settled(0, files, runtime.NumGoroutine()) // the server's own connections end a moment later
	if err != nil {
		return nil, err
	}
	type misbehaviour struct {
		at    snowflaketest.Point
		fault snowflaketest.Fault
	}
	var quick, slow []misbehaviour
	for _, at := range []snowflaketest.Point{snowflaketest.AtLogin, snowflaketest.AtQuery, snowflaketest.AtList} {
		for _, fault := range []snowflaketest.Fault{
			snowflaketest.Refusal("390144", "08004", "JWT token is invalid."), snowflaketest.Status(503), snowflaketest.Reset(),
			snowflaketest.Truncated(), snowflaketest.Redirect("http://198.51.100.7/"),
		} {
			quick = append(quick, misbehaviour{at, fault})
		}
		slow = append(slow, misbehaviour{at, snowflaketest.Hang()})
	}
	var seen leftover
	for i := range 100 {
		f, within := quick[i%len(quick)], longDeadline
		if i%25 == 0 && i/25 < len(slow) {
			f, within = slow[i/25], shortDeadline
		}
		c.server.Inject(f.at, f.fault)
		if c.probeOnce(within) != nil {
			seen.Failed++
		}
		c.server.Clear()
		if err := c.probeOnce(longDeadline); err != nil {
			return nil, fmt.Errorf("probe %d: %w", i, err)
		}
		seen.Probes += 2
	}
	after, err := settled(before.goroutines, before.files, before.goroutines)
	if err != nil {
		return nil, err
	}
	seen.Goroutines, seen.Files = after.goroutines-before.goroutines, after.files-before.files
	if seen.Goroutines != 0 {
		seen.Stacks = stacks()
	}
	seen.Sessions, seen.Running, seen.Posts = len(c.server.OpenSessions()), len(c.server.Running()), c.server.Count(snowflaketest.AtTelemetry)
	temporary, err := os.ReadDir(os.TempDir())
	for _, entry := range temporary {
		// One folder for each process is the driver's own: it makes it when it is imported and,
		// without cgo, leaves it.
		if !strings.HasPrefix(entry.Name(), "gosnowflake-cgo") {
			seen.TempFiles++
		}
	}
	return seen, err
}

type counted struct{ goroutines, files int }

// settled counts goroutines and open files once they are down to what is expected, or no longer change:
// those of connections end a moment after the connection is closed.
func settled(goroutines, files, most int) (counted, error) {
	patience := time.Now().Add(5 * time.Second)
	var last counted
	for unchanged := 0; unchanged < 1000; unchanged++ {
		now := counted{runtime.NumGoroutine(), openFiles()}
		if now != last {
			last, unchanged = now, 0
		}
		if goroutines > 0 && now.goroutines <= goroutines && now.files <= files {
			return now, nil
		}
		if time.Now().After(patience) {
			return now, fmt.Errorf("goroutines and files do not settle: %+v, at first %d and %d", now, most, files)
		}
		<-time.After(100 * time.Microsecond)
	}
	return last, nil
}

// openFiles counts the process' open files, sockets included.
func openFiles() int {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		panic(err)
	}
	return len(entries)
}

func stacks() string {
	buffer := make([]byte, 1<<20)
	return string(buffer[:runtime.Stack(buffer, true)])
}

func TestTwoHundredProbesLeaveNothing(t *testing.T) {
	t.Parallel()
	var seen leftover
	inChild(t, "200 probes", &seen)
	if seen.Stacks != "" {
		t.Errorf("goroutines are left:\n%s", seen.Stacks)
	}
	seen.Stacks = ""
	if diff := cmp.Diff(leftover{Probes: 200, Failed: 100}, seen); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

func TestAHundredProbesAtOnce(t *testing.T) {
	t.Parallel()
	good, bad := newConnected(t), newConnected(t)
	bad.run(t, `REVOKE ROLE "FLAGSMITH_LOADER" FROM USER "FLAGSMITH_SERVICE"`)
	outcomes := make([]error, 100)
	var all sync.WaitGroup
	for i := range outcomes {
		all.Go(func() {
			c := good
			if i%2 == 1 {
				c = bad
			}
			outcomes[i] = c.probeOnce(30 * time.Second) // a hundred signatures under the race detector take a while
		})
	}
	all.Wait()
	for i, err := range outcomes {
		var want string
		if i%2 == 1 {
			want = "Role 'FLAGSMITH_LOADER' specified in the connect string is not granted to this user."
		}
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("probe %d: %v", i, err)
		}
	}
	checkNothingLeft(t, good.server)
	checkNothingLeft(t, bad.server)
}

func TestAProbeSaysWhatItIsAndAsksForNoTelemetry(t *testing.T) {
	t.Parallel()
	c := newConnected(t)
	c.mustPass(t)
	login := c.server.Logins()[0]
	want := map[string]any{
		"CLIENT_TELEMETRY_ENABLED":           "false",
		"CLIENT_VALIDATE_DEFAULT_PARAMETERS": true,
		"QUERY_TAG":                          "Flagsmith connection test",
		"STATEMENT_TIMEOUT_IN_SECONDS":       "4",
	}
	if diff := cmp.Diff(want, login.Parameters); diff != "" {
		t.Errorf("session parameters (-want +got):\n%s", diff)
	}
	if login.Environment["APPLICATION"] != "warehousekit" {
		t.Errorf("APPLICATION is %v", login.Environment["APPLICATION"])
	}
	var sent []string
	for _, s := range c.server.Statements() {
		sent = append(sent, strings.SplitN(s.SQL, "/", 2)[0])
	}
	statements := []string{
		"SELECT 1, CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()",
		`LIST '@"FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE"`,
	}
	if diff := cmp.Diff(statements, sent); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	checkNothingLeft(t, c.server)
}
