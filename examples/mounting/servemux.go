package mounting

import "net/http"

// ServeMux mounts the API under net/http's own router. Both patterns are needed: without the first, the mux
// redirects to the second. Paths with a double slash or dots in them never arrive: the mux redirects to the
// clean path, with a 307, which keeps method and body.
func ServeMux(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(mount, api)
	mux.Handle(mount+"/", api)
	return mux
}
