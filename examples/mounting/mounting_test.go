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
	path  func(organisation string) string // the path of the API
	// cleans is set if the router redirects paths that contain "//" or dots to the clean path.
	cleans bool
}

func apiPath(organisation string) string {
	return "/api/v1/organisations/" + organisation + "/integrations/warehouse-connections"
}

func routers() []router {
	return []router{
		{name: "ServeMux", mount: mounting.ServeMux, path: apiPath, cleans: true},
		{name: "ServeMux and StripPrefix", mount: mounting.StripPrefix, path: func(string) string { return "/settings/warehouse" }, cleans: true},
		{name: "chi", mount: mounting.Chi, path: apiPath},
		{name: "gorilla", mount: mounting.Gorilla, path: apiPath},
		{name: "gin", mount: mounting.Gin, path: apiPath},
		{name: "echo", mount: mounting.Echo, path: apiPath},
	}
}

// noRouter serves the handler without a router, for comparison.
var noRouter = router{name: "no router", path: apiPath, mount: func(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.SetPathValue("organisation_pk", r.Header.Get("X-Organisation"))
		api.ServeHTTP(w, r)
	})
}}

func TestRoutersAgree(t *testing.T) {
	t.Parallel()
	for _, r := range contract() {
		t.Run(strings.ReplaceAll(r.name, "/", "∕"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := send(t, noRouter, r)
				if want.Status != r.want {
					t.Fatalf("without a router: status %d, want %d: %s", want.Status, r.want, want.Body)
				}
				for _, router := range routers() {
					got := send(t, router, r)
					if clean, cleaned := cleanPath(router, r); cleaned {
						if got.Status != http.StatusTemporaryRedirect || got.Header.Get("Location") != clean {
							t.Errorf("%s: status %d with Location %q, want a redirect to %q",
								router.name, got.Status, got.Header.Get("Location"), clean)
						}
						continue
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s: the response differs (-no router +router):\n%s", router.name, diff)
					}
				}
			})
		})
	}
}

// cleanPath returns the path that the router redirects the request to, if any. ServeMux does not redirect CONNECT.
func cleanPath(router router, r request) (string, bool) {
	requestPath, query, _ := strings.Cut(r.path, "?")
	unclean := strings.Contains(requestPath, "//") || strings.Contains(requestPath+"/", "/../")
	if !router.cleans || !unclean || r.method == http.MethodConnect {
		return "", false
	}
	clean := path.Clean(router.path("8") + requestPath)
	if strings.HasSuffix(requestPath, "/") {
		clean += "/"
	}
	return (&url.URL{Path: clean, RawQuery: query}).String(), true
}

func TestOrganisationsAreIsolated(t *testing.T) {
	t.Parallel()
	for _, router := range routers() {
		if router.path("8") == router.path("9") {
			continue // the path does not contain the organisation
		}
		for _, organisation := range []string{"9", "8%2f9", "9%2f..%2f8", "8;9", "8%00", "%38%2f", "8%20", "８"} {
			t.Run(strings.ReplaceAll(fmt.Sprintf("%s, %q", router.name, organisation), "/", "∕"), func(t *testing.T) {
				t.Parallel()
				r := request{method: "GET", path: "/", want: 404}
				moved := router
				moved.path = func(string) string { return router.path(organisation) }
				if got := send(t, moved, r); got.Status != http.StatusNotFound {
					t.Errorf("a member of organisation 8 gets %d for %s, want 404: %s", got.Status, organisation, got.Body)
				}
			})
		}
	}
}
