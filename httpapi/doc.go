// Package httpapi serves a [warehouse.Service] over HTTP.
//
// [NewHandler] returns an http.Handler without a router inside. Mount it under any router, at a path that
// ends in /warehouse-connections, both with and without a trailing slash:
//
//	const mount = "/api/v1/organisations/{organisation_pk}/integrations/warehouse-connections"
//	mux.Handle(mount, handler)
//	mux.Handle(mount+"/", handler)
//
// The handler's own path is the part after the last such segment. A host may strip its prefix instead, or
// set [Options.PathSegment]. The folder examples/mounting shows chi, gorilla/mux, gin and echo.
//
// # Requests
//
//	list     GET    /            200
//	create   POST   /            201 400 409
//	read     GET    /{id}/       200 404
//	replace  PUT    /{id}/       200 400 404 409
//	update   PATCH  /{id}/       200 400 404 409
//	delete   DELETE /{id}/       204 404
//	test     POST   /{id}/test/  200 404 409 429
//
// The query include=diagnosis adds the diagnosis of the last test to read and test. HEAD is GET without the
// body. Other methods get a 405. Paths work with and without a trailing slash, and the handler never
// redirects, because clients drop the body when they follow a redirect. [OpenAPI] returns the full
// description of requests and responses.
//
// A body is one JSON object in UTF-8, of at most 64 KiB (413), declared as application/json (415). Unknown
// members, duplicate members and trailing data are errors (400). Member names are case-sensitive.
//
// # Authorization
//
// The host's [Authorize] function is the only source of the organisation. The handler does not parse it from
// the path, because routers decode paths differently, and a difference could give one tenant access to
// another's rows. For the same reason, a path with an encoded slash or letter is a 404.
//
// The connection of another organisation, a missing connection and a malformed id get identical 404s.
//
// If your sessions are cookies, wrap your mux in [http.CrossOriginProtection].
//
// # Errors
//
// Errors are JSON in the format of Django REST framework. An error about the request as a whole is
// {"detail": "Not found."}. Errors about fields are {"account_identifier": ["This field is required."]}, all
// fields in one response.
//
// A 500 has a fixed text. Its cause goes to the log and the event hook of the service, or to
// [Options.Logger] if Authorize failed.
//
// The document internal/docs/operations.md covers events, logging, alerts, timeouts, limits and shutdown.
package httpapi
