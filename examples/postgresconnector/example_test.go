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
	flakes, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyPool: -1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer flakes.Close()
	elephants, err := postgresconnector.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": flakes, "postgres": elephants})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(connectors.Types())

	// In production, the store and the sealer are those of store/postgres and store/tinkseal, say.
	service, err := warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	connection, err := service.Create(context.Background(), warehouse.Caller{Organisation: "8"}, warehouse.Fields{
		"type": []byte(`"postgres"`), "host": []byte(`"db.example.com"`), "database": []byte(`"shop"`), "password": []byte(`"secret"`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(connection.SetupScript)
	// Output:
	// [postgres snowflake]
	// -- Lets one role log in and work in one schema. Run it as an administrator: psql -f setup.sql
	// -- It can be run again from the top at any time. With another tool than psql, connect to the database, leave
	// -- out the lines that begin with \, and set the role's password as that tool does.
	// \set ON_ERROR_STOP on
	// \connect -reuse-previous=on "dbname='shop'"
	// DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ''warehouse_loader'') THEN CREATE ROLE "warehouse_loader" LOGIN; END IF; END';
	// ALTER ROLE "warehouse_loader" LOGIN;
	// GRANT CONNECT ON DATABASE "shop" TO "warehouse_loader";
	// CREATE SCHEMA IF NOT EXISTS "analytics";
	// GRANT USAGE, CREATE ON SCHEMA "analytics" TO "warehouse_loader";
	// -- Type the password of this connection, twice.
	// \password "warehouse_loader"
}
