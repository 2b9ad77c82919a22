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
	// Browsers send the session's cookie with what other sites ask for, too: those are refused.
	r.Use(http.NewCrossOriginProtection().Handler, withUser)
	r.Post("/api/v1/login", login)
	r.Mount(connectionsPath, connections)        // itself, with a slash, and all below
	r.Handle("/internal/vars", expvar.Handler()) // for the scraper: the load balancer serves no /internal
	return r, nil
}

// authorize takes the caller from the session, and the path's word for nothing. An organisation
// that is not the user's is not found, since a refusal would tell that there is one.
func authorize(logger *slog.Logger) httpapi.Authorize {
	return func(r *http.Request, action warehouse.Action) (warehouse.Caller, error) {
		user, ok := r.Context().Value(userKey{}).(user)
		switch {
		case !ok:
			return warehouse.Caller{}, httpapi.Unauthenticated("Session")
		case chi.URLParam(r, "organisation_pk") != user.Organisation:
			return warehouse.Caller{}, httpapi.NotFound()
		case user.Viewer && action != warehouse.ActionList && action != warehouse.ActionRead:
			// What is refused here never comes to the service, and so is no event of it.
			logger.WarnContext(r.Context(), "forbidden", "actor", user.Name, "action", action)
			return warehouse.Caller{}, httpapi.Forbidden()
		}
		return warehouse.Caller{Organisation: user.Organisation, Actor: user.Name}, nil
	}
}
