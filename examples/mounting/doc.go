// Package mounting shows how to mount the API under net/http's ServeMux, chi, gorilla/mux, gin and echo. Its
// tests check that clients get the same responses under every router.
//
// It is a separate module, because the library depends on no router.
package mounting

// mount is the path of the API. Mount the handler at this path and below it. The handler finds its own path
// after the last segment, so the router does not have to strip a prefix.
const mount = "/api/v1/organisations/{organisation_pk}/integrations/warehouse-connections"
