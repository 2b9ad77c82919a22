package httpapi_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A member is a user of the host.
type member struct {
	name         string
	organisation string
	viewer       bool
}

type memberKey struct{}

// login stands in for the host's authentication middleware.
func login(next http.Handler) http.Handler {
	members := map[string]member{
		"Bearer ada's token":   {name: "ada", organisation: "8"},
		"Bearer brian's token": {name: "brian", organisation: "8", viewer: true},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if who, known := members[r.Header.Get("Authorization")]; known {
			r = r.WithContext(context.WithValue(r.Context(), memberKey{}, who))
		}
		next.ServeHTTP(w, r)
	})
}

// authorize returns the organisation in the path if the member belongs to it.
func authorize(r *http.Request, action warehouse.Action) (warehouse.Caller, error) {
	who, known := r.Context().Value(memberKey{}).(member)
	switch {
	case !known:
		return warehouse.Caller{}, httpapi.Unauthenticated(`Bearer realm="host"`)
	case r.PathValue("organisation_pk") != who.organisation:
		return warehouse.Caller{}, httpapi.NotFound()
	case who.viewer && action != warehouse.ActionList && action != warehouse.ActionRead:
		return warehouse.Caller{}, httpapi.Forbidden()
	}
	return warehouse.Caller{Organisation: who.organisation, Actor: who.name}, nil
}

// newService stands in for the service of a host, which has the Snowflake connector, a database and a keyset.
func newService(onEvent func(context.Context, warehouse.Event)) *warehouse.Service {
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{}})
	if err != nil {
		log.Fatal(err)
	}
	service, err := warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, &warehouse.Options{OnEvent: onEvent})
	if err != nil {
		log.Fatal(err)
	}
	return service
}

// ask sends a request and prints the response.
func ask(handler http.Handler, method, path, body string, header ...string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
}

// Mount the handler in the host's router, behind its authentication.
func Example() {
	api, err := httpapi.NewHandler(newService(nil), authorize, nil)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	const mount = "/api/v1/organisations/{organisation_pk}/integrations/warehouse-connections"
	mux.Handle(mount, login(api))
	mux.Handle(mount+"/", login(api))

	const own, others = "/api/v1/organisations/8/integrations/warehouse-connections/", "/api/v1/organisations/9/integrations/warehouse-connections/"
	ask(mux, "GET", own, "")
	ask(mux, "GET", own, "", "Authorization", "Bearer ada's token")
	ask(mux, "GET", others, "", "Authorization", "Bearer ada's token")
	ask(mux, "POST", own, `{"type":"fake","account":"acme"}`, "Authorization", "Bearer brian's token")
	ask(mux, "POST", own, `{"type":"fake","colour":"red"}`, "Authorization", "Bearer ada's token")
	// Output:
	// 401 {"detail":"Authentication credentials were not provided or are not valid."}
	// 200 []
	// 404 {"detail":"Not found."}
	// 403 {"detail":"You do not have permission to perform this action."}
	// 400 {"account":["This field is required."],"colour":["Unknown field."]}
}
