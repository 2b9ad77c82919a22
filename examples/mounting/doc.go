// Package mounting shows the few lines that mount the API under each router: net/http's own, chi, gorilla/mux,
// gin and echo. Its tests hold that clients cannot tell which one a host has.
//
// It is a module of its own, so that no router enters the library's.
package mounting

// The path at which the API is mounted, both as it is and with what follows. The handler takes what follows
// the last segment as its own path, so no router has to strip anything.
const mount = "/api/v1/organisations/{organisation_pk}/integrations/warehouse-connections"
