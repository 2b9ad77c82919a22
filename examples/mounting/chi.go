package mounting

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// Chi mounts the API under chi. chi itself responds to methods that it does not know.
func Chi(api http.Handler) http.Handler {
	router := chi.NewRouter()
	router.Handle(mount, api)
	router.Handle(mount+"/*", api)
	return router
}
