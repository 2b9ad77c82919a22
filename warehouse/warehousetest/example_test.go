package warehousetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// statusHandler returns a page of a host, with the status of the warehouse.
func statusHandler(service *warehouse.Service) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		caller := warehouse.Caller{Organisation: r.Header.Get("Organisation")} // from the login in a real host
		list, err := service.List(r.Context(), caller)
		switch {
		case err != nil:
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		case len(list) == 0:
			fmt.Fprint(w, "No warehouse yet.")
		case list[0].Status() == warehouse.StatusError:
			fmt.Fprintf(w, "Your warehouse says: %s", list[0].LastTest.Error)
		default:
			fmt.Fprintf(w, "Your warehouse is %s.", list[0].Status())
		}
	}
}

// The test of a handler with a fake connector needs no network, no database and no RSA key. In a test, t is its
// *testing.T.
func ExampleNewService() {
	run(func(t testing.TB) {
		fake := &warehousetest.Connector{
			ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return nil, errors.New("role not granted")
			},
		}
		service := warehousetest.NewService(t, fake, nil)
		handler := statusHandler(service)
		get := func() string {
			r := httptest.NewRequest(http.MethodGet, "/status", nil)
			r.Header.Set("Organisation", "8")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w.Body.String()
		}
		fmt.Println(get())

		caller := warehouse.Caller{Organisation: "8"}
		connection, err := service.Create(t.Context(), caller, warehouse.Fields{
			"type":    json.RawMessage(`"` + warehousetest.FakeType + `"`),
			"account": json.RawMessage(`"xy12345"`),
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(get())

		if _, err := service.Test(t.Context(), caller, connection.ID); err != nil {
			t.Fatal(err)
		}
		fmt.Println(get())
		fmt.Println("probed:", fake.Targets()[0].Config().(*warehousetest.Config).Account)
	})
	// Output:
	// No warehouse yet.
	// Your warehouse is pending_customer_setup.
	// Your warehouse says: role not granted
	// probed: xy12345
}

// run calls test with a testing.TB, which an example does not have.
func run(test func(testing.TB)) {
	t := &exampleTB{}
	test(t)
	for _, cleanUp := range t.cleanups {
		cleanUp()
	}
}

type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (t *exampleTB) Helper()                  {}
func (t *exampleTB) Error(args ...any)        { fmt.Println(args...) }
func (t *exampleTB) Fatal(args ...any)        { panic(fmt.Sprint(args...)) }
func (t *exampleTB) Cleanup(cleanUp func())   { t.cleanups = append(t.cleanups, cleanUp) }
func (t *exampleTB) Context() context.Context { return context.Background() }
func (t *exampleTB) Output() io.Writer        { return os.Stdout }
