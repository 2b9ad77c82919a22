package mounting_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/examples/mounting"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

// A router is one way to mount the API.
type router struct {
	name  string
	mount func(api http.Handler) http.Handler
	path  func(organisation string) string // where the API is
	// cleans says that the router answers paths with "//" or dots itself, by a redirect to the clean one.
	cleans bool
}

func published(organisation string) string {
	return "/api/v1/organisations/" + organisation + "/integrations/warehouse-connections"
}

func routers() []router {
	return []router{
		{name: "ServeMux", mount: mounting.ServeMux, path: published, cleans: true},
		{name: "ServeMux and StripPrefix", mount: mounting.StripPrefix, path: func(string) string { return "/settings/warehouse" }, cleans: true},
		{name: "chi", mount: mounting.Chi, path: published},
		{name: "gorilla", mount: mounting.Gorilla, path: published},
		{name: "gin", mount: mounting.Gin, path: published},
		{name: "echo", mount: mounting.Echo, path: published},
	}
}

// bare is the handler alone, which the routers are compared with.
var bare = router{name: "no router", path: published, mount: func(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.SetPathValue("organisation_pk", r.Header.Get("X-Organisation"))
		api.ServeHTTP(w, r)
	})
}}

func TestEveryRouterGivesTheSameAnswers(t *testing.T) {
	t.Parallel()
	for _, r := range contract() {
		t.Run(strings.ReplaceAll(r.name, "/", "∕"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := ask(t, bare, r)
				if want.Status != r.want {
					t.Fatalf("the handler alone answers %d %s, and not %d", want.Status, want.Body, r.want)
				}
				for _, with := range routers() {
					got := ask(t, with, r)
					if clean, cleaned := cleanPath(with, r); cleaned {
						if got.Status != http.StatusTemporaryRedirect || got.Header.Get("Location") != clean {
							t.Errorf("%s answers %d to %q, and not with a redirect to %q", with.name, got.Status, got.Header.Get("Location"), clean)
						}
						continue
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s answers something else (-handler alone +router):\n%s", with.name, diff)
					}
				}
			})
		})
	}
}

// cleanPath returns where a router that cleans paths sends the client. CONNECT it leaves alone.
func cleanPath(with router, r request) (string, bool) {
	at, query, _ := strings.Cut(r.path, "?")
	unclean := strings.Contains(at, "//") || strings.Contains(at+"/", "/../")
	if !with.cleans || !unclean || r.method == http.MethodConnect {
		return "", false
	}
	clean := path.Clean(with.path("8") + at)
	if strings.HasSuffix(at, "/") {
		clean += "/"
	}
	return (&url.URL{Path: clean, RawQuery: query}).String(), true
}

func TestNoRouterLetsOneOrganisationIntoAnother(t *testing.T) {
	t.Parallel()
	for _, with := range routers() {
		if with.path("8") == with.path("9") {
			continue // the organisation is not in its path
		}
		for _, organisation := range []string{"9", "8%2f9", "9%2f..%2f8", "8;9", "8%00", "%38%2f", "8%20", "８"} {
			t.Run(strings.ReplaceAll(fmt.Sprintf("%s, %q", with.name, organisation), "/", "∕"), func(t *testing.T) {
				t.Parallel()
				r := request{method: "GET", path: "/", want: 404}
				moved := with
				moved.path = func(string) string { return with.path(organisation) }
				if got := ask(t, moved, r); got.Status != http.StatusNotFound {
					t.Errorf("a member of 8 who asks for %s is answered %d %s", organisation, got.Status, got.Body)
				}
			})
		}
	}
}
