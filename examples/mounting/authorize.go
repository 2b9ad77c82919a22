package mounting

import (
	"net/http"
	"strings"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
)

// Authorize replaces the login of a real host. The token demo-8 belongs to a member of organisation 8, and
// viewer-8 to a member who may only read. It works under every router, because net/http and chi set
// [http.Request.PathValue], and the examples for the other routers set it too.
func Authorize(r *http.Request, action warehouse.Action) (warehouse.Caller, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	role, organisation, _ := strings.Cut(token, "-")
	switch {
	case organisation == "":
		return warehouse.Caller{}, httpapi.Unauthenticated("Bearer")
	case r.PathValue("organisation_pk") != organisation:
		return warehouse.Caller{}, httpapi.NotFound()
	case role != "demo" && action != warehouse.ActionList && action != warehouse.ActionRead:
		return warehouse.Caller{}, httpapi.Forbidden()
	}
	return warehouse.Caller{Organisation: organisation, Actor: role}, nil
}
