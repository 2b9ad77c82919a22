// Where the handler's own path begins.

package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWhatFollowsTheLastSegmentOfTheNameIsThePath(t *testing.T) {
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
		{"/organisations/warehouse-connections/warehouse-connections/wc_abc123/", "read", 200},
		{"//organisations//8//warehouse-connections/wc_abc123/", "read", 200},
		// A host that strips its prefix hands over what is left.
		{"", "list", 200},
		{"/", "list", 200},
		{"/wc_abc123", "read", 200},
		{"wc_abc123/", "read", 200},
		// Other segments are not the mount, however alike.
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
				t.Errorf("the answer is %d %s, and Authorize was asked about %q", got.status, got.body, asked)
			}
		})
	}
}

func TestTheSegmentMayHaveAnotherName(t *testing.T) {
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
			t.Errorf("%s is answered %d %s, and not %d", target, w.Code, w.Body, want)
		}
	}
}
