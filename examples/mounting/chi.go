package mounting

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// Chi mounts the API under chi. Handle takes all methods that chi knows; to others chi answers itself.
func Chi(api http.Handler) http.Handler {
	router := chi.NewRouter()
	router.Handle(mount, api)
	router.Handle(mount+"/*", api)
	return router
}
