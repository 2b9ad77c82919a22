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

// setUpAccount is newSetUpAccount for a child process.
func setUpAccount() (*account, func(), error) {
	server := snowflaketest.New()
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1, Endpoint: server.URL})
	if err != nil {
		return nil, nil, err
	}
	c := &account{server: server, connector: connector, config: connector.Config().(*snowflake.Config)}
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

func (c *account) probeOnce(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	_, err := c.connector.Probe(ctx, c.target())
	return err
}

// firstLogin returns the PLATFORM that the first login of a process sends.
func firstLogin() (any, error) {
	c, done, err := setUpAccount()
	if err != nil {
		return nil, err
	}
	defer done()
	if err := c.probeOnce(longDeadline); err != nil {
		return nil, err
	}
	return c.server.Logins()[0].Environment["PLATFORM"], nil
}

func TestPlatformDetectionIsOff(t *testing.T) {
	t.Parallel()
	var platform []string
	inChild(t, "first login", &platform)
	if diff := cmp.Diff([]string{"disabled"}, platform); diff != "" {
		t.Errorf("the login's PLATFORM (-want +got):\n%s", diff)
	}
}

// brokenClientConfig returns the error of a probe if the driver's config file is invalid.
func brokenClientConfig() (any, error) {
	c, done, err := setUpAccount()
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

func TestInvalidDriverConfigFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said []string
	inChild(t, "client config", &said, "SF_CLIENT_CONFIG_FILE="+file)
	want := []string{
		"authenticate", "server_error", "", "The test ended with an error on our side.",
		"This problem is on our side, not in your Snowflake account. Please tell us about it.",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("probe error (-want +got):\n%s", diff)
	}
}

// leaks counts resources after probes, less those before.
type leaks struct {
	Probes, Failed                                         int
	Goroutines, Files, TempFiles, Sessions, Running, Posts int
	Stacks                                                 string // of leaked goroutines
}

// manyProbes counts the leaks of 200 probes, half of which fail.
func manyProbes() (any, error) {
	c, done, err := setUpAccount()
	if err != nil {
		return nil, err
	}
	defer done()
	// The driver allocates some resources once, at its first use.
	if err := c.probeOnce(longDeadline); err != nil {
		return nil, err
	}
	files := openFiles()
	before, err := settled(0, files, runtime.NumGoroutine()) // the server's own connections end a probeStep later
	if err != nil {
		return nil, err
	}
	type injection struct {
		at    snowflaketest.Point
		fault snowflaketest.Fault
	}
	var quick, slow []injection
	for _, at := range []snowflaketest.Point{snowflaketest.AtLogin, snowflaketest.AtQuery, snowflaketest.AtList} {
		for _, fault := range []snowflaketest.Fault{
			snowflaketest.Refusal("390144", "08004", "JWT token is invalid."), snowflaketest.Status(503), snowflaketest.Reset(),
			snowflaketest.Truncated(), snowflaketest.Redirect("http://198.51.100.7/"),
		} {
			quick = append(quick, injection{at, fault})
		}
		slow = append(slow, injection{at, snowflaketest.Hang()})
	}
	var seen leaks
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
		// Without cgo, the driver leaves one folder per process.
		if !strings.HasPrefix(entry.Name(), "gosnowflake-cgo") {
			seen.TempFiles++
		}
	}
	return seen, err
}

type counted struct{ goroutines, files int }

// settled counts goroutines and open files when they are down to the expected numbers, or do not change:
// those of a connection end shortly after it is closed.
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

// openFiles counts the open files of the process, including sockets.
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

func TestProbesLeakNothing(t *testing.T) {
	t.Parallel()
	var seen leaks
	inChild(t, "200 probes", &seen)
	if seen.Stacks != "" {
		t.Errorf("leaked goroutines:\n%s", seen.Stacks)
	}
	seen.Stacks = ""
	if diff := cmp.Diff(leaks{Probes: 200, Failed: 100}, seen); diff != "" {
		t.Errorf("leaks (-want +got):\n%s", diff)
	}
}

func TestConcurrentProbes(t *testing.T) {
	t.Parallel()
	good, bad := newSetUpAccount(t), newSetUpAccount(t)
	bad.run(t, `REVOKE ROLE "FLAGSMITH_LOADER" FROM USER "FLAGSMITH_SERVICE"`)
	outcomes := make([]error, 100)
	var all sync.WaitGroup
	for i := range outcomes {
		all.Go(func() {
			c := good
			if i%2 == 1 {
				c = bad
			}
			outcomes[i] = c.probeOnce(30 * time.Second) // signatures are slow under the race detector
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
	checkNoLeaks(t, good.server)
	checkNoLeaks(t, bad.server)
}

func TestProbeRequests(t *testing.T) {
	t.Parallel()
	c := newSetUpAccount(t)
	c.mustPass(t)
	login := c.server.Logins()[0]
	want := map[string]any{
		"CLIENT_TELEMETRY_ENABLED":           "false",
		"CLIENT_VALIDATE_DEFAULT_PARAMETERS": true,
		"GO_QUERY_RESULT_FORMAT":             "JSON",
		"QUERY_TAG":                          "Flagsmith connection test",
		"QUOTED_IDENTIFIERS_IGNORE_CASE":     "false",
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
	checkNoLeaks(t, c.server)
}
