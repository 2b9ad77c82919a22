// The host's own login, and its answer to who is asking.

package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
)

// organisationName is what an organisation may be called in this host.
var organisationName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

type memberKey struct{}

// login stands in for the login that a real host has: the token demo-8 belongs to a member of the
// organisation 8. Like most, it only finds out who is there; what they may do is decided later.
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

// authorize is the only place that says which organisation a request is about: the one in the path, if
// it is the caller's own.
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
