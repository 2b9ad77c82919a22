package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A browser is a tab that shows a site.
type browser struct {
	t    *testing.T
	ctx  context.Context
	site *site

	mu       sync.Mutex
	messages []string // on the console
	origins  []string // of requests
}

// chromium returns the path of the browser. Without one the test is skipped, but fails in CI.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("Chromium is not installed")
	}
	t.Skip("Chromium is not installed")
	return ""
}

func newBrowser(t *testing.T, s *site) *browser {
	t.Helper()
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
	)...)
	t.Cleanup(cancel)
	b := &browser{t: t, site: s}
	tab, cancel := chromedp.NewContext(allocator, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	b.ctx = tab
	b.do(chromedp.EmulateViewport(1000, 800))
	if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.messages = append(b.messages, exceptionText(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		for _, arg := range e.Args {
			b.messages = append(b.messages, string(e.Type)+": "+string(arg.Value))
		}
	case *log.EventEntryAdded:
		b.messages = append(b.messages, e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		b.origins = append(b.origins, e.Request.URL)
	}
}

// quiet reports console messages, CSP reports, and requests to other origins. The browser itself logs
// responses of 400 and above, and connections that were dropped: tests cause those.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, message := range b.messages {
		if !strings.HasPrefix(message, "Failed to load resource:") {
			b.t.Errorf("on the console: %s", message)
		}
	}
	for _, url := range b.origins {
		if !strings.HasPrefix(url, b.site.server.URL+"/") && !strings.HasPrefix(url, "blob:"+b.site.server.URL+"/") {
			b.t.Errorf("request to %s", url)
		}
	}
	b.site.mu.Lock()
	defer b.site.mu.Unlock()
	for _, report := range b.site.reports {
		b.t.Errorf("CSP report: %s", report)
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatalf("%v\nthe page shows:\n%s", err, b.shown())
	}
}

// eval evaluates an expression. These names are in its scope: root, the element's shadow root; button, which
// finds a button or a summary by its text, or by how that starts; field, which finds a control by its label.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](scope(expression), chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v\nthe page shows:\n%s", expression, err, b.shown())
	}
	return value
}

func scope(expression string) string {
	return `(() => {
		const element = document.querySelector("warehouse-connection"), root = element?.shadowRoot;
		const seen = (e) => e.checkVisibility();
		const buttons = () => [...root.querySelectorAll("button, summary")].filter(seen);
		const caption = (e) => e.innerText.replace("(Done)", "").trim();
		const button = (text) => buttons().findLast((e) => caption(e) === text) ?? buttons().findLast((e) => caption(e).startsWith(text));
		const field = (text) => root.getElementById([...root.querySelectorAll("label")].find((e) => e.innerText.startsWith(text))?.htmlFor);
		return (` + expression + `);
	})()`
}

// shown returns the text on the page.
func (b *browser) shown() string {
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](scope(`root ? [...root.querySelectorAll(".page, dialog")].map((e) => e.innerText).join("\n") : document.body.innerText`)))
	return text
}

// open opens the page. Attributes are for the element, as in a query.
func (b *browser) open(attributes string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.site.server.URL + "/?" + attributes))
}

// until waits until an expression holds.
func (b *browser) until(expression string) {
	b.t.Helper()
	err := chromedp.Do(b.ctx, chromedp.Poll[chromedp.Void](scope("Boolean("+expression+")"), chromedp.WithPollingTimeout(30*time.Second)))
	if err != nil {
		b.t.Fatalf("%s: %v\nthe page shows:\n%s", expression, err, b.shown())
	}
}

// sees waits until a text is shown.
func (b *browser) sees(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`root && [...root.querySelectorAll(".page, dialog")].some((e) => e.innerText.includes(%s))`, strconv.Quote(text)))
}

// click clicks on the last button or summary that is shown with a text.
func (b *browser) click(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`button(%q)`, text))
	eval[any](b, fmt.Sprintf(`(button(%q).focus(), button(%q).click(), true)`, text, text))
}

// fill waits for a field and sets its value, as a person does who types and leaves it.
func (b *browser) fill(label, value string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`root && field(%q)`, label))
	eval[any](b, fmt.Sprintf(`(() => { const f = field(%q); f.focus(); f.value = %q; for (const n of ["input", "change"]) f.dispatchEvent(new Event(n, {bubbles: true})); return true; })()`, label, value))
}

// focused returns the text or the name of the element with the focus.
func (b *browser) focused() string {
	b.t.Helper()
	return eval[string](b, `root.activeElement?.name || root.activeElement?.innerText || ""`)
}

// prefer sets the color scheme of the system.
func (b *browser) prefer(scheme string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		b.t.Fatal(err)
	}
}

func exceptionText(details *runtime.ExceptionDetails) string {
	if details.Exception != nil {
		return details.Text + " " + details.Exception.Description
	}
	return details.Text
}
