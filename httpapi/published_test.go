// The two documents that the API was asked for, word for word.

package httpapi_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
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
