package snowflake_test

import (
	"context"
	"fmt"
	"log"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A delivery job of the host opens a customer's warehouse with the stored key.
func ExampleConnector_Database() {
	ctx := context.Background()
	server := snowflaketest.New()
	defer server.Close()
	service, end := connectedCustomer(ctx, server)
	defer end()

	// This is the delivery job.
	db, connection, err := service.OpenDB(ctx, warehouse.Caller{Organisation: "8", Actor: "delivery"})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(4) // each is a session in the customer's account
	var schema string
	if err := db.QueryRowContext(ctx, "SELECT CURRENT_SCHEMA()").Scan(&schema); err != nil {
		log.Fatal(err)
	}
	fmt.Println(connection.Status(), "- loading into", schema)
	// Output: connected - loading into ANALYTICS
}

// connectedCustomer returns a service with one connection, of the organization 8.
func connectedCustomer(ctx context.Context, server *snowflaketest.Server) (service *warehouse.Service, end func()) {
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1, Endpoint: server.URL})
	if err != nil {
		log.Fatal(err)
	}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": connector})
	if err != nil {
		log.Fatal(err)
	}
	service, err = warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, nil)
	if err != nil {
		log.Fatal(err)
	}
	customer := warehouse.Caller{Organisation: "8"}
	created, err := service.Create(ctx, customer, warehouse.Fields{
		"type": []byte(`"snowflake"`), "account_identifier": []byte(`"xy12345.us-east-1"`),
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := server.Run(created.SetupScript); err != nil {
		log.Fatal(err)
	}
	if _, err := service.Test(ctx, customer, created.ID); err != nil {
		log.Fatal(err)
	}
	return service, func() { _ = connector.Close() }
}
