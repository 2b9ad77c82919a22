// A host with one router, in a given state.

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

// An answer is what a client sees.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// ask sets up a host with the router, and returns its answer to the request.
func ask(t *testing.T, with router, r request) answer {
	t.Helper()
	connector := &warehousetest.Connector{ProbeFunc: func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
		if target.Organisation == "9" {
			<-ctx.Done() // until its deadline
		}
		return warehouse.RunSteps(ctx, warehouse.Step{Name: "log in", Run: func(context.Context) error { return r.given.fails }})
	}}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": connector})
	if err != nil {
		t.Fatal(err)
	}
	rows := &moody{Store: warehousetest.NewStore()}
	service, err := warehouse.NewService(rows, warehousetest.NewSealer(), connectors, &warehouse.Options{MaxProbes: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Shutdown(context.WithoutCancel(t.Context())) })
	api, err := httpapi.NewHandler(service, mounting.Authorize, options(with))
	if err != nil {
		t.Fatal(err)
	}
	id := "wc_none"
	members := warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"acme"`)}
	if !r.given.empty {
		c, err := service.Create(t.Context(), warehouse.Caller{Organisation: "8"}, members)
		if err != nil {
			t.Fatal(err)
		}
		id = c.ID
	}
	if r.given.busy {
		other := warehouse.Caller{Organisation: "9"}
		c, err := service.Create(t.Context(), other, members)
		if err != nil {
			t.Fatal(err)
		}
		go service.Test(context.WithoutCancel(t.Context()), other, c.ID)
		synctest.Wait()
	}
	rows.changed, rows.broken = r.given.changed, r.given.broken

	target := with.path("8") + strings.ReplaceAll(r.path, "ID", id)
	incoming := httptest.NewRequest(r.method, target, strings.NewReader(r.body))
	incoming.Header.Set("Authorization", "Bearer demo-8")
	incoming.Header.Set("X-Organisation", "8")
	if r.body != "" {
		incoming.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		incoming.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	with.mount(api).ServeHTTP(w, incoming)
	got := answer{Status: w.Code, Header: w.Result().Header, Body: w.Body.String()}
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

func options(with router) *httpapi.Options {
	if strings.HasPrefix(with.path("8"), "/settings") {
		return &httpapi.Options{PathSegment: "warehouse"}
	}
	return nil
}

// moody is a store that can be told to fail.
type moody struct {
	warehouse.Store
	changed, broken bool
}

func (m *moody) mood() error {
	if m.broken {
		return errors.New("the database is down")
	}
	return nil
}

func (m *moody) List(ctx context.Context, organisation string) ([]warehouse.Connection, error) {
	if err := m.mood(); err != nil {
		return nil, err
	}
	return m.Store.List(ctx, organisation)
}

func (m *moody) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	if err := m.mood(); err != nil {
		return warehouse.Row{}, err
	}
	return m.Store.Get(ctx, organisation, id)
}

func (m *moody) Update(ctx context.Context, row warehouse.Row) error {
	if m.changed {
		return warehouse.ErrChanged
	}
	return m.Store.Update(ctx, row)
}

func (m *moody) RecordTest(ctx context.Context, organisation, id string, revision int64, result warehouse.TestResult) error {
	if m.changed {
		return warehouse.ErrChanged
	}
	return m.Store.RecordTest(ctx, organisation, id, revision, result)
}

func (m *moody) Delete(ctx context.Context, organisation, id string) error {
	if err := m.mood(); err != nil {
		return err
	}
	return m.Store.Delete(ctx, organisation, id)
}
