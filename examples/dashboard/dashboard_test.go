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

func TestCustomerConnectsSnowflake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir)

	created := p.create("8")
	if created.Status != "pending_customer_setup" {
		t.Errorf("after create the status is %q", created.Status)
	}
	if got := p.test("8", created.ID); got.Success || !strings.HasPrefix(got.Error, "JWT token is invalid. [") {
		t.Errorf("before the script was run, the test says %+v", got)
	}
	if got := p.detail("8", created.ID); got.Status != "error" || got.LastError == nil {
		t.Errorf("before the script was run, the connection is %+v", got)
	}

	p.runInSnowflake(created.SetupScript)
	if got := p.test("8", created.ID); got != (testAnswer{Success: true}) {
		t.Errorf("after the script was run, the test says %+v", got)
	}
	connected := p.detail("8", created.ID)
	if connected.Status != "connected" || connected.LastError != nil {
		t.Errorf("after the script was run, the connection is %+v", connected)
	}

	p.runInSnowflake("USE ROLE SECURITYADMIN; REVOKE USAGE ON WAREHOUSE COMPUTE_WH FROM ROLE FLAGSMITH_LOADER;")
	if got := p.test("8", created.ID); got.Success || !strings.Contains(got.Error, "warehouse") {
		t.Errorf("without a right to the warehouse, the test says %+v", got)
	}
	p.runInSnowflake(created.SetupScript)
	p.runInSnowflake("USE ROLE SYSADMIN; DROP STAGE FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE;")
	if got := p.test("8", created.ID); got.Success || !strings.Contains(got.Error, "FLAGSMITH_STAGE") {
		t.Errorf("without the stage, the test says %+v", got)
	}
	p.runInSnowflake(created.SetupScript)

	p.stop(syscall.SIGTERM)
	again := start(t, dir)
	if got := again.test("8", created.ID); got != (testAnswer{Success: true}) {
		t.Errorf("after a restart, the test says %+v", got)
	}
	if diff := cmp.Diff(connected, again.detail("8", created.ID)); diff != "" {
		t.Errorf("after a restart the connection is another (-before +after):\n%s", diff)
	}
	again.stop(syscall.SIGINT)

	for where, text := range map[string]string{
		"an answer":       p.seen.String() + again.seen.String(),
		"what it printed": p.output.String() + again.output.String(),
		"the database":    files(t, dir),
	} {
		if form := privateKeyIn(t, text); form != "" {
			t.Errorf("%s holds a private key as %s", where, form)
		}
	}
	if strings.Contains(p.output.String()+again.output.String(), "snowflakedb") {
		t.Errorf("the driver's own logger printed: %s", p.output)
	}
}

// privateKeyIn looks for what every PKCS #8 RSA key of 2048 bits begins with, and returns the form in
// which it is there.
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
	// The version, the algorithm, and the beginning of the key itself: the lengths before differ by a
	// byte from key to key. What stands before shifts the base64.
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

func TestLoginDecidesWhoSeesWhat(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	id := p.create("8").ID

	for name, test := range map[string]struct {
		organisation, authorization string
		status                      int
		body                        string
	}{
		"a member":              {"8", "Bearer demo-8", 200, ""},
		"no token":              {"8", "", 401, `{"detail":"Authentication credentials were not provided or are not valid."}`},
		"a strange token":       {"8", "Bearer secret", 401, `{"detail":"Authentication credentials were not provided or are not valid."}`},
		"another scheme":        {"8", "Basic demo-8", 401, `{"detail":"Authentication credentials were not provided or are not valid."}`},
		"an impossible name":    {"8", "Bearer demo-8/9", 401, `{"detail":"Authentication credentials were not provided or are not valid."}`},
		"another organisation":  {"8", "Bearer demo-9", 404, `{"detail":"Not found."}`},
		"another one's own row": {"9", "Bearer demo-9", 404, `{"detail":"Not found."}`},
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
			t.Errorf("%s gets %d %s, want %d %s", name, status, body, test.status, test.body)
		}
	}
}

func TestKeysetIsMadeOnceAndMissed(t *testing.T) {
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
	made, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	p := start(t, dir)
	p.create("8")
	p.stop(syscall.SIGTERM)
	if kept, err := os.ReadFile(path); err != nil || string(kept) != string(made) {
		t.Errorf("the keyset was written over: %v", err)
	}

	if err := os.Rename(path, path+".elsewhere"); err != nil {
		t.Fatal(err)
	}
	said := refusesToStart(t, dir)
	if !strings.Contains(said, "warehousekit.keyset.json is missing") {
		t.Errorf("without its keyset the dashboard says %q", said)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a keyset was made in the place of the missing one")
	}
}

func TestAWrongKeysetIsFoundAtTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir)
	p.create("8")
	p.stop(syscall.SIGTERM)
	start(t, t.TempDir(), "-keyset", filepath.Join(dir, "other.json")).stop(syscall.SIGTERM)
	if said := refusesToStart(t, dir, "-keyset", "other.json"); !strings.Contains(said, "other.json is not the one that sealed") {
		t.Errorf("with another keyset the dashboard says %q", said)
	}
}

func TestBadFlagsAreRefusedByName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, says string }{
		{"-key-bits 1024", "KeyBits"},
		{"-snowflake ftp://example.com", "Endpoint"},
		{"-probe-timeout -1s", "-probe-timeout"},
		{"serve", "serve"},
		{"-db .", "."},
		{"-db mysql://u:secret@h/x", "-db must be"},
		{"-snowflake=", "-snowflake must be"},
	} {
		dir := t.TempDir()
		if said := refusesToStart(t, dir, strings.Fields(test.args)...); !strings.Contains(said, test.says) || strings.Contains(said, "secret") {
			t.Errorf("%s: the dashboard says %q, which does not name %s", test.args, said, test.says)
		}
		if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
			t.Errorf("%s: the dashboard left %v behind, %v", test.args, made, err)
		}
	}
}

func TestStoppingLetsATestEnd(t *testing.T) {
	t.Parallel()
	snowflake := snowflaketest.New()
	defer snowflake.Close()
	snowflake.Inject(snowflaketest.AtLogin, snowflaketest.Hang())

	dir := t.TempDir()
	p := start(t, dir, "-snowflake", snowflake.URL, "-probe-timeout", "2s")
	id := p.create("8").ID

	// The client goes away, and then the process is told to stop: the probe under way still runs to
	// its end and is recorded.
	ctx, hangUp := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+connectionsPath("8")+id+"/test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer demo-8")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	for snowflake.Count(snowflaketest.AtLogin) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the probe never began")
		}
		time.Sleep(time.Millisecond) // a real process has no other way to be watched
	}
	hangUp()
	<-gone
	p.stop(syscall.SIGTERM)

	again := start(t, dir, "-snowflake", snowflake.URL)
	status, answer := again.call("GET", "8", id+"/?include=diagnosis", "")
	got := decode[struct {
		Status    string
		Diagnosis struct{ Step, Code string }
	}](t, answer)
	if status != http.StatusOK || got.Status != "error" || got.Diagnosis.Step != "authenticate" || got.Diagnosis.Code != "timeout" {
		t.Errorf("after stopping during a test, the connection is %d %s", status, answer)
	}
}

func TestNothingRedirects(t *testing.T) {
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
			t.Errorf("%s answers %d %s, %v", path, res.StatusCode, body, err)
		}
	}
}

func TestASlowClientIsCutOffWhenTheDashboardStops(t *testing.T) {
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
	p.call("GET", "8", "", "") // by then the other was accepted
	p.stop(syscall.SIGTERM)    // which fails unless it ends well
}
