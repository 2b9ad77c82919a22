// Package readmetest checks the README and the documents against the code.
package readmetest

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := len(strings.Fields(readme(t))); n >= 900 {
		t.Errorf("the README has %d words, want fewer than 900", n)
	}
}

// TestReadmeProgram pastes the README's program into an empty module, starts it and sends a request.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	_, rest, found := strings.Cut(readme(t), "```go\n")
	program, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatal("the README has no program")
	}
	program = strings.Replace(program, "127.0.0.1:8080", "127.0.0.1:0", 1)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), program)
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), string(sums))
	module, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "mod", "init", "example.test/readme")
	run(t, dir, "go", "mod", "edit", "-require=github.com/warehousekit/warehousekit@v0.0.0",
		"-replace=github.com/warehousekit/warehousekit="+module)
	run(t, dir, "go", "vet", "-mod=mod", ".")
	run(t, dir, "go", "build", "-mod=mod", "-o", "program", ".")
	if unformatted := run(t, dir, "gofmt", "-l", "main.go"); unformatted != "" {
		t.Error("the README's program is not formatted")
	}

	for _, start := range []string{"creates its keyset", "reads its keyset"} {
		t.Run(start, func(t *testing.T) {
			url := startProgram(t, dir)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/organisations/8/warehouse-connections/", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer demo")
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("got status %d, want 200", response.StatusCode)
			}
		})
	}
}

// startProgram starts the program in dir until the test ends, and returns its URL.
func startProgram(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "./program") // killed when the test ends
	cmd.Dir = dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "listening on "); ok {
			return url
		}
		t.Log(lines.Text())
	}
	t.Fatal("the program ended")
	return ""
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
