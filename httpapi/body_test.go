package httpapi_test

import (
	"io"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

func TestBodySize(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	for size, want := range map[int]int{64<<10 - 1: 200, 64 << 10: 200, 64<<10 + 1: 413, 1 << 20: 413} {
		body := "{}" + strings.Repeat(" ", size-2)
		if got := s.send("PATCH", "/wc_abc123/", body); got.status != want {
			t.Errorf("a body of %d bytes got %d %s, want %d", size, got.status, got.body, want)
		}
	}
}

func TestBodyReadLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	endless := &countingReader{Reader: strings.NewReader(strings.Repeat("{", 10<<20))}
	r := httptest.NewRequest("PATCH", mount+"/wc_abc123/", endless)
	r.Header.Set("Content-Type", "application/json")
	if got := s.serve(r, "{"); got.status != 413 {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if endless.n > 64<<10+1 {
		t.Errorf("%d bytes were read", endless.n)
	}
}

// A countingReader counts the bytes that were read.
type countingReader struct {
	io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func TestBodyReadError(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	r := httptest.NewRequest("PATCH", mount+"/wc_abc123/", io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("Content-Type", "application/json")
	got := s.serve(r, "{")
	wantResponse(t, "response", got, 400, `{"detail":"The body could not be read."}`)
}

func TestNilBody(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	for _, o := range []struct {
		method, path string
		want         int
	}{{"POST", "/wc_abc123/test/", 200}, {"POST", "/", 415}, {"PATCH", "/wc_abc123/", 415}} {
		r := httptest.NewRequest(o.method, mount+o.path, nil)
		r.Body = nil // as http.NewRequest leaves it
		if got := s.serve(r, ""); got.status != o.want {
			t.Errorf("%s %s got %d %s", o.method, o.path, got.status, got.body)
		}
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		header map[string][]string
		want   int
	}{
		{"plain", map[string][]string{"Content-Type": {"application/json"}}, 200},
		{"of another case", map[string][]string{"Content-Type": {"Application/JSON"}}, 200},
		{"with a charset", map[string][]string{"Content-Type": {"application/json; charset=utf-8"}}, 200},
		{"with a quoted charset", map[string][]string{"Content-Type": {`application/json;charset="UTF-8"`}}, 200},
		{"with another parameter", map[string][]string{"Content-Type": {"application/json; v=1"}}, 200},
		{"none", nil, 415},
		{"empty", map[string][]string{"Content-Type": {""}}, 415},
		{"twice", map[string][]string{"Content-Type": {"application/json", "application/json"}}, 415},
		{"a list", map[string][]string{"Content-Type": {"application/json, text/plain"}}, 415},
		{"the charset's other name", map[string][]string{"Content-Type": {"application/json; charset=UTF8"}}, 200},
		{"another charset", map[string][]string{"Content-Type": {"application/json; charset=latin1"}}, 415},
		{"two charsets", map[string][]string{"Content-Type": {"application/json; charset=utf-8; charset=utf-7"}}, 415},
		{"a form", map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}, 415},
		{"text, which needs no preflight", map[string][]string{"Content-Type": {"text/plain;application/json"}}, 415},
		{"a suffix", map[string][]string{"Content-Type": {"application/merge-patch+json"}}, 415},
		{"compressed", map[string][]string{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, 415},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, options{})
			s.insert()
			r := httptest.NewRequest("PATCH", mount+"/wc_abc123/", strings.NewReader("{}"))
			maps.Copy(r.Header, test.header)
			if got := s.serve(r, "{}"); got.status != test.want || test.want == 415 && got.body != bodyMediaType {
				t.Errorf("got %d %s, want %d", got.status, got.body, test.want)
			}
		})
	}
}

func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.insert()
	for body, want := range map[string]int{"\ufeff{}": 200, "\ufeff": 400, "\ufeff\ufeff{}": 400, "{}\ufeff": 400} {
		if got := s.send("PATCH", "/wc_abc123/", body); got.status != want {
			t.Errorf("%q got %d %s, want %d", body, got.status, got.body, want)
		}
	}
}
