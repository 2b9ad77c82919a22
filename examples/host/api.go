package main

import (
	"expvar"
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
)

const connectionsPath = "/api/v1/organisations/{organisation_pk}/integrations/warehouse-connections"

func newRouter(service *warehouse.Service, logger *slog.Logger) (http.Handler, error) {
	connections, err := httpapi.NewHandler(service, authorize(logger), &httpapi.Options{Logger: logger})
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	// Browsers send the session cookie with requests from other sites too. Reject those.
	r.Use(http.NewCrossOriginProtection().Handler, withUser)
	r.Post("/api/v1/login", login)
	r.Mount(connectionsPath, connections)        // the path itself and everything below it
	r.Handle("/internal/vars", expvar.Handler()) // for monitoring; the load balancer does not expose /internal
	return r, nil
}

// authorize returns the caller that the session belongs to. For other organisations it returns NotFound
// instead of Forbidden, which would reveal that the organisation exists.
func authorize(logger *slog.Logger) httpapi.Authorize {
	return func(r *http.Request, action warehouse.Action) (warehouse.Caller, error) {
		user, ok := r.Context().Value(userKey{}).(user)
		switch {
		case !ok:
			return warehouse.Caller{}, httpapi.Unauthenticated("Session")
		case chi.URLParam(r, "organisation_pk") != user.Organisation:
			return warehouse.Caller{}, httpapi.NotFound()
		case user.Viewer && action != warehouse.ActionList && action != warehouse.ActionRead:
			// The service emits no event for requests that are rejected here.
			logger.WarnContext(r.Context(), "forbidden", "actor", user.Name, "action", action)
			return warehouse.Caller{}, httpapi.Forbidden()
		}
		return warehouse.Caller{Organisation: user.Organisation, Actor: user.Name}, nil
	}
}
