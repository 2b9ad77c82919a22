package mounting

import (
	"net/http"
	"strings"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
)

// Authorize stands in for a host's login and tenancy: the token demo-8 belongs to a member of the organisation 8,
// and viewer-8 to one who may only look. It is the same under every router, since [http.Request.PathValue] is
// where net/http and chi leave the organisation, and where the examples for the others put it.
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
