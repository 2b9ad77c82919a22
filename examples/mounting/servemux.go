package mounting

import "net/http"

// ServeMux mounts the API under [http.ServeMux]. Both patterns are needed: without the first, the mux redirects
// to the second. The mux redirects paths that contain a double slash or dots to the clean path, with status
// 307, which keeps the method and the body.
func ServeMux(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(mount, api)
	mux.Handle(mount+"/", api)
	return mux
}
