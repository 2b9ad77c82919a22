package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

func TestConnectSnowflake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir)

	created := p.create("8")
	if created.Status != "pending_customer_setup" {
		t.Errorf("after create the status is %q", created.Status)
	}
	if got := p.test("8", created.ID); got.Success || !strings.HasPrefix(got.Error, "JWT token is invalid. [") {
		t.Errorf("before setup, the test returned %+v", got)
	}
	if got := p.detail("8", created.ID); got.Status != "error" || got.LastError == nil {
		t.Errorf("before setup, the connection is %+v", got)
	}

	p.runInSnowflake(created.SetupScript)
	if got := p.test("8", created.ID); got != (testResult{Success: true}) {
		t.Errorf("after setup, the test returned %+v", got)
	}
	connected := p.detail("8", created.ID)
	if connected.Status != "connected" || connected.LastError != nil {
		t.Errorf("after setup, the connection is %+v", connected)
	}

	p.runInSnowflake("USE ROLE SECURITYADMIN; REVOKE USAGE ON WAREHOUSE COMPUTE_WH FROM ROLE FLAGSMITH_LOADER;")
	if got := p.test("8", created.ID); got.Success || !strings.Contains(got.Error, "warehouse") {
		t.Errorf("without USAGE on the warehouse, the test returned %+v", got)
	}
	p.runInSnowflake(created.SetupScript)
	p.runInSnowflake("USE ROLE SYSADMIN; DROP STAGE FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE;")
	if got := p.test("8", created.ID); got.Success || !strings.Contains(got.Error, "FLAGSMITH_STAGE") {
		t.Errorf("without the stage, the test returned %+v", got)
	}
	p.runInSnowflake(created.SetupScript)

	p.stop(syscall.SIGTERM)
	again := start(t, dir)
	if got := again.test("8", created.ID); got != (testResult{Success: true}) {
		t.Errorf("after a restart, the test returned %+v", got)
	}
	if diff := cmp.Diff(connected, again.detail("8", created.ID)); diff != "" {
		t.Errorf("after a restart, the connection differs (-before +after):\n%s", diff)
	}
	again.stop(syscall.SIGINT)

	for name, text := range map[string]string{
		"a response":   p.bodies.String() + again.bodies.String(),
		"the output":   p.output.String() + again.output.String(),
		"the database": files(t, dir),
	} {
		if form := privateKeyIn(t, text); form != "" {
			t.Errorf("%s contains a private key as %s", name, form)
		}
	}
	if strings.Contains(p.output.String()+again.output.String(), "snowflakedb") {
		t.Errorf("the driver logged: %s", p.output)
	}
}

// privateKeyIn returns the encoding in which text contains a private key, if any. It searches for the bytes
// at the start of every 2048-bit RSA key in PKCS #8.
func privateKeyIn(t *testing.T, text string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	// The version, the algorithm and the start of the key. The lengths before it differ between keys.
	head := der[4:28]
	forms := map[string]string{"DER": string(head), "hex": hex.EncodeToString(head), "PEM": "PRIVATE KEY"}
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), head...))
		forms["base64"+strings.Repeat("'", shift)] = encoded[4:28]
	}
	for name, form := range forms {
		if strings.Contains(text, form) || strings.Contains(text, strings.ToUpper(form)) && name == "hex" {
			return name
		}
	}
	return ""
}

