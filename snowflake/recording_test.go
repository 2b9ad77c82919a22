package snowflake_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
)

// Paths of the protocol.
const (
	loginPath = "/session/v1/login-request"
	queryPath = "/queries/v1/query-request"
	closePath = "/session"
	pollPath  = "/queries/01b2c3d4-0000-1a2b-0000-000000000001/result"
)

// An exchange is a recorded request and its response.
type exchange struct {
	method, path string // of the request
	status       int
	location     string // of a redirect; HOST stands for the server's own
	body         string
}

// A recording is a conversation with a server, as the driver's own tests record them.
type recording []exchange

func answer(path, body string) exchange {
	return exchange{method: http.MethodPost, path: path, status: http.StatusOK, body: body}
}

func (e exchange) withStatus(status int) exchange { e.status = status; return e }

func polled(body string) exchange {
	return exchange{method: http.MethodGet, path: pollPath, status: http.StatusOK, body: body}
}

func redirect(path, to string, status int) exchange {
	return exchange{method: http.MethodPost, path: path, status: status, location: to}
}

func success(data string) string {
	return `{"data":` + data + `,"code":null,"message":null,"success":true}`
}

func refused(code, message string) string {
	return fmt.Sprintf(`{"data":{"sqlState":"08004","errorCode":%q,"queryId":"01b2c3d4-0000-1a2b-0000-000000000001","age":0},"code":%q,"message":%q,"success":false}`,
		code, code, message)
}

func inProgress(code, resultURL string) string {
	return fmt.Sprintf(`{"data":{"getResultUrl":%q,"queryAbortsAfterSecs":300,"progressDesc":null,"queryId":"01b2c3d4-0000-1a2b-0000-000000000001"},`+
		`"code":%q,"message":"Query execution in progress.","success":true}`, resultURL, code)
}

// Parts of the data of results.
const (
	sessionData = `"finalDatabaseName":"FLAGSMITH","finalSchemaName":"ANALYTICS","finalWarehouseName":"COMPUTE_WH","finalRoleName":"FLAGSMITH_LOADER"`
	selectTypes = `"rowtype":[{"name":"1","type":"fixed","scale":0,"precision":1,"nullable":false},` +
		`{"name":"CURRENT_ROLE()","type":"text","length":16777216,"nullable":true},{"name":"CURRENT_WAREHOUSE()","type":"text","nullable":true},` +
		`{"name":"CURRENT_DATABASE()","type":"text","nullable":true},{"name":"CURRENT_SCHEMA()","type":"text","nullable":true}]`
	selectRows = `"rowset":[["1","FLAGSMITH_LOADER","COMPUTE_WH","FLAGSMITH","ANALYTICS"]],"total":1,"returned":1`
	listTypes  = `"rowtype":[{"name":"name","type":"text"},{"name":"size","type":"fixed"},{"name":"md5","type":"text"},{"name":"last_modified","type":"text"}]`
	listRows   = `"rowset":[],"total":0,"returned":0`
	oneChunk   = `"chunks":[{"url":"https://bucket.s3.amazonaws.com/chunk","rowCount":1,"uncompressedSize":33,"compressedSize":33}]`
	selectID   = `"statementTypeId":4096`
	insertID   = `"statementTypeId":12544`
	listID     = `"statementTypeId":18944`
	inJSON     = `"queryResultFormat":"json"`
	inArrow    = `"queryResultFormat":"arrow"`
)

// result returns the response to a statement that has passed.
func result(parts ...string) string {
	parts = append(parts, `"parameters":[{"name":"TIMEZONE","value":"America/Los_Angeles"}]`, `"queryId":"01b2c3d4-0000-1a2b-0000-000000000001"`, `"version":1`)
	return success("{" + strings.Join(parts, ",") + "}")
}

// Responses of a probe that passes.
var (
	loginResult = success(`{"token":"ver:3-hint:1-session","masterToken":"ver:3-hint:1-master","validityInSeconds":3600,"masterValidityInSeconds":14400,` +
		`"displayUserName":"FLAGSMITH_SERVICE","serverVersion":"9.36.1","firstLogin":false,"sessionId":1172562260498,"newClientForUpgrade":null,` +
		`"parameters":[{"name":"CLIENT_TELEMETRY_ENABLED","value":true},{"name":"TIMEZONE","value":"America/Los_Angeles"},{"name":"CLIENT_PREFETCH_THREADS","value":4}],` +
		`"sessionInfo":{"databaseName":"FLAGSMITH","schemaName":"ANALYTICS","warehouseName":"COMPUTE_WH","roleName":"FLAGSMITH_LOADER"}}`)
	selectResult = result(selectTypes, selectRows, selectID, inJSON, sessionData, `"queryContext":{"entries":[{"id":0,"timestamp":1777777777777,"priority":0}]}`)
	listResult   = result(listTypes, listRows, listID, inJSON, sessionData)

	opened   = answer(loginPath, loginResult)
	selected = answer(queryPath, selectResult)
	listed   = answer(queryPath, listResult)
	ended    = answer(closePath, success("null"))
)

// A player plays a recording, and records the requests that it does not expect.
type player struct {
	server *httptest.Server

	mu         sync.Mutex
	left       recording
	unexpected []string
	bodies     []string // of all requests
}

func play(t testing.TB, r recording) *player {
	t.Helper()
	p := &player{left: r}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

func (p *player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bodies = append(p.bodies, string(body))
	if len(p.left) == 0 || p.left[0].method != r.Method || p.left[0].path != r.URL.Path {
		p.unexpected = append(p.unexpected, r.Method+" "+r.URL.Path)
		http.Error(w, "not recorded", http.StatusTeapot)
		return
	}
	next := p.left[0]
	p.left = p.left[1:]
	w.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(next.body, "<") {
		w.Header().Set("Content-Type", "text/html")
	}
	if next.location != "" {
		w.Header().Set("Location", strings.ReplaceAll(next.location, "HOST", r.Host))
	}
	w.WriteHeader(next.status)
	_, _ = io.WriteString(w, next.body)
}

// connectTo returns an account whose probes go to a server.
func connectTo(t testing.TB, server string) *account {
	t.Helper()
	if _, err := url.Parse(server); err != nil {
		t.Fatal(err)
	}
	c := &account{keys: testKeys(), log: new(logBuffer)}
	c.connector = newConnector(t, &snowflake.Options{Product: "Flagsmith", KeyPool: -1, Endpoint: server, Logger: slog.New(slog.NewTextHandler(c.log, nil))})
	c.config = c.connector.Config().(*snowflake.Config)
	c.config.AccountIdentifier = "xy12345.us-east-1"
	return c
}

// outcome is what a probe returns. The zero outcome is that of a probe that passes.
type outcome struct {
	step, code, vendorCode, message string
}

func (c *account) outcome(t testing.TB) outcome {
	t.Helper()
	_, failure := c.probe(t, longDeadline)
	if failure == nil {
		return outcome{}
	}
	return outcome{failure.Step, string(failure.Code), failure.VendorCode, failure.Message}
}

func TestRecordings(t *testing.T) {
	t.Parallel()
	for name, r := range recordings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := play(t, r.recording)
			c := connectTo(t, p.server.URL)
			if diff := cmp.Diff(r.want, c.outcome(t), cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.unexpected) > 0 || len(p.left) > 0 {
				t.Errorf("unexpected requests: %q, requests that were not sent: %+v", p.unexpected, p.left)
			}
		})
	}
}
