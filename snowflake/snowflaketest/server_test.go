package snowflaketest_test

import (
	"database/sql"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

func TestConcurrentClients(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	if err := srv.PutFile("SHOP.EVENTS.FILES", "a", 1); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			cfg := config(srv)
			transport := cfg.Transporter.(*http.Transport)
			defer transport.CloseIdleConnections()
			db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, cfg))
			defer func() { _ = db.Close() }()
			for _, statement := range []string{"SELECT 1", "LIST @SHOP.EVENTS.FILES", "LIST @SHOP.EVENTS.FILES/none"} {
				if _, err := db.ExecContext(testContext(t), statement); err != nil {
					t.Errorf("client %d: %s: %v", i, statement, err)
					return
				}
			}
			mustRun(t, srv, fmt.Sprintf("CREATE ROLE R%d; GRANT ROLE R%d TO ROLE LOADER; SHOW GRANTS TO ROLE LOADER", i, i))
			_, _, _, _ = srv.OpenSessions(), srv.Statements(), srv.Logins(), srv.Running()
		})
	}
	wg.Wait()
	if n := len(srv.OpenSessions()); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
	if n := len(srv.Statements()); n != 300 {
		t.Errorf("%d statements were seen", n)
	}
}

// Not parallel: it counts the goroutines of the whole process.
func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 5 {
		srv := snowflaketest.New()
		srv.Inject(snowflaketest.AtLogin, snowflaketest.Reset())
		_, _, _ = exchange(testContext(t), t, srv)
		srv.Clear()
		_, _, _ = exchange(testContext(t), t, srv)
		srv.Close()
	}
	waitFor(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= before })
}

func TestUnsupportedPaths(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{http.MethodPost, "/", 404}, {http.MethodPost, "/console/login", 404}, {http.MethodPost, "/session/token-request", 404}, {http.MethodGet, "/session/v1/login-request", 405},
		{http.MethodPost, "/session/v1/login-request", 400},
	} {
		req, err := http.NewRequestWithContext(testContext(t), test.method, srv.URL+test.path, strings.NewReader("no JSON"))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != test.status {
			t.Errorf("%s %s answers %d, want %d", test.method, test.path, res.StatusCode, test.status)
		}
	}
}

// A demonstration links this package too, so it depends on neither package testing nor another module.
func TestImportsAreStandardLibrary(t *testing.T) {
	t.Parallel()
	const own = "github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/"
	err := filepath.WalkDir(".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			first, _, _ := strings.Cut(path, "/")
			if strings.Contains(first, ".") && !strings.HasPrefix(path, own) || first == "testing" || path == "net/http/httptest" {
				t.Errorf("%s imports %s", name, path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