func TestLogin(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	id := p.create("8").ID

	for name, test := range map[string]struct {
		organisation, authorization string
		status                      int
		body                        string
	}{
		"a member":             {"8", "Bearer demo-8", 200, ""},
		"no token":             {"8", "", 401, `{"detail":"Authentication credentials were not provided or are not valid."}`},
		"unknown token":        {"8", "Bearer secret", 401, `{"detail":"Authentication credentials were not provided or are not valid."}`},
		"another scheme":       {"8", "Basic demo-8", 401, `{"detail":"Authentication credentials were not provided or are not valid."}`},
		"invalid organisation": {"8", "Bearer demo-8/9", 401, `{"detail":"Authentication credentials were not provided or are not valid."}`},
		"another organisation": {"8", "Bearer demo-9", 404, `{"detail":"Not found."}`},
		"row of another":       {"9", "Bearer demo-9", 404, `{"detail":"Not found."}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+connectionsPath(test.organisation)+id+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.authorization != "" {
			req.Header.Set("Authorization", test.authorization)
		}
		status, body := p.do(req)
		if status != test.status || test.body != "" && body != test.body {
			t.Errorf("%s: %d %s, want %d %s", name, status, body, test.status, test.body)
		}
	}
}

func TestDemoRefusesCrossOrigin(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	for name, test := range map[string]struct {
		header, value string
		status        int
	}{
		"no browser":   {"", "", http.StatusOK},
		"same origin":  {"Sec-Fetch-Site", "same-origin", http.StatusOK},
		"own Origin":   {"Origin", p.url, http.StatusOK},
		"same site":    {"Sec-Fetch-Site", "same-site", http.StatusForbidden},
		"cross site":   {"Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		"other Origin": {"Origin", "https://evil.example.com", http.StatusForbidden},
	} {
		const script = "USE ROLE SYSADMIN;"
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/demo/snowflake/run", strings.NewReader(script))
		if err != nil {
			t.Fatal(err)
		}
		if test.header != "" {
			req.Header.Set(test.header, test.value)
		}
		if status, body := p.do(req); status != test.status {
			t.Errorf("%s: %d %s, want %d", name, status, body, test.status)
		}
	}
}

func TestKeysetCreatedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "warehousekit.keyset.json")

	start(t, dir).stop(syscall.SIGTERM)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("the keyset's mode is %v, want 0600", info.Mode())
	}
	created, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	p := start(t, dir)
	p.create("8")
	p.stop(syscall.SIGTERM)
	if got, err := os.ReadFile(path); err != nil || string(got) != string(created) {
		t.Errorf("the keyset was overwritten: %v", err)
	}

	if err := os.Rename(path, path+".elsewhere"); err != nil {
		t.Fatal(err)
	}
	output := failToStart(t, dir)
	if !strings.Contains(output, "warehousekit.keyset.json is missing") {
		t.Errorf("without its keyset, the dashboard printed %q", output)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a new keyset was created")
	}
}

func TestWrongKeyset(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir)
	p.create("8")
	p.stop(syscall.SIGTERM)
	start(t, t.TempDir(), "-keyset", filepath.Join(dir, "other.json")).stop(syscall.SIGTERM)
	if output := failToStart(t, dir, "-keyset", "other.json"); !strings.Contains(output, "other.json is not the one that sealed") {
		t.Errorf("with another keyset, the dashboard printed %q", output)
	}
}

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want string }{
		{"-key-bits 1024", "KeyBits"},
		{"-snowflake ftp://example.com", "Endpoint"},
		{"-probe-timeout -1s", "-probe-timeout"},
		{"serve", "serve"},
		{"-db .", "."},
		{"-db mysql://u:secret@h/x", "-db must be"},
		{"-snowflake=", "-snowflake must be"},
	} {
		dir := t.TempDir()
		output := failToStart(t, dir, strings.Fields(test.args)...)
		if !strings.Contains(output, test.want) || strings.Contains(output, "secret") {
			t.Errorf("%s: the dashboard printed %q, want %q and no password", test.args, output, test.want)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("%s: the dashboard created %v, %v", test.args, files, err)
		}
	}
}

func TestStopWaitsForProbe(t *testing.T) {
	t.Parallel()
	snowflake := snowflaketest.New()
	defer snowflake.Close()
	snowflake.Inject(snowflaketest.AtLogin, snowflaketest.Hang())

	dir := t.TempDir()
	p := start(t, dir, "-snowflake", snowflake.URL, "-probe-timeout", "2s")
	id := p.create("8").ID

	// The client disconnects, then the process stops. The probe still runs to its end and is recorded.
	ctx, disconnect := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+connectionsPath("8")+id+"/test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer demo-8")
	disconnected := make(chan struct{})
	go func() {
		defer close(disconnected)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	for snowflake.Count(snowflaketest.AtLogin) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the probe did not start")
		}
		time.Sleep(time.Millisecond) // the process is real, so synctest cannot help
	}
	disconnect()
	<-disconnected
	p.stop(syscall.SIGTERM)

	again := start(t, dir, "-snowflake", snowflake.URL)
	status, body := again.call("GET", "8", id+"/?include=diagnosis", "")
	got := decode[struct {
		Status    string
		Diagnosis struct{ Step, Code string }
	}](t, body)
	if status != http.StatusOK || got.Status != "error" || got.Diagnosis.Step != "authenticate" || got.Diagnosis.Code != "timeout" {
		t.Errorf("after stopping during a test, the connection is %d %s", status, body)
	}
}

func TestNoRedirects(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range []string{"//", "//wc_x", "/wc_x//", "/wc_x/test//", "/.", "/..", "/../x"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Path = strings.TrimSuffix(connectionsPath("8"), "/") + path
		req.Header.Set("Authorization", "Bearer demo-8")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusNotFound || string(body) != `{"detail":"Not found."}` || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s, %v", path, res.StatusCode, body, err)
		}
	}
}

func TestStopDisconnectsSlowClient(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "-probe-timeout", "100ms")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("POST " + connectionsPath("8") + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo-8\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")); err != nil {
		t.Fatal(err)
	}
	p.call("GET", "8", "", "") // after this, the other connection has been accepted
	p.stop(syscall.SIGTERM)    // fails if the exit code is not 0
}
