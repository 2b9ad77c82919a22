package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCrossOriginProtection(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		header map[string]string
		denied bool
	}{
		{"the host's own page", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "https://example.test"}, false},
		{"another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}, true},
		{"another site of the same domain", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://blog.example.test"}, true},
		{"another site in an old browser", map[string]string{"Origin": "https://evil.test"}, true},
		{"a program, which sends no cookies unasked", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, o := range operations {
				s := newServer(t, options{})
				if o.id != "createConnection" {
					s.insert()
				}
				protected := http.NewCrossOriginProtection().Handler(s.handler)
				r := httptest.NewRequest(o.method, "https://example.test"+mount+o.path, strings.NewReader(o.body))
				r.Header.Set("Content-Type", "application/json")
				for name, value := range test.header {
					r.Header.Set(name, value)
				}
				w := httptest.NewRecorder()
				protected.ServeHTTP(w, r)
				safe := o.method == "GET" || o.method == "HEAD" // GET never writes, and other sites cannot read it
				if denied := w.Code == http.StatusForbidden; denied != (test.denied && !safe) {
					t.Errorf("%s got %d %s", o.id, w.Code, w.Body)
				}
				if test.denied && len(s.recordedEvents()) > 0 && !safe {
					t.Errorf("%s: unexpected events %+v", o.id, s.recordedEvents())
				}
			}
		})
	}
}
