// The two documents that the API was asked for, word for word.

package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

const seedObject = `{
    "id": "wc_abc123",
    "type": "snowflake",
    "status": "connected",
    "config": {
      "account_identifier": "xy12345.us-east-1",
      "warehouse": "COMPUTE_WH",
      "database": "FLAGSMITH",
      "schema": "ANALYTICS",
      "role": "FLAGSMITH_LOADER",
      "user": "FLAGSMITH_SERVICE"
    },
    "public_key": "MIICIjANBgkq...",
    "setup_script": "-- Flagsmith Analytics\nUSE ROLE SYSADMIN;\n...",
    "created_at": "2026-04-17T10:00:00Z",
    "last_tested_at": "2026-04-17T10:05:00Z",
    "last_error": null
  }`

const seedSuccess = `{
"success": true,
"tested_at": "2026-04-17T10:05:00Z"
}`

const seedFailure = `{
"success": false,
"tested_at": "2026-04-17T10:05:00Z",
"error": "SQL access control error: Insufficient privileges to operate on warehouse 'COMPUTE_WH'"
}`

var errSeed = errors.New("SQL access control error: Insufficient privileges to operate on warehouse 'COMPUTE_WH'")

// atThePublishedTest moves the clock to when the published example's test ended.
func atThePublishedTest() { time.Sleep(time.Until(time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC))) }

func TestListIsTheSeedsDocument(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{})
	same(t, "the list without a connection", "[]", h.send("GET", "/", "").body)
	h.seedTested()
	same(t, "the list with one", compact(t, "["+seedObject+"]"), h.send("GET", "/", "").body)
}

func TestDetailIsTheSeedsDocument(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{})
	missing := h.send("GET", "/wc_abc123/", "")
	same(t, "the status of a connection that does not exist", 404, missing.status)
	h.seedTested()
	got := h.send("GET", "/wc_abc123/", "")
	same(t, "the status", 200, got.status)
	same(t, "the detail", compact(t, seedObject), got.body)
}

func TestTestIsTheSeedsDocument(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name              string
		failure           error
		want              string
		status, lastError string // of the row afterwards, as JSON
	}{
		{"success", nil, seedSuccess, `"connected"`, `null`},
		{"failure", errSeed, seedFailure, `"error"`,
			`"SQL access control error: Insufficient privileges to operate on warehouse 'COMPUTE_WH'"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			document(t) // its loading needs no fake clock
			synctest.Test(t, func(t *testing.T) {
				connector := newConnector()
				connector.ProbeFunc = steps(nil, test.failure, nil)
				h := newHouse(t, plan{connector: connector})
				h.seed()
				atThePublishedTest()
				got := h.send("POST", "/wc_abc123/test/", "")
				same(t, "the status", 200, got.status)
				same(t, "the result", compact(t, test.want), got.body)

				want := compact(t, seedObject)
				want = replaceOnce(t, want, `"connected"`, test.status)
				want = replaceOnce(t, want, `"last_error":null`, `"last_error":`+test.lastError)
				same(t, "the connection afterwards", want, h.send("GET", "/wc_abc123/", "").body)
			})
		})
	}
}

func TestTheScriptIsTheSameEachTimeThePageIsOpened(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{})
	id := h.create()
	h.connector.SetupScriptFunc = func(any, string) (string, error) { return "", errors.New("the script is made once") }
	first, second := h.send("GET", "/"+id+"/", ""), h.send("GET", "/"+id+"/", "")
	same(t, "the second time", first.body, second.body)
}

func TestASensitiveFieldIsTakenAndNeverShown(t *testing.T) {
	t.Parallel()
	const password = "a-password-that-nobody-may-see"
	connector := newConnector()
	connector.ConfigFunc = func() any { return &configWithPassword{"", "W", "D", "S", "R", "U", ""} }
	connector.SensitiveFieldsFunc = func() []string { return []string{"password"} }
	connector.PresetFieldsFunc = nil
	connector.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
		return nil, fmt.Errorf("login failed for %+v", *target.Config().(*configWithPassword))
	}
	h := newHouse(t, plan{connector: connector, document: documentWithPassword(t)})
	var all bytes.Buffer
	show := func(got answer, want int) {
		t.Helper()
		all.WriteString(got.body + "\n")
		if got.status != want {
			t.Errorf("the answer is %d %s, and not %d", got.status, got.body, want)
		}
	}
	got := h.send("POST", "/", `{"type":"snowflake","account_identifier":"x","password":"`+password+`"}`)
	show(got, 201)
	var created struct{ ID string }
	if err := json.Unmarshal([]byte(got.body), &created); err != nil {
		t.Fatal(err)
	}
	path := "/" + created.ID + "/"
	show(h.send("GET", path, ""), 200)
	show(h.send("POST", path+"test/?include=diagnosis", ""), 200)
	if n := len(h.connector.Targets()); n != 1 {
		t.Fatalf("%d probes ran", n)
	}
	if got := h.connector.Targets()[0].Config().(*configWithPassword).Password; got != password {
		t.Errorf("the probe got the password %q", got)
	}
	show(h.send("PATCH", path, `{"password":"`+password+`"}`), 200)
	show(h.send("PATCH", path, `{"password":["`+password+`"]}`), 400)
	show(h.send("PUT", path, `{"warehouse":"V"}`), 200)
	show(h.send("GET", path+"?include=diagnosis", ""), 200)
	show(h.send("GET", "/", ""), 200)
	for what, text := range map[string]string{"the answers": all.String(), "the log": h.log.String(), "the events": fmt.Sprintf("%+v", h.told())} {
		if strings.Contains(text, password) || strings.Contains(text, privateKey) {
			t.Errorf("%s hold a secret: %s", what, text)
		}
	}
}

// idForm finds the id of a new connection.
var idForm = regexp.MustCompile(`"wc_[a-z0-9]{26}"`)

func replaceOnce(t testing.TB, text, old, replacement string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is there %d times in %s", old, strings.Count(text, old), text)
	}
	return strings.Replace(text, old, replacement, 1)
}
