package snowflake_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
	"github.com/warehousekit/warehousekit/warehouse"
)

// Setup and test of a connection, with a Snowflake server inside the program.
func Example() {
	server := snowflaketest.New()
	defer server.Close()
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, Endpoint: server.URL})
	if err != nil {
		log.Fatal(err)
	}
	defer connector.Close()

	// The customer names an account. A host leaves this to the Service, which also seals the private key.
	config := connector.Config().(*snowflake.Config)
	if err := config.AccountIdentifier.UnmarshalText([]byte("https://xy12345.us-east-1.snowflakecomputing.com/")); err != nil {
		log.Fatal(err)
	}
	keys, err := connector.NewKeyPair(context.Background())
	if err != nil {
		log.Fatal(err)
	}

	// The customer's administrator runs the script.
	script, err := connector.SetupScript(config, keys.PublicKey)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := server.Run(script); err != nil {
		log.Fatal(err)
	}

	// The customer presses Test.
	report, err := connector.Probe(context.Background(), warehouse.NewTarget("8", "wc_1", config, keys))
	for _, step := range report {
		fmt.Println(step.Name, step.Status)
	}
	fmt.Println(err)
	// Output:
	// authenticate passed
	// query passed
	// list_stage passed
	// <nil>
}

// A failed test has a hint and a fix. The fix is SQL for an administrator.
func ExampleConnector_Probe() {
	server := snowflaketest.New()
	defer server.Close()
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyBits: 2048, Endpoint: server.URL})
	if err != nil {
		log.Fatal(err)
	}
	defer connector.Close()
	config := connector.Config().(*snowflake.Config)
	config.AccountIdentifier = "xy12345.us-east-1"
	keys, err := connector.NewKeyPair(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	script, err := connector.SetupScript(config, keys.PublicKey)
	if err != nil {
		log.Fatal(err)
	}
	// Somebody runs the script, and somebody else takes a privilege away.
	if _, err := server.Run(script + `REVOKE USAGE ON WAREHOUSE COMPUTE_WH FROM ROLE FLAGSMITH_LOADER;`); err != nil {
		log.Fatal(err)
	}

	target := warehouse.NewTarget("8", "wc_1", config, keys)
	_, err = connector.Probe(context.Background(), target)
	var failure *warehouse.ProbeError
	if errors.As(err, &failure) {
		fmt.Println(failure.Step, failure.Code, failure.VendorCode)
		fmt.Println(failure.Message)
		fmt.Println(failure.Hint)
		fmt.Println(failure.Fix)
	}
	if _, err := server.Run(failure.Fix); err != nil {
		log.Fatal(err)
	}
	_, err = connector.Probe(context.Background(), target)
	fmt.Println(err)
	// Output:
	// authenticate warehouse_inaccessible 390201
	// The requested warehouse does not exist or not authorized.
	// The warehouse COMPUTE_WH does not exist, or the role FLAGSMITH_LOADER may not use it.
	// USE ROLE SYSADMIN;
	// EXECUTE IMMEDIATE $$
	// BEGIN
	//   CREATE WAREHOUSE IF NOT EXISTS "COMPUTE_WH" WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;
	// EXCEPTION
	//   WHEN STATEMENT_ERROR THEN
	//     IF (SQLCODE = 3041) THEN
	//       RETURN 'The warehouse COMPUTE_WH exists. It belongs to another role, and SYSADMIN did not change it.';
	//     END IF;
	//     RAISE;
	// END;
	// $$;
	// USE ROLE SECURITYADMIN;
	// GRANT USAGE ON WAREHOUSE "COMPUTE_WH" TO ROLE "FLAGSMITH_LOADER";
	// <nil>
}

// Names are parsed as in SQL.
func ExampleIdentifier() {
	for _, typed := range []string{"compute_wh", `"Compute WH"`, `"COMPUTE_WH"`, "compute wh"} {
		var name snowflake.Identifier
		if err := name.UnmarshalText([]byte(typed)); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(name, name.SQL())
	}
	// Output:
	// COMPUTE_WH "COMPUTE_WH"
	// "Compute WH" "Compute WH"
	// COMPUTE_WH "COMPUTE_WH"
	// Put this name in double quotes, spelled exactly as Snowflake shows it: "compute wh"
}

// Pasted addresses are accepted. Otherwise, the error suggests an identifier.
func ExampleAccountIdentifier() {
	for _, pasted := range []string{
		"https://app.snowflake.com/myorg/account123/#/homepage",
		"XY12345.us-east-1.snowflakecomputing.com",
		"myorg.account123",
	} {
		var id snowflake.AccountIdentifier
		if err := id.UnmarshalText([]byte(pasted)); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(id)
	}
	// Output:
	// myorg-account123
	// XY12345.us-east-1
	// Join organization and account with a hyphen. Type myorg-account123.
}

// The administrator runs the teardown script after the connection was deleted.
func ExampleConnector_TeardownScript() {
	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith", KeyPool: -1})
	if err != nil {
		log.Fatal(err)
	}
	defer connector.Close()
	script, err := connector.TeardownScript(connector.Config())
	if err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(script) {
		if !strings.HasPrefix(line, "--") && line != "\n" {
			fmt.Print(line)
		}
	}
	// Output:
	// USE ROLE SECURITYADMIN;
	// USE ROLE SECURITYADMIN;
	// DROP USER IF EXISTS "FLAGSMITH_SERVICE";
	// DROP ROLE IF EXISTS "FLAGSMITH_LOADER";
}
