package webui_test

import (
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/httpapi/webui"
)

const stable = "/warehouse-ui/warehouse-connection.js"

func get(t *testing.T, method, target string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	webui.NewHandler().ServeHTTP(w, r)
	return w
}

// version returns the path of the folder with the hash.
func version(t *testing.T) string {
	t.Helper()
	return "/warehouse-ui/" + path.Dir(webui.NewHandler().Entry())
}

// names returns the names of the files.
func names(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS("assets"), "*")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	return names
}

func TestServeFiles(t *testing.T) {
	t.Parallel()
	types := map[string]string{".js": "text/javascript", ".css": "text/css"}
	size := 0
	for _, name := range names(t) {
		w := get(t, http.MethodGet, version(t)+"/"+name, nil)
		contentType, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
		if w.Code != http.StatusOK || err != nil || contentType != types[path.Ext(name)] {
			t.Errorf("%s: %d, %s", name, w.Code, w.Header().Get("Content-Type"))
		}
		if got, want := w.Header().Get("Cache-Control"), "public, max-age=31536000, immutable"; got != want {
			t.Errorf("%s: Cache-Control is %q, want %q", name, got, want)
		}
		if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options is %q", name, got)
		}
		size += w.Body.Len()
	}
	if size >= 60<<10 {
		t.Errorf("the files have %d bytes, the limit is 60 KiB", size)
	}
	w := get(t, http.MethodGet, stable, nil)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), path.Base(version(t))) {
		t.Errorf("%s: %d %s", stable, w.Code, w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("%s: Cache-Control is %q, want no-cache", stable, got)
	}
}

func TestServeUnderAnyPrefix(t *testing.T) {
	t.Parallel()
	entry := webui.NewHandler().Entry()
	for _, target := range []string{"/" + entry, "/a/b/" + entry, "/warehouse-connection.js", "/a/warehouse-connection.js"} {
		if w := get(t, http.MethodGet, target, nil); w.Code != http.StatusOK {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

func TestServeNotModified(t *testing.T) {
	t.Parallel()
	for _, target := range []string{stable, version(t) + "/page.js"} {
		etag := get(t, http.MethodGet, target, nil).Header().Get("ETag")
		for _, tag := range []string{etag, "W/" + etag, `"other", ` + etag, "*"} {
			w := get(t, http.MethodGet, target, http.Header{"If-None-Match": {tag}})
			if w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("ETag") != etag || w.Header().Get("Cache-Control") == "" {
				t.Errorf("%s with %s: %d %v", target, tag, w.Code, w.Header())
			}
		}
		if w := get(t, http.MethodGet, target, http.Header{"If-None-Match": {`"other"`}}); w.Code != http.StatusOK {
			t.Errorf("%s with another tag: %d", target, w.Code)
		}
	}
}

func TestServeMethods(t *testing.T) {
	t.Parallel()
	want := get(t, http.MethodGet, stable, nil)
	head := get(t, http.MethodHead, stable, nil)
	if head.Code != http.StatusOK || head.Body.Len() > 0 || head.Header().Get("Content-Length") != want.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d, %d bytes, %v", head.Code, head.Body.Len(), head.Header())
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		w := get(t, method, stable, nil)
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
}

func TestServeNotFound(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/", "/warehouse-ui/", version(t), version(t) + "/", "/warehouse-ui/page.js", "/warehouse-ui/0123456789abcdef/page.js", version(t) + "/../handler.go"} {
		w := get(t, http.MethodGet, target, nil)
		if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", target, w.Code, w.Header())
		}
	}
}

// The page runs under a strict policy, and treats every text as one.
func TestAssetsAvoidMarkup(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\b|https?://`)
	for _, name := range names(t) {
		content, err := os.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range forbidden.FindAllString(string(content), -1) {
			if name == "dom.js" && found == "http://" {
				continue // the name of SVG's namespace, which nothing loads
			}
			t.Errorf("%s has %s", name, found)
		}
	}
}
