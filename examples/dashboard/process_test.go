package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// TestMain runs the dashboard if a test started this binary as one.
func TestMain(m *testing.M) {
	if os.Getenv("DASHBOARD_RUN_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A process is a running dashboard.
type process struct {
	t      *testing.T
	url    string
	cmd    *exec.Cmd
	output *warehousetest.Log // stdout and stderr
	bodies *warehousetest.Log // the bodies of all responses
}

func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	args = append([]string{"-addr", "127.0.0.1:0", "-key-bits", "2048"}, args...)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DASHBOARD_RUN_MAIN=1")
	return cmd
}

// start runs a dashboard in dir until stop is called or the test ends.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, output: &warehousetest.Log{}, bodies: &warehousetest.Log{}}
	p.cmd = command(context.WithoutCancel(t.Context()), dir, args...)
	p.cmd.Stderr = p.output
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		fmt.Fprintln(p.output, lines.Text())
		if url, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			p.url = url
			go func() { _, _ = io.Copy(p.output, stdout) }()
			return p
		}
	}
	_ = p.cmd.Wait()
	t.Fatalf("the dashboard did not start: %s", p.output)
	return nil
}

// stop sends the signal and waits until the process has exited.
func (p *process) stop(signal syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("the dashboard exited with %v: %s", err, p.output)
	}
}

// failToStart runs a dashboard that exits with an error, and returns its output.
func failToStart(t *testing.T, dir string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := command(ctx, dir, args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the dashboard exited with %v, want exit code 1: %s", err, out)
	}
	return string(out)
}

func connectionsPath(organisation string) string {
	return "/api/v1/organisations/" + organisation + "/integrations/warehouse-connections/"
}

// call sends a request as a member of the organisation.
func (p *process) call(method, organisation, path, body string) (status int, response string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+connectionsPath(organisation)+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer demo-"+organisation)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return p.do(req)
}

func (p *process) do(req *http.Request) (status int, body string) {
	p.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = p.bodies.Write(append(text, '\n'))
	return res.StatusCode, string(text)
}

// A connection holds the members of a connection that the tests check.
type connection struct {
	ID          string  `json:"id"`
	Status      string  `json:"status"`
	PublicKey   string  `json:"public_key"`
	SetupScript string  `json:"setup_script"`
	LastError   *string `json:"last_error"`
}

type testResult struct {
	Success bool   `json:"success"`
	Error   string `json:"error"`
}

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}

func (p *process) create(organisation string) connection {
	p.t.Helper()
	status, body := p.call("POST", organisation, "", `{"type": "snowflake", "account_identifier": "xy12345.us-east-1"}`)
	if status != http.StatusCreated {
		p.t.Fatalf("create: status %d: %s", status, body)
	}
	return decode[connection](p.t, body)
}

func (p *process) test(organisation, id string) testResult {
	p.t.Helper()
	status, body := p.call("POST", organisation, id+"/test/", "")
	if status != http.StatusOK {
		p.t.Fatalf("test: status %d: %s", status, body)
	}
	return decode[testResult](p.t, body)
}

func (p *process) detail(organisation, id string) connection {
	p.t.Helper()
	status, body := p.call("GET", organisation, id+"/", "")
	if status != http.StatusOK {
		p.t.Fatalf("detail: status %d: %s", status, body)
	}
	return decode[connection](p.t, body)
}

// runInSnowflake runs a script in the Snowflake demo.
func (p *process) runInSnowflake(script string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/demo/snowflake/run", strings.NewReader(script))
	if err != nil {
		p.t.Fatal(err)
	}
	if status, body := p.do(req); status != http.StatusOK {
		p.t.Fatalf("the Snowflake demo returned status %d: %s", status, body)
	}
}

// files returns the contents of the database files.
func files(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "warehousekit.db*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no database files: %v", err)
	}
	var all strings.Builder
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}
