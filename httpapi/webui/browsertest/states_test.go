package browsertest

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var screenshots = flag.String("screenshots", "", "write a screenshot of each state, in both themes, to this `folder`")

// states bring a new site and its page to each state that the page has.
var states = []struct {
	name string
	to   func(s *site, b *browser)
}{
	{"loading", func(s *site, b *browser) {
		s.on("GET types/", s.hang())
		b.open("")
		b.sees("Loading…")
	}},
	{"connect", func(_ *site, b *browser) {
		b.open("")
		b.sees("Account identifier")
	}},
	{"connect-types", func(s *site, b *browser) {
		s.offer("snowflake", "fake")
		b.open("")
		b.sees("Which warehouse do you use?")
	}},
	{"connect-names", func(_ *site, b *browser) {
		b.open("")
		b.click("Names to use in your warehouse")
		b.sees("Logs in with the key.")
	}},
	{"connect-invalid", func(_ *site, b *browser) {
		b.open("")
		b.click("Names to use in your warehouse")
		b.fill("Role", "ACCOUNTADMIN")
		b.click("Create the connection")
		b.sees("This field is required.")
	}},
	{"connect-offline", func(s *site, b *browser) {
		s.on("POST ", offline)
		b.open("")
		b.fill("Account identifier", "myorg-account123")
		b.click("Create the connection")
		b.sees("We could not reach the server")
	}},
	{"connect-busy", func(s *site, b *browser) {
		s.on("POST ", respond(http.StatusTooManyRequests, `{"detail":"Request was throttled."}`))
		b.open("")
		b.fill("Account identifier", "myorg-account123")
		b.click("Create the connection")
		b.sees("Try again in")
	}},
	{"connect-exists", func(s *site, b *browser) {
		b.open("")
		b.sees("Account identifier")
		s.connect()
		b.fill("Account identifier", "myorg-account123")
		b.click("Create the connection")
		b.sees("There is a connection already")
	}},
	{"connect-check", func(s *site, b *browser) {
		s.supports("check")
		s.on("POST test/", respond(http.StatusOK, `{"success":false,"tested_at":"2026-04-17T10:05:00Z","error":"404","diagnosis":{"step":"account","code":"account_not_found","vendor_code":null,"hint":"Snowflake has no account myorg-account124. Check the account identifier.","fix":null,"steps":[]}}`))
		b.open("")
		b.fill("Account identifier", "myorg-account124")
		b.sees("This account does not exist")
	}},
	{"pending", func(s *site, b *browser) {
		s.connect()
		b.open("")
		b.sees("SHA256:")
	}},
	{"pending-administrator", func(s *site, b *browser) {
		s.connect()
		b.open("")
		b.sees("SHA256:")
		b.click("Send it to your administrator")
		b.sees("please run the script below")
	}},
	{"testing", func(s *site, b *browser) {
		s.connect()
		s.on("POST {id}/test/", s.hang())
		b.open("")
		b.click("Test the connection")
		b.sees("Testing…")
	}},
	{"failed-script-first", func(s *site, b *browser) {
		s.connect()
		s.test()
		b.open("")
		b.sees("Run the setup script first")
		b.click("The script has run already?")
	}},
	{"failed-fix", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.sql(`USE ROLE SECURITYADMIN; REVOKE READ, WRITE ON STAGE FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE FROM ROLE FLAGSMITH_LOADER;`)
		s.test()
		b.open("")
		b.sees("How to fix it")
	}},
	{"failed-raw", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.sql(`USE ROLE ACCOUNTADMIN; ALTER USER FLAGSMITH_SERVICE SET DISABLED = TRUE;`)
		s.test()
		b.open("")
		b.click("Message from Snowflake")
		b.sees("390101")
	}},
	{"failed-hostile", func(s *site, b *browser) {
		hostile(s)
		b.open("")
		b.click("Message from Example warehouse")
		b.sees("<img src=x onerror=")
	}},
	{"test-busy", func(s *site, b *browser) {
		s.connect()
		s.on("POST {id}/test/", respond(http.StatusTooManyRequests, `{"detail":"Too many tests."}`))
		b.open("")
		b.click("Test the connection")
		b.sees("Too many tests at once")
	}},
	{"test-conflict", func(s *site, b *browser) {
		s.connect()
		s.on("POST {id}/test/", respond(http.StatusConflict, `{"detail":"Changed."}`))
		b.open("")
		b.click("Test the connection")
		b.sees("The connection changed")
	}},
	{"test-server-error", func(s *site, b *browser) {
		s.connect()
		s.on("POST {id}/test/", respond(http.StatusInternalServerError, `{"detail":"Internal server error."}`))
		b.open("")
		b.click("Test the connection")
		b.sees("Something went wrong on our side")
	}},
	{"connected", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.test()
		b.open("")
		b.sees("every check passed")
	}},
	{"connected-unfolded", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.test()
		b.open("")
		b.sees("every check passed")
		b.click("Test")
		b.sees("List the stage")
		b.click("Run the setup script")
		b.sees("SHA256:")
	}},
	{"edit", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.test()
		b.open("")
		b.click("Edit")
		b.sees("After you save a change")
	}},
	{"edit-secret", func(s *site, b *browser) {
		s.offer("fake")
		s.call(http.MethodPost, "", `{"type":"fake","account":"db.example.com","password":"correct horse"}`)
		s.test()
		s.on("PATCH {id}/", respond(http.StatusBadRequest, `{"password":["Enter this field again: another field changed, and the stored value is only sent to where it was entered for."]}`))
		b.open("")
		b.click("Edit")
		b.fill("Database", "OTHER")
		b.click("Save")
		b.sees("Enter this field again")
	}},
	{"edited", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.test()
		b.open("")
		b.click("Edit")
		b.fill("Schema", "OTHER")
		b.click("Save")
		b.sees("Saved.")
		b.sees("SHA256:")
	}},
	{"disconnect", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.test()
		b.open("")
		b.click("Disconnect")
		b.click("Remove them from Snowflake too")
		b.sees("DROP USER")
	}},
	{"disconnect-forbidden", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.test()
		s.on("DELETE {id}/", respond(http.StatusForbidden, `{"detail":"You do not have permission to perform this action."}`))
		b.open("")
		b.click("Disconnect")
		b.sees("Disconnect Snowflake?")
		b.click("Disconnect")
		b.sees("You do not have access")
	}},
	{"gone", func(s *site, b *browser) {
		id := s.connect().ID
		b.open("")
		b.sees("SHA256:")
		s.call(http.MethodDelete, id+"/", "")
		b.click("Test the connection")
		b.sees("This connection no longer exists")
	}},
	{"forbidden", func(s *site, b *browser) {
		s.on("GET ", respond(http.StatusForbidden, `{"detail":"You do not have permission to perform this action."}`))
		b.open("")
		b.sees("You do not have access")
	}},
	{"signed-out", func(s *site, b *browser) {
		s.on("GET ", respond(http.StatusUnauthorized, `{"detail":"Authentication credentials were not provided."}`))
		b.open("")
		b.sees("You are signed out")
	}},
	{"not-found", func(s *site, b *browser) {
		s.on("GET ", respond(http.StatusNotFound, `{"detail":"Not found."}`))
		b.open("")
		b.sees("There is nothing at this address")
	}},
	{"offline", func(s *site, b *browser) {
		s.on("GET ", offline)
		b.open("")
		b.sees("We could not reach the server")
	}},
	{"server-error", func(s *site, b *browser) {
		s.on("GET ", respond(http.StatusBadGateway, `<html>Bad gateway</html>`))
		b.open("")
		b.sees("Something went wrong on our side")
	}},
	{"readonly-empty", func(_ *site, b *browser) {
		b.open("readonly=true")
		b.sees("No warehouse is connected.")
	}},
	{"readonly", func(s *site, b *browser) {
		s.connect()
		s.run()
		s.test()
		b.open("readonly=true")
		b.sees("every check passed")
	}},
}

