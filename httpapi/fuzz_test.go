package httpapi_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/httpapi"
)

// byRefusal refuses a request as its Refuse header says.
func byRefusal(r *http.Request, _ action) (caller, error) {
	switch r.Header.Get("Refuse") {
	case "":
		return ada, nil
	case "401":
		return caller{}, httpapi.Unauthenticated(r.Header.Get("Challenge"))
	case "403":
		return caller{}, httpapi.Forbidden()
	case "429":
		return caller{}, httpapi.TooManyRequests(0)
	}
	return caller{}, httpapi.NotFound()
}

func FuzzHandler(f *testing.F) {
	for _, e := range exchanges(f) {
		if e.status < 500 {
			f.Add(e.method, mount+e.path, "Content-Type: application/json", []byte(e.body), e.empty)
		}
	}
	for _, header := range []string{
		"Content-Type: application/json; charset=utf-8", "Content-Type: text/plain", "Content-Type: application/json\r\nContent-Encoding: gzip",
		"Content-Type: application/json\r\nContent-Type: application/json", "Refuse: 401\r\nChallenge: Basic", "Refuse: 403", "Refuse: 404", "Refuse: 429",
		"X-HTTP-Method-Override: DELETE", "Transfer-Encoding: chunked", "Expect: 100-continue", "Range: bytes=0-1", "If-None-Match: *", "Accept: text/html",
	} {
		f.Add("POST", mount+"/", header, []byte(`{"type":"snowflake","account_identifier":"x"}`), true)
		f.Add("GET", mount+"/wc_abc123/?include=diagnosis", header, []byte(nil), false)
	}
	for _, target := range []string{
		"*", "/", "http://example.test" + mount, mount + "?include=diagnosis&include=diagnosis", mount + "?a;b", mount + "?%zz", "//" + mount, mount + "/wc_abc123/%2e%2e/",
		"/warehouse-connections/warehouse-connections/wc_abc123", "example.test:443", mount + "#fragment", mount + "/wc_abc123;x=1/test/",
	} {
		for _, method := range []string{"GET", "POST", "OPTIONS", "CONNECT"} {
			f.Add(method, target, "Content-Type: application/json", []byte(`{}`), false)
		}
	}
	f.Fuzz(func(t *testing.T, method, target, header string, body []byte, empty bool) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: example.test\r\n" + header + "\r\n\r\n")))
		if err != nil {
			return // net/http refuses it before any handler is asked
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		s := newServer(t, options{authorize: byRefusal})
		if !empty {
			s.insertTested()
		}
		before := s.allRows()
		got := s.serve(r, string(body))
		if got.status >= 500 {
			t.Errorf("%s %s got %d", method, target, got.status)
		}
		if log := s.log.String(); log != "" {
			t.Errorf("unexpected log: %s", log)
		}
		if safe := r.Method == "GET" || r.Method == "HEAD"; safe || got.status >= 400 {
			if diff := cmp.Diff(before, s.allRows()); diff != "" {
				t.Errorf("%s %s got %d and changed the rows:\n%s", method, target, got.status, diff)
			}
		}
	})
}
