package warehouse_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A host builds one service from a store, a sealer and its connectors. This one forgets everything and
// connects to nothing: a real host takes store.New, tinkseal.New and snowflake.New.
func ExampleNewService() {
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{
		"fake": &warehousetest.Connector{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	service, err := warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	caller := warehouse.Caller{Organisation: "8", Actor: "ada@example.com"}
	connection, err := service.Create(ctx, caller, warehouse.Fields{
		"type":    json.RawMessage(`"fake"`),
		"account": json.RawMessage(`"xy12345"`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(connection.Status(), string(connection.Config))

	result, err := service.Test(ctx, caller, connection.ID)
	fmt.Println(result.Success, err)

	connection, err = service.Get(ctx, caller, connection.ID)
	fmt.Println(connection.Status(), err)
	// Output:
	// pending_customer_setup {"account":"xy12345","database":"ANALYTICS"}
	// true <nil>
	// connected <nil>
}

// What is wrong with a customer's input comes as one error, for all fields at once.
func ExampleFieldErrors() {
	service, _ := newExampleService(nil)
	_, err := service.Create(context.Background(), warehouse.Caller{Organisation: "8"}, warehouse.Fields{
		"type":     json.RawMessage(`"fake"`),
		"database": json.RawMessage(`7`),
		"colour":   json.RawMessage(`"red"`),
	})
	fmt.Println(err)
	// Output:
	// warehouse: invalid fields: account: This field is required.; colour: Unknown field.; database: Not a valid string.
}

func newExampleService(options *warehouse.Options) (*warehouse.Service, error) {
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{}})
	if err != nil {
		return nil, err
	}
	return warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, options)
}
