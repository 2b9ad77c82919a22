// A client that was generated from the OpenAPI document drives the whole flow, with the Snowflake connector and
// a Snowflake that runs here. .ci/openapi-client.sh generates package api and runs this.

package client

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"

	"warehousekit.test/client/api"
)

// serve starts a host and a Snowflake, and returns a client of the one and the other.
func serve(t *testing.T) (*api.ClientWithResponses, *snowflaketest.Server) {
	t.Helper()
	server := snowflaketest.New()
	t.Cleanup(server.Close)
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connector.Close() })
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": connector})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, nil)
	if err != nil {
		t.Fatal(err)
	}
	authorize := func(r *http.Request, _ warehouse.Action) (warehouse.Caller, error) {
		if r.Header.Get("Authorization") == "" {
			return warehouse.Caller{}, httpapi.Unauthenticated("")
		}
		return warehouse.Caller{Organisation: r.PathValue("organisation_pk")}, nil
	}
	handler, err := httpapi.NewHandler(service, authorize, nil)
	if err != nil {
		t.Fatal(err)
	}
	const mount = "/api/v1/organisations/{organisation_pk}/integrations/warehouse-connections"
	mux := http.NewServeMux()
	mux.Handle(mount, handler)
	mux.Handle(mount+"/", handler)
	host := httptest.NewServer(mux)
	t.Cleanup(host.Close)

	login := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer token")
		return nil
	}
	client, err := api.NewClientWithResponses(host.URL+"/api/v1/organisations/8/integrations/warehouse-connections",
		api.WithHTTPClient(host.Client()), api.WithRequestEditorFn(login))
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

// want fails the test unless the answer has the given status.
func want(t *testing.T, doing string, err error, response *http.Response, body []byte, status int) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
	if response.StatusCode != status {
		t.Fatalf("%s: the status is %d, and not %d: %s", doing, response.StatusCode, status, body)
	}
}

func TestAGeneratedClientDrivesTheFlow(t *testing.T) {
	ctx := t.Context()
	client, server := serve(t)

	none, err := client.ListConnectionsWithResponse(ctx)
	want(t, "list", err, none.HTTPResponse, none.Body, http.StatusOK)
	if len(*none.JSON200) != 0 {
		t.Errorf("the list is %s", none.Body)
	}

	created, err := client.CreateConnectionWithResponse(ctx, api.NewConnection{Type: "snowflake", AccountIdentifier: "xy12345.us-east-1"})
	want(t, "create", err, created.HTTPResponse, created.Body, http.StatusCreated)
	connection := *created.JSON201
	if connection.Status != api.PendingCustomerSetup || connection.PublicKey == nil || connection.LastTestedAt != nil || connection.Config.Warehouse != "COMPUTE_WH" {
		t.Errorf("the new connection is %s", created.Body)
	}
	id := connection.Id

	again, err := client.CreateConnectionWithResponse(ctx, api.NewConnection{Type: "snowflake", AccountIdentifier: "other-account"})
	want(t, "create another", err, again.HTTPResponse, again.Body, http.StatusConflict)
	if again.JSON409.Detail == "" {
		t.Errorf("the conflict is %s", again.Body)
	}

	diagnosis := api.TestConnectionParamsIncludeDiagnosis
	early, err := client.TestConnectionWithResponse(ctx, id, &api.TestConnectionParams{Include: &diagnosis}, api.TestConnectionJSONRequestBody{})
	want(t, "test before the script", err, early.HTTPResponse, early.Body, http.StatusOK)
	if early.JSON200.Success || early.JSON200.Error == nil || early.JSON200.Diagnosis == nil || early.JSON200.Diagnosis.Hint == nil {
		t.Errorf("the test before the script found %s", early.Body)
	}

	if _, err := server.Run(connection.SetupScript); err != nil {
		t.Fatalf("the setup script: %v", err)
	}
	tested, err := client.TestConnectionWithResponse(ctx, id, nil, api.TestConnectionJSONRequestBody{})
	want(t, "test", err, tested.HTTPResponse, tested.Body, http.StatusOK)
	if !tested.JSON200.Success || tested.JSON200.Error != nil {
		t.Errorf("the test found %s", tested.Body)
	}

	include := api.GetConnectionParamsIncludeDiagnosis
	detail, err := client.GetConnectionWithResponse(ctx, id, &api.GetConnectionParams{Include: &include})
	want(t, "detail", err, detail.HTTPResponse, detail.Body, http.StatusOK)
	if d := detail.JSON200; d.Status != api.Connected || d.LastTestedAt == nil || !d.LastTestedAt.Equal(tested.JSON200.TestedAt) || d.Diagnosis == nil {
		t.Errorf("the detail is %s", detail.Body)
	}

	name := "loading_wh"
	updated, err := client.UpdateConnectionWithResponse(ctx, id, api.Change{Warehouse: &name})
	want(t, "update", err, updated.HTTPResponse, updated.Body, http.StatusOK)
	if u := updated.JSON200; u.Config.Warehouse != "LOADING_WH" || u.Status != api.PendingCustomerSetup || *u.PublicKey != *connection.PublicKey {
		t.Errorf("the updated connection is %s", updated.Body)
	}

	blank := ""
	refused, err := client.UpdateConnectionWithResponse(ctx, id, api.Change{Warehouse: &blank})
	want(t, "update to nothing", err, refused.HTTPResponse, refused.Body, http.StatusBadRequest)
	if fields, err := refused.JSON400.AsFieldErrors(); err != nil || len(fields["warehouse"]) != 1 {
		t.Errorf("the refusal is %s", refused.Body)
	}

	replaced, err := client.ReplaceConnectionWithResponse(ctx, id, api.Replacement{})
	want(t, "replace", err, replaced.HTTPResponse, replaced.Body, http.StatusOK)
	if replaced.JSON200.Config != connection.Config {
		t.Errorf("the replaced connection is %s", replaced.Body)
	}

	deleted, err := client.DeleteConnectionWithResponse(ctx, id)
	want(t, "delete", err, deleted.HTTPResponse, deleted.Body, http.StatusNoContent)
	gone, err := client.GetConnectionWithResponse(ctx, id, nil)
	want(t, "detail after the delete", err, gone.HTTPResponse, gone.Body, http.StatusNotFound)
	if gone.JSON404.Detail != "Not found." {
		t.Errorf("the missing connection is %s", gone.Body)
	}
}

func TestAGeneratedClientIsToldToLogIn(t *testing.T) {
	client, _ := serve(t)
	anonymous := func(_ context.Context, r *http.Request) error {
		r.Header.Del("Authorization")
		return nil
	}
	refused, err := client.ListConnectionsWithResponse(t.Context(), anonymous)
	want(t, "list", err, refused.HTTPResponse, refused.Body, http.StatusUnauthorized)
	if refused.Headers401.WWWAuthenticate != "Bearer" || refused.JSON401.Detail == "" {
		t.Errorf("the refusal is %s with %v", refused.Body, refused.HTTPResponse.Header)
	}
}
