package mounting_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/warehousekit/warehousekit/examples/mounting"
	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A response is the part of a response that a client sees.
type response struct {
	Status int
	Header http.Header
	Body   string
}

// send returns the response of a new host that uses the router.
func send(t *testing.T, router router, r request) response {
	t.Helper()
	connector := &warehousetest.Connector{
		ProbeFunc: func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
			if target.Organisation == "9" {
				<-ctx.Done() // keeps the host busy
			}
			login := func(context.Context) error { return r.host.probeErr }
			return warehouse.RunSteps(ctx, warehouse.Step{Name: "log in", Run: login})
		},
	}
	var state hostState // of the store, set after the connections are created
	store := &warehousetest.FaultyStore{
		Store: warehousetest.NewStore(),
		Before: func(_ context.Context, call warehousetest.StoreCall) error {
			switch {
			case state.down:
				return errors.New("the database is down")
			case state.changed && (call.Method == "Update" || call.Method == "RecordTest"):
				return warehouse.ErrChanged
			}
			return nil
		},
	}
	service := warehousetest.NewService(t, connector, &warehousetest.ServiceOptions{
		Store: store, Options: warehouse.Options{MaxProbes: 1},
	})
	api, err := httpapi.NewHandler(service, mounting.Authorize, options(router))
	if err != nil {
		t.Fatal(err)
	}
	id := "wc_none"
	fields := warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"acme"`)}
	if !r.host.empty {
		c, err := service.Create(t.Context(), warehouse.Caller{Organisation: "8"}, fields)
		if err != nil {
			t.Fatal(err)
		}
		id = c.ID
	}
	if r.host.busy {
		other := warehouse.Caller{Organisation: "9"}
		c, err := service.Create(t.Context(), other, fields)
		if err != nil {
			t.Fatal(err)
		}
		go service.Test(context.WithoutCancel(t.Context()), other, c.ID)
		synctest.Wait()
	}
	state = r.host

	target := router.path("8") + strings.ReplaceAll(r.path, "ID", id)
	req := httptest.NewRequest(r.method, target, strings.NewReader(r.body))
	req.Header.Set("Authorization", "Bearer demo-8")
	req.Header.Set("X-Organisation", "8")
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	router.mount(api).ServeHTTP(w, req)
	got := response{Status: w.Code, Header: w.Result().Header, Body: w.Body.String()}
	if got.Status == http.StatusCreated {
		var created struct{ ID string }
		if err := json.Unmarshal([]byte(got.Body), &created); err != nil {
			t.Fatal(err)
		}
		id = created.ID
	}
	got.Body = strings.ReplaceAll(got.Body, id, "ID")
	got.Header.Set("Location", strings.ReplaceAll(got.Header.Get("Location"), id, "ID"))
	return got
}

func options(router router) *httpapi.Options {
	if strings.HasPrefix(router.path("8"), "/settings") {
		return &httpapi.Options{PathSegment: "warehouse"}
	}
	return nil
}
