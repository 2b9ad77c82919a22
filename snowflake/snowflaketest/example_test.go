package snowflaketest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

// A setup script is run by an administrator, a client logs in with its key, and what the script forgot
// to grant is refused in Snowflake's words.
func Example() {
	srv := snowflaketest.New()
	defer srv.Close()

	script := `
USE ROLE SYSADMIN;
CREATE WAREHOUSE WH;
CREATE DATABASE DB;
CREATE STAGE DB.PUBLIC.FILES;
USE ROLE SECURITYADMIN;
CREATE ROLE LOADER;
CREATE USER SERVICE TYPE = SERVICE RSA_PUBLIC_KEY = '` + publicText(firstKey()) + `';
GRANT ROLE LOADER TO USER SERVICE;
GRANT USAGE ON WAREHOUSE WH TO ROLE LOADER;
GRANT USAGE ON DATABASE DB TO ROLE LOADER;
GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE LOADER;
GRANT READ ON STAGE DB.PUBLIC.FILES TO ROLE LOADER;
`
	if _, err := srv.RunAs([]string{"SYSADMIN", "SECURITYADMIN"}, script); err != nil {
		log.Fatal(err)
	}

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account: "xy12345", User: "SERVICE", Role: "LOADER", Warehouse: "WH", Database: "DB", Schema: "PUBLIC",
		Authenticator: gosnowflake.AuthTypeJwt, PrivateKey: firstKey(),
		Host: "127.0.0.1", Port: port(srv), Protocol: "http", Transporter: transport, MaxRetryCount: -1,
	}))
	defer func() { _ = db.Close() }()

	list := func() {
		_, err := db.ExecContext(context.Background(), "LIST @DB.PUBLIC.FILES")
		if refused, ok := errors.AsType[*gosnowflake.SnowflakeError](err); ok {
			fmt.Println(refused.Number, refused.Message)
			return
		}
		fmt.Println("listed", err)
	}
	list()
	if _, err := srv.Run("REVOKE READ ON STAGE DB.PUBLIC.FILES FROM ROLE LOADER"); err != nil {
		log.Fatal(err)
	}
	list()

	_, err := srv.RunAs([]string{"SYSADMIN"}, "CREATE DATABASE OTHER;\nCREATE ROLE READER;")
	fmt.Println(err)
	// Output:
	// listed <nil>
	// 2003 SQL compilation error:
	// Stage 'DB.PUBLIC.FILES' does not exist or not authorized.
	// line 2: 003001 (42501): SQL access control error: Insufficient privileges to operate on account 'XY12345'.
}
