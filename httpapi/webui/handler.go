package webui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

//go:embed assets
var assets embed.FS

// entry is the module that defines the element.
const entry = "warehouse-connection.js"

// padding is indentation and lines that are only a comment. It is a tenth of the files, and not served. No
// file has a string or a template of several lines.
var padding = regexp.MustCompile(`(?m)^\t+(//.*)?|^//.*`)

// A Handler serves the files of the element. They import each other by relative names, so one hash of all of
// them, in the name of their folder, stands for the content of each.
type Handler struct {
	version string
	files   map[string]file // by the last one or two segments of the path
}

var _ http.Handler = (*Handler)(nil)

type file struct {
	content     []byte
	contentType string
	etag        string
	immutable   bool // the name contains the hash
}

// NewHandler returns a handler that can be mounted at any prefix, stripped or not.
func NewHandler() *Handler {
	names, err := fs.Glob(assets, "assets/*")
	if err != nil {
		panic(err) // the pattern is valid
	}
	contents := make(map[string][]byte, len(names))
	all := sha256.New()
	for _, name := range names { // in order
		content, err := assets.ReadFile(name)
		if err != nil {
			panic(err) // the file is embedded
		}
		content = padding.ReplaceAll(content, nil)
		contents[path.Base(name)] = content
		all.Write([]byte(name + "\x00" + strconv.Itoa(len(content)) + "\x00"))
		all.Write(content)
	}
	h := &Handler{version: hex.EncodeToString(all.Sum(nil))[:16], files: make(map[string]file)}
	for name, content := range contents {
		f := newFile(name, content)
		f.immutable = true
		h.files[h.version+"/"+name] = f
	}
	// The stable name is the only one that a page has to know, and the only one that browsers check again.
	h.files[entry] = newFile(entry, []byte(`export * from "./`+h.version+`/`+entry+"\";\n"))
	return h
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	f := file{content: content, contentType: "text/javascript; charset=utf-8", etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	if path.Ext(name) == ".css" {
		f.contentType = "text/css; charset=utf-8"
	}
	return f
}

// Entry returns the path of the element's module below the handler's prefix, with the hash of the content in
// it. A page that uses it in place of warehouse-connection.js saves a request.
func (h *Handler) Entry() string { return h.version + "/" + entry }

// ServeHTTP implements [http.Handler]. It looks at the end of the path only.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	dir, name := path.Split(r.URL.Path)
	f, ok := h.files[path.Base(dir)+"/"+name]
	if !ok {
		f, ok = h.files[name]
	}
	switch {
	case !ok:
		header.Set("Cache-Control", "no-store") // another version's file, during a deployment
		http.Error(w, "Not found.", http.StatusNotFound)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "Method not allowed.", http.StatusMethodNotAllowed)
		return
	}
	header.Set("ETag", f.etag)
	header.Set("Cache-Control", "no-cache")
	if f.immutable {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if matches(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Content-Length", strconv.Itoa(len(f.content)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(f.content)
	}
}

// matches reports whether an If-None-Match header has the tag. Proxies that compress make tags weak.
func matches(ifNoneMatch, etag string) bool {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}
