package snowflake_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// children are functions that run in their own process, since the driver's first use, its output and
// leaks are visible only there. Each returns its observations.
var children = map[string]func() (any, error){
	"first login":     firstLogin,
	"client config":   brokenClientConfig,
	"200 probes":      manyProbes,
	"hostile servers": probeHostileServers,
	"env proxy":       probeThroughEnvironmentProxy,
}

const (
	childVariable  = "SNOWFLAKE_TEST_CHILD"
	resultVariable = "SNOWFLAKE_TEST_RESULT"
)

func TestMain(m *testing.M) {
	child, ok := children[os.Getenv(childVariable)]
	if !ok {
		os.Exit(m.Run())
	}
	seen, err := child()
	if err == nil {
		var result []byte
		if result, err = json.Marshal(seen); err == nil {
			err = os.WriteFile(os.Getenv(resultVariable), result, 0o600)
		}
	}
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
}

// inChild runs a child in its own environment and decodes its observations into result. It fails t if the
// child prints anything.
func inChild(t *testing.T, name string, result any, environment ...string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home, file := t.TempDir(), filepath.Join(t.TempDir(), "result.json")
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Dir = home
	cmd.Env = append([]string{
		childVariable + "=" + name, resultVariable + "=" + file, "HOME=" + home, "TMPDIR=" + t.TempDir(),
		"GOCOVERDIR=" + t.TempDir(), // avoids a warning of -cover
	}, environment...)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	err = cmd.Run()
	if printed.Len() > 0 {
		t.Errorf("it printed:\n%s", printed.Bytes())
	}
	if err != nil {
		t.Fatal(err)
	}
	seen, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(seen, result); err != nil {
		t.Fatal(err)
	}
}
