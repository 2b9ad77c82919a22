package postgresconnector_test

import (
	"context"
	"fmt"

	"github.com/warehousekit/warehousekit/examples/postgresconnector"
	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func Example() {
	snowflakeConnector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyPool: -1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer snowflakeConnector.Close()
	postgresConnector, err := postgresconnector.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{
		"snowflake": snowflakeConnector,
		"postgres":  postgresConnector,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(connectors.Types())

	// In production, use the store and the sealer of your application instead.
	service, err := warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	connection, err := service.Create(context.Background(), warehouse.Caller{Organisation: "8"}, warehouse.Fields{
		"type": []byte(`"postgres"`), "host": []byte(`"db.example.com"`), "database": []byte(`"shop"`),
		"password": []byte(`"secret"`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(connection.SetupScript)
	// Output:
	// [postgres snowflake]
	// -- Creates a role and a schema for it. Run this script as an administrator: psql -f setup.sql
	// -- It is safe to run it again. In a client other than psql, connect to the database first,
	// -- skip the lines that begin with \ and set the password of the role yourself.
	// \set ON_ERROR_STOP on
	// \connect -reuse-previous=on "dbname='shop'"
	// DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ''warehouse_loader'') THEN CREATE ROLE "warehouse_loader" LOGIN; END IF; END';
	// ALTER ROLE "warehouse_loader" LOGIN;
	// GRANT CONNECT ON DATABASE "shop" TO "warehouse_loader";
	// CREATE SCHEMA IF NOT EXISTS "analytics";
	// GRANT USAGE, CREATE ON SCHEMA "analytics" TO "warehouse_loader";
	// ALTER ROLE "warehouse_loader" IN DATABASE "shop" SET search_path = "analytics";
	// -- Enter the password of this connection, twice.
	// \password "warehouse_loader"
}
