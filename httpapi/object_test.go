package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

const exampleObject = `{
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

const exampleSuccess = `{
"success": true,
"tested_at": "2026-04-17T10:05:00Z"
}`

const exampleFailure = `{
"success": false,
"tested_at": "2026-04-17T10:05:00Z",
"error": "SQL access control error: Insufficient privileges to operate on warehouse 'COMPUTE_WH'"
}`

var errExample = errors.New("SQL access control error: Insufficient privileges to operate on warehouse 'COMPUTE_WH'")

// sleepUntilExampleTest advances the clock to the tested_at of the published example.
func sleepUntilExampleTest() { time.Sleep(time.Until(time.Date(2026, 4, 17, 10, 5, 0, 0, time.UTC))) }

func TestTestResult(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name              string
		failure           error
		want              string
		status, lastError string // of the row afterwards, as JSON
	}{
		{"success", nil, exampleSuccess, `"connected"`, `null`},
		{"failure", errExample, exampleFailure, `"error"`,
			`"SQL access control error: Insufficient privileges to operate on warehouse 'COMPUTE_WH'"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			document(t) // load it outside the synctest bubble
			synctest.Test(t, func(t *testing.T) {
				connector := newConnector()
				connector.ProbeFunc = steps(nil, test.failure, nil)
				s := newServer(t, options{connector: connector})
				s.insert()
				sleepUntilExampleTest()
				got := s.send("POST", "/wc_abc123/test/", "")
				equal(t, "the status", 200, got.status)
				equal(t, "the result", compact(t, test.want), got.body)

				want := compact(t, exampleObject)
				want = replaceOnce(t, want, `"connected"`, test.status)
				want = replaceOnce(t, want, `"last_error":null`, `"last_error":`+test.lastError)
				equal(t, "the connection afterwards", want, s.send("GET", "/wc_abc123/", "").body)
			})
		})
	}
}

func TestSetupScriptStored(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	id := s.create()
	s.connector.SetupScriptFunc = func(any, string) (string, error) { return "", errors.New("the script is made once") }
	first, second := s.send("GET", "/"+id+"/", ""), s.send("GET", "/"+id+"/", "")
	equal(t, "the second time", first.body, second.body)
}

func TestSensitiveField(t *testing.T) {
	t.Parallel()
	const password = "a-password-that-nobody-may-see"
	connector := newConnector()
	connector.ConfigFunc = func() any { return &configWithPassword{"", "W", "D", "S", "R", "U", ""} }
	connector.SensitiveFieldsFunc = func() []string { return []string{"password"} }
	connector.PresetFieldsFunc = nil
	connector.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
		return nil, fmt.Errorf("login failed for %+v", *target.Config().(*configWithPassword))
	}
	s := newServer(t, options{connector: connector, document: documentWithPassword(t)})
	var all bytes.Buffer
	show := func(got response, want int) {
		t.Helper()
		all.WriteString(got.body + "\n")
		if got.status != want {
			t.Errorf("got %d %s, want %d", got.status, got.body, want)
		}
	}
	got := s.send("POST", "/", `{"type":"snowflake","account_identifier":"x","password":"`+password+`"}`)
	show(got, 201)
	var created struct{ ID string }
	if err := json.Unmarshal([]byte(got.body), &created); err != nil {
		t.Fatal(err)
	}
	path := "/" + created.ID + "/"
	show(s.send("GET", path, ""), 200)
	show(s.send("POST", path+"test/?include=diagnosis", ""), 200)
	if n := len(s.connector.Targets()); n != 1 {
		t.Fatalf("%d probes ran", n)
	}
	if got := s.connector.Targets()[0].Config().(*configWithPassword).Password; got != password {
		t.Errorf("the probe got the password %q", got)
	}
	show(s.send("PATCH", path, `{"password":"`+password+`"}`), 200)
	show(s.send("PATCH", path, `{"password":["`+password+`"]}`), 400)
	got = s.send("PUT", path, `{"warehouse":"V"}`)
	show(got, 400)
	equal(t, "another field changed", got.body, `{"password":["Enter this field again: another field changed, `+
		`and the stored value is only sent to where it was entered for."]}`)
	show(s.send("PUT", path, `{"warehouse":"V","password":"`+password+`"}`), 200)
	show(s.send("GET", path+"?include=diagnosis", ""), 200)
	show(s.send("GET", "/", ""), 200)
	for name, text := range map[string]string{"the answers": all.String(), "the log": s.log.String(), "the events": fmt.Sprintf("%+v", s.recordedEvents())} {
		if strings.Contains(text, password) || strings.Contains(text, privateKey) {
			t.Errorf("%s contain a secret: %s", name, text)
		}
	}
}

// idForm matches the id of a new connection.
var idForm = regexp.MustCompile(`"wc_[a-z0-9]{26}"`)

func TestConnectionOfRemovedType(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	service := warehousetest.NewService(t, nil, &warehousetest.ServiceOptions{Store: s.rows, Sealer: s.sealer})
	var err error
	s.handler, err = httpapi.NewHandler(service, func(*http.Request, action) (caller, error) { return ada, nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	const gone = `{"detail":"This type of connection is no longer supported. The connection can only be read and deleted."}`
	for _, request := range []struct{ method, path, body string }{
		{"PATCH", "/wc_abc123/", `{"warehouse":"W"}`},
		{"PUT", "/wc_abc123/", `{"account_identifier":"xy12345.us-east-1"}`},
		{"POST", "/wc_abc123/test/", ""},
	} {
		wantResponse(t, request.method+" "+request.path, s.send(request.method, request.path, request.body), 409, gone)
	}
	for _, path := range []string{"/", "/wc_abc123/"} {
		if got := s.send("GET", path, ""); got.status != 200 || !strings.Contains(got.body, `"type":"snowflake"`) {
			t.Errorf("GET %s got %d %s", path, got.status, got.body)
		}
	}
	if got := s.send("DELETE", "/wc_abc123/", ""); got.status != 204 {
		t.Errorf("the DELETE got %d %s", got.status, got.body)
	}
}
