package mounting

import "net/http"

// StripPrefix mounts the API at another path, below [http.StripPrefix]. Such a path has no wildcards, so the
// organisation comes from a header.
func StripPrefix(api http.Handler) http.Handler {
	const prefix = "/settings/warehouse"
	stripped := http.StripPrefix(prefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.SetPathValue("organisation_pk", r.Header.Get("X-Organisation"))
		api.ServeHTTP(w, r)
	}))
	mux := http.NewServeMux()
	mux.Handle(prefix, stripped)
	mux.Handle(prefix+"/", stripped)
	return mux
}
