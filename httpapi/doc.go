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
// prefix, or have another last segment ([Options]). There is no mux inside, so the path values that the
// host's router set are still there when [Authorize] is asked. Paths work with and without a trailing slash,
// and nothing redirects: redirects lose bodies. With chi it is one line, r.Mount(mount, handler); the folder
// examples/mounting has those for gorilla/mux, gin and echo.
//
//	list     GET    /            200
//	create   POST   /            201 400 409
//	detail   GET    /{id}/       200 404
//	replace  PUT    /{id}/       200 400 404 409
//	update   PATCH  /{id}/       200 400 404 409
//	delete   DELETE /{id}/       204 404
//	test     POST   /{id}/test/  200 404 409 429
//
// Any of them may also answer 401, 403, 404 or 429, if Authorize says so, and 500. Those that take a body may
// answer 400, 413, and 415 unless the body is declared as application/json. HEAD is GET without the body; any
// other method is a 405.
//
// A connection is id, type, status, config, public_key, setup_script, created_at, last_tested_at and
// last_error, the last two null before the first test; list is an array of it. A test is success, tested_at,
// and error if it failed. The query include=diagnosis, on detail and test, adds the last test's diagnosis.
// [OpenAPI] returns the whole of it as a document.
//
// # Who is asking
//
// The host's [Authorize] function is the only source of the organisation. The handler never parses one
// out of a path: routers disagree about what an encoded slash means, and a disagreement would let one
// tenant into another's rows. For the same reason it answers 404 to any path with an encoded slash or
// letter in it.
//
// Another organisation's connection, a missing one and a malformed id get the same 404, byte for byte.
//
// A host whose sessions are cookies should put [http.CrossOriginProtection] around its whole mux, so that
// its login is covered too, or around the handler at least. What that refuses never gets here: its answer
// is plain text unless SetDenyHandler says otherwise.
//
// # Limits
//
// A body holds 64 KiB at most. How many tests run at once, and for how long, is the service's to limit
// ([warehouse.Options]); one too many is a 429. A server's WriteTimeout has to be longer than the service's
// ProbeTimeout, or it cuts off what a test found, and its ReadTimeout is what keeps slow senders from
// holding on to the handler.
//
// A test goes on when its client hangs up. A host that stops calls http.Server.Shutdown first, and then
// [warehouse.Service.Shutdown], which waits for those.
//
// # Errors
//
// Every body is JSON, in the shapes of Django REST framework: {"detail": "Not found."} about a request
// as a whole, {"account_identifier": ["This field is required."]} about fields, all of them at once.
// A cause that the client should not see goes to the log and the event hook of the service; that of a
// failure in Authorize, which no action came out of, to the log of [Options].
//
// JSON is read strictly: one object in UTF-8, no member twice at any depth, names in their exact case,
// nothing after it. A member that may not be there is refused, and not ignored.
package httpapi
