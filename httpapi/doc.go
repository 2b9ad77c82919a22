// Package httpapi serves a [warehouse.Service] over HTTP, as one http.Handler that mounts anywhere.
//
// # Mounting
//
// Mount the handler where the host's path ends in /warehouse-connections, both with and without what
// follows, under whatever router the host has:
//
//	const mount = "/api/v1/organisations/{organisation_pk}/integrations/warehouse-connections"
//	mux.Handle(mount, handler)
//	mux.Handle(mount+"/", handler)
//
// The handler takes what follows the last such segment as its own path; a host may as well strip its
// prefix. There is no mux inside, so the path values that the host's router set are still there when
// [Authorize] is asked. Paths work with and without a trailing slash, and nothing redirects: redirects
// lose bodies.
//
//	list     GET    /            200
//	create   POST   /            201 400 409
//	detail   GET    /{id}/       200 404
//	replace  PUT    /{id}/       200 400 404 409
//	update   PATCH  /{id}/       200 400 404 409
//	delete   DELETE /{id}/       204 404
//	test     POST   /{id}/test/  200 404 409 429
//
// # Who is asking
//
// The host's [Authorize] function is the only source of the organisation. The handler never parses one
// out of a path: routers disagree about what an encoded slash means, and a disagreement would let one
// tenant into another's rows.
//
// A host whose sessions are cookies should put [http.CrossOriginProtection] around the handler, or
// around its whole mux.
//
// # Errors
//
// Every body is JSON, in the shapes of Django REST framework: {"detail": "Not found."} about a request
// as a whole, {"account_identifier": ["This field is required."]} about fields, all of them at once.
// A cause that the client should not see goes to the log and the event hook of the service.
package httpapi
