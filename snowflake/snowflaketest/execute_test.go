package snowflaketest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/snowflakedb/gosnowflake/v2"
)

// handled returns a block that handles errors of statements with the given condition and action.
func handled(declare, statements, condition, action string) string {
	return "EXECUTE IMMEDIATE $$\n" + declare + "BEGIN\n  " + statements + "\nEXCEPTION\n  WHEN STATEMENT_ERROR THEN\n    IF (" + condition + ") THEN\n      " + action + "\n    END IF;\n    RAISE;\nEND;\n$$;"
}

func TestExecuteImmediate(t *testing.T) {
	t.Parallel()
	const declare = "DECLARE\n  refused EXCEPTION (-20001, 'It''s refused.');\n"
	for name, test := range map[string]struct {
		script            string
		value             string // of the result
		code, state, text string // of the error
	}{
		"no error":         {script: handled("", "CREATE ROLE X; CREATE ROLE Y;", "SQLCODE = 2002", "RETURN 'handled';"), value: "NULL"},
		"a handled error":  {script: handled("", "CREATE ROLE X; CREATE ROLE R;", "SQLCODE = 2002", "RETURN 'handled';"), value: "handled"},
		"one of some":      {script: handled("", "CREATE ROLE X; CREATE ROLE R;", "SQLCODE IN (2003, 2002)", "RETURN 'handled';"), value: "handled"},
		"between quotes":   {script: "EXECUTE IMMEDIATE 'BEGIN CREATE ROLE R; EXCEPTION WHEN STATEMENT_ERROR THEN IF (SQLCODE = 2002) THEN RETURN ''it''''s''; END IF; RAISE; END;'", value: "it's"},
		"an unknown error": {script: handled("", "CREATE ROLE X; CREATE ROLE R;", "SQLCODE = 3041", "RETURN 'handled';"), code: "002002", state: "42710", text: "Uncaught exception of type 'STATEMENT_ERROR' on line 3 at position 2 : SQL compilation error:\nObject 'R' already exists."},
		"a raised one":     {script: handled(declare, "CREATE ROLE X; CREATE ROLE R;", "SQLCODE = 2002", "RAISE refused;"), code: "-20001", state: "P0001", text: "Uncaught exception of type 'REFUSED' on line 5 at position 2 : It's refused."},
		"leading zeros":    {script: handled("", "CREATE ROLE R;", "SQLCODE = 002002", "RETURN 'handled';"), code: "001003", state: "42000", text: "unexpected '002002'"},
		"not declared":     {script: handled("", "CREATE ROLE R;", "SQLCODE = 2002", "RAISE refused;"), code: "002140", state: "42601", text: "REFUSED"},
		"another form":     {script: "EXECUTE IMMEDIATE $$BEGIN CREATE ROLE X; END;$$", code: "001003", state: "42000", text: "unexpected 'END'"},
		"an unclosed name": {script: `EXECUTE IMMEDIATE $$BEGIN CREATE ROLE "X; END;$$`, code: "001003", state: "42000", text: "<EOF>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			mustRun(t, srv, "CREATE ROLE R")
			results, err := srv.Run(test.script)
			if test.code != "" {
				wantError(t, err, test.code, test.state, test.text)
				return
			}
			if err != nil || len(results) != 1 || results[0].Status() != test.value || results[0].Columns[0] != "anonymous block" {
				t.Errorf("the block returned %v, %v, want %s", results, err, test.value)
			}
			if strings.Contains(test.script, "ROLE X") {
				_, err = srv.Run("CREATE ROLE X")
				wantError(t, err, "002002", "42710", "'X'") // the statement before the error ran
			}
		})
	}
}

func TestQuotedIdentifiersIgnoreCase(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	const objects = `USE ROLE SYSADMIN; CREATE DATABASE "shop"; CREATE SCHEMA "shop"."events"; CREATE STAGE "shop"."events"."inbox";
		USE ROLE SECURITYADMIN; GRANT USAGE ON DATABASE "shop" TO ROLE LOADER; GRANT USAGE ON SCHEMA "shop"."events" TO ROLE LOADER; GRANT READ ON STAGE "shop"."events"."inbox" TO ROLE LOADER;`
	mustRun(t, srv, objects)
	_, err := srv.RunAs([]string{"SYSADMIN"}, "ALTER ACCOUNT SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE")
	wantError(t, err, "003001", "42501", "account")
	mustRun(t, srv, "ALTER ACCOUNT SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE")

	_, err = srv.Run(`CREATE DATABASE "shop"`) // SHOP exists
	wantError(t, err, "002002", "42710", "'SHOP'")
	_, err = srv.Run(`ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE; CREATE DATABASE "shop"`)
	wantError(t, err, "002002", "42710", `'"shop"'`)

	in := func(c *gosnowflake.Config) { c.Database, c.Schema = `"shop"`, `"events"` }
	if _, err := open(t, srv, in).ExecContext(testContext(t), "SELECT 1"); err != nil {
		t.Errorf("SHOP has a schema EVENTS, but: %v", err)
	}
	off := "false"
	db := open(t, srv, in, func(c *gosnowflake.Config) { c.Params["QUOTED_IDENTIFIERS_IGNORE_CASE"] = &off })
	if diff := cmp.Diff([]string{"LOADER", "LOAD_WH", "shop", "events"}, sessionState(t, db)); diff != "" {
		t.Error(diff)
	}
	for parameter, want := range map[string]int{"FALSE": 0, "TRUE": 2003} {
		if _, err := db.ExecContext(testContext(t), "ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = "+parameter); err != nil {
			t.Fatal(err)
		}
		_, err := db.ExecContext(testContext(t), `LIST '@"shop"."events"."inbox"'`)
		if refused, ok := err.(*gosnowflake.SnowflakeError); want == 0 && err != nil || want != 0 && (!ok || refused.Number != want) {
			t.Errorf("with %s, LIST returned %v, want %d", parameter, err, want)
		}
	}
}
