package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
)

// organisationName matches valid organisations.
var organisationName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

type memberKey struct{}

// login replaces the login of a real host. The token demo-8 belongs to a member of organisation 8. It only
// authenticates; authorize decides what a member may do.
func login(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if member, ok := memberOf(r.Header); ok {
			r = r.WithContext(context.WithValue(r.Context(), memberKey{}, member))
		}
		next.ServeHTTP(w, r)
	})
}

func memberOf(header http.Header) (organisation string, ok bool) {
	tokens := header.Values("Authorization")
	if len(tokens) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(tokens[0], " ")
	organisation, ok = strings.CutPrefix(token, "demo-")
	return organisation, ok && strings.EqualFold(scheme, "Bearer") && organisationName.MatchString(organisation)
}

// authorize returns the caller if the organisation in the path is the member's own.
func authorize(r *http.Request, _ warehouse.Action) (warehouse.Caller, error) {
	organisation, ok := r.Context().Value(memberKey{}).(string)
	if !ok {
		return warehouse.Caller{}, httpapi.Unauthenticated(`Bearer realm="dashboard"`)
	}
	if r.PathValue("organisation_pk") != organisation {
		return warehouse.Caller{}, httpapi.NotFound()
	}
	return warehouse.Caller{Organisation: organisation, Actor: "demo user of " + organisation}, nil
}