// Each state is accessible in both themes and fits a small screen.
func TestStates(t *testing.T) {
	axe := axeSource(t)
	if *screenshots != "" {
		if err := os.MkdirAll(*screenshots, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, state := range states {
		t.Run(state.name, func(t *testing.T) {
			s := newSite(t)
			b := newBrowser(t, s)
			state.to(s, b)
			b.do(chromedp.Evaluate[chromedp.Void](axe))
			for _, theme := range []string{"light", "dark"} {
				b.prefer(theme)
				for _, violation := range eval[[]violation](b, runAxe) {
					t.Errorf("%s: %s", theme, violation)
				}
				b.screenshot(state.name + "-" + theme)
			}
			b.do(chromedp.EmulateViewport(360, 740))
			if width := eval[int](b, `document.documentElement.scrollWidth`); width > 360 {
				t.Errorf("at 360 pixels the page is %d pixels wide: %s", width, eval[string](b, widest))
			}
			b.prefer("light")
			b.screenshot(state.name + "-small")
			b.quiet()
		})
	}
}

// widest describes elements that end right of the page.
const widest = `[...root.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > 360.5).map((e) => e.localName + "." + e.className).join(" ")`

const runAxe = `axe.run(document, {preload: false, resultTypes: ["violations"]}).then((result) => result.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.map((n) => n.target.flat().join(" ") + ": " + n.failureSummary)})))`

type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

func (v violation) String() string {
	return fmt.Sprintf("%s: %s\n\t%s", v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
}

// axeSource returns the script of axe-core, which "npm ci" installs.
func axeSource(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("axe-core is not installed: run npm ci in this folder")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

func (b *browser) screenshot(name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	image, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), image, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
