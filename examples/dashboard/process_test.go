package main

import (
	"bufio"
	"bytes"
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
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests run the program as its users do: as a process of its own, which is this test binary.
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
	output *lockedBuffer // what it printed, both streams
	seen   *lockedBuffer // every answer it gave
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	args = append([]string{"-addr", "127.0.0.1:0", "-key-bits", "2048"}, args...)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DASHBOARD_RUN_MAIN=1")
	return cmd
}

// start runs a dashboard in dir until the test ends, or stop is called.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: command(context.WithoutCancel(t.Context()), dir, args...), output: &lockedBuffer{}, seen: &lockedBuffer{}}
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

// stop asks the process to end with a signal, and waits until it has.
func (p *process) stop(signal syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("the dashboard ended with %v: %s", err, p.output)
	}
}

// refusesToStart runs a dashboard that ends by itself, and returns what it said.
func refusesToStart(t *testing.T, dir string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := command(ctx, dir, args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the dashboard ended with %v, want exit code 1: %s", err, out)
	}
	return string(out)
}

func connectionsPath(organisation string) string {
	return "/api/v1/organisations/" + organisation + "/integrations/warehouse-connections/"
}

// call asks as a member of an organisation.
func (p *process) call(method, organisation, path, body string) (status int, answer string) {
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

func (p *process) do(req *http.Request) (status int, answer string) {
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
	_, _ = p.seen.Write(append(text, '\n'))
	return res.StatusCode, string(text)
}

// connection is as much of an answer as these tests look at.
type connection struct {
	ID          string  `json:"id"`
	Status      string  `json:"status"`
	PublicKey   string  `json:"public_key"`
	SetupScript string  `json:"setup_script"`
	LastError   *string `json:"last_error"`
}

type testAnswer struct {
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
	status, answer := p.call("POST", organisation, "", `{"type": "snowflake", "account_identifier": "xy12345.us-east-1"}`)
	if status != http.StatusCreated {
		p.t.Fatalf("create answered %d: %s", status, answer)
	}
	return decode[connection](p.t, answer)
}

func (p *process) test(organisation, id string) testAnswer {
	p.t.Helper()
	status, answer := p.call("POST", organisation, id+"/test/", "")
	if status != http.StatusOK {
		p.t.Fatalf("test answered %d: %s", status, answer)
	}
	return decode[testAnswer](p.t, answer)
}

func (p *process) detail(organisation, id string) connection {
	p.t.Helper()
	status, answer := p.call("GET", organisation, id+"/", "")
	if status != http.StatusOK {
		p.t.Fatalf("detail answered %d: %s", status, answer)
	}
	return decode[connection](p.t, answer)
}

// runInSnowflake runs a script in the demonstration's Snowflake, as its administrator.
func (p *process) runInSnowflake(script string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/demo/snowflake/run", strings.NewReader(script))
	if err != nil {
		p.t.Fatal(err)
	}
	if status, answer := p.do(req); status != http.StatusOK {
		p.t.Fatalf("the demonstration's Snowflake answered %d: %s", status, answer)
	}
}

// files returns the contents of the database's files.
func files(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "warehousekit.db*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("found no database: %v", err)
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
