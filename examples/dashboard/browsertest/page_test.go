// Package browsertest tests the page of the dashboard in Chromium. It is a separate module, because the
// library does not depend on the browser's driver.
package browsertest

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func TestConnectSnowflake(t *testing.T) {
	url := startDashboard(t)
	ctx, browserErrors := openBrowser(t)

	steps := []struct {
		name    string
		do      chromedp.Action[chromedp.Void]
		want    string // the text that then appears in element
		element string
	}{
		{"open", chromedp.Navigate(url), "Connect Snowflake", "#create"},
		{"send nothing", chromedp.Click("#create button"), "account_identifier: This field may not be blank.", "#create-error"},
		{"connect", chromedp.Steps(
			chromedp.SendKeys("#create input", "xy12345.us-east-1"),
			chromedp.Click("#create button"),
		), "pending customer setup", "#status"},
		{"read the type", chromedp.Steps(), "Snowflake", "#type"},
		{"read the script", chromedp.Steps(), "USE ROLE SYSADMIN;", "#script"},
		{"test before setup", chromedp.Click("#test"), "JWT token is invalid.", "#error"},
		{"read the fix", chromedp.Steps(), "USE ROLE USERADMIN;", "#fix"},
		{"run the script", chromedp.Click("#run"), "error", "#status"},
		{"test again", chromedp.Click("#test"), "connected", "#status"},
		{"read the result", chromedp.Steps(), "The test passed.", "#error"},
		{"reload", chromedp.Reload(), "connected", "#status"},
		{"change organisation", organisation("2"), "Connect Snowflake", "#create"},
		{"change back", organisation("1"), "connected", "#status"},
		{"delete", chromedp.Click("#delete"), "Connect Snowflake", "#create"},
	}
	for _, step := range steps {
		// The page changes after the server responds.
		appears := `(() => { const e = document.querySelector("` + step.element + `"); return e !== null && e.checkVisibility() && e.innerText.includes("` + step.want + `") && document.querySelector("button:disabled") === null; })()`
		if err := chromedp.Do(ctx, step.do, chromedp.Poll[chromedp.Void](appears, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
			body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
			t.Fatalf("%s: %q did not appear in %s: %v\nthe page shows:\n%s", step.name, step.want, step.element, err, body)
		}
	}
	// The browser reports every response with status 400 as an error. The steps cause some.
	for _, text := range browserErrors() {
		if !strings.Contains(text, "status of 400") {
			t.Errorf("browser error: %s", text)
		}
	}
}

// organisation enters another organisation and leaves the field.
func organisation(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		chromedp.SetValue("#organisation", name),
		chromedp.Evaluate[chromedp.Void](`document.getElementById("organisation").dispatchEvent(new Event("change"))`),
	)
}

// startDashboard builds the dashboard and runs it in a temporary folder.
func startDashboard(t *testing.T) (url string) {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "dashboard")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(binary, "-addr", "127.0.0.1:0", "-key-bits", "2048")
	cmd.Dir = dir
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the dashboard ended with %v", err)
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return url
		}
	}
	t.Fatal("the dashboard did not start")
	return ""
}

// openBrowser returns a tab of a browser and a function that returns its errors.
func openBrowser(t *testing.T) (tab context.Context, browserErrors func() []string) {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is not installed")
		}
		t.Skip("Chromium is not installed")
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)...)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var seen []string
	tab, cancel = chromedp.NewContext(allocator, chromedp.WithListener(func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			seen = append(seen, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" {
				seen = append(seen, e.Entry.Text)
			}
		}
	}))
	t.Cleanup(cancel)
	return tab, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), seen...)
	}
}
