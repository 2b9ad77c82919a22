package mounting

import (
	"net/http"

	"github.com/gorilla/mux"
)

// Gorilla mounts the API under gorilla/mux. Without SkipClean, the router redirects paths with a double slash,
// and the redirect loses the body.
func Gorilla(api http.Handler) http.Handler {
	router := mux.NewRouter().SkipClean(true)
	router.PathPrefix(mount).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.SetPathValue("organisation_pk", mux.Vars(r)["organisation_pk"])
		api.ServeHTTP(w, r)
	})
	return router
}
