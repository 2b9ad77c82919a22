package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRoute(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path string
		asks action // about which Authorize is asked; empty if it is not
		want int
	}{
		{mount, "list", 200},
		{mount + "/", "list", 200},
		{mount + "/wc_abc123", "read", 200},
		{mount + "/wc_abc123/", "read", 200},
		{"/warehouse-connections/wc_abc123", "read", 200},
		{"/organisations/warehouse-connections/warehouse-connections/wc_abc123/", "", 404},
		{"/organisations/8/warehouse-connections/warehouse-connections/", "", 404},
		{"/warehouse-connections/8/warehouse-connections/wc_abc123/", "", 404},
		{"//organisations//8//warehouse-connections/wc_abc123/", "read", 200},
		{mount + "/types", "types", 200},
		{mount + "/types/", "types", 200},
		{mount + "/types/x", "", 404},
		// Without the prefix, for hosts that strip it.
		{"", "list", 200},
		{"/", "list", 200},
		{"/wc_abc123", "read", 200},
		{"wc_abc123/", "read", 200},
		// Similar segments.
		{"/warehouse-connections/warehouse-connectionsX", "read", 404},
		{"/warehouse-connectionsX/wc_abc123", "", 404},
		{"/x-warehouse-connections/wc_abc123", "", 404},
		{"/Warehouse-Connections/wc_abc123", "", 404},
		{"/organisations/8/wc_abc123", "", 404},
	} {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			var asked action
			s := newServer(t, options{authorize: func(_ *http.Request, a action) (caller, error) { asked = a; return ada, nil }})
			s.insert()
			r := httptest.NewRequest("GET", "/", nil)
			r.URL.Path = test.path
			if got := s.serve(r, ""); got.status != test.want || asked != test.asks {
				t.Errorf("got %d %s, and Authorize got action %q", got.status, got.body, asked)
			}
		})
	}
}

func TestPathSegment(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{segment: "data warehouse"})
	s.insert()
	for target, want := range map[string]int{
		"/settings/data%20warehouse/wc_abc123/":             200,
		"/settings/warehouse-connections/wc_abc123/":        404,
		"/data%20warehouse/warehouse-connections/wc_abc123": 404,
	} {
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != want {
			t.Errorf("%s got %d %s, want %d", target, w.Code, w.Body, want)
		}
	}
}
