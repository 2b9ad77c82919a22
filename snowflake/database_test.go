package snowflake_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestDatabase(t *testing.T) {
	t.Parallel()
	server := snowflaketest.New()
	defer server.Close()
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, KeyPool: -1, Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer connector.Close()
	service := warehousetest.NewService(t, connector, nil)
	caller := warehouse.Caller{Organisation: "8"}
	connection, err := service.Create(t.Context(), caller, warehouse.Fields{
		"type": []byte(`"fake"`), "account_identifier": []byte(`"xy12345.us-east-1"`), "database": []byte(`"\"my db\""`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Run(connection.SetupScript); err != nil {
		t.Fatal(err)
	}

	db, _, err := service.OpenDB(t.Context(), caller)
	if err != nil {
		t.Fatal(err)
	}
	var role, warehouseName, database, schema string
	if err := db.QueryRowContext(t.Context(), "SELECT CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()").
		Scan(&role, &warehouseName, &database, &schema); err != nil {
		t.Fatal(err)
	}
	want := []string{"FLAGSMITH_LOADER", "COMPUTE_WH", "my db", "ANALYTICS"}
	if diff := cmp.Diff(want, []string{role, warehouseName, database, schema}); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if open := server.OpenSessions(); len(open) > 0 {
		t.Errorf("after Close there are sessions open: %+v", open)
	}
}
