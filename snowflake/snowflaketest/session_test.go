package snowflaketest_test

import (
	"database/sql"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

// sessionState is what a session is using, NULL for none.
func sessionState(t *testing.T, db *sql.DB) []string {
	t.Helper()
	values := make([]sql.NullString, 4)
	row := db.QueryRowContext(testContext(t), "SELECT CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()")
	if err := row.Scan(&values[0], &values[1], &values[2], &values[3]); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, v := range values {
		if !v.Valid {
			v.String = "NULL"
		}
		list = append(list, v.String)
	}
	return list
}

func TestGrantsInOpenSession(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]struct {
		code int
		text string
	}{
		"REVOKE READ, WRITE ON STAGE SHOP.EVENTS.FILES FROM ROLE LOADER": {2003, "SQL compilation error:\nStage 'SHOP.EVENTS.FILES' does not exist or not authorized."},
		"DROP STAGE SHOP.EVENTS.FILES":                                   {2003, "SQL compilation error:\nStage 'SHOP.EVENTS.FILES' does not exist or not authorized."},
		"DROP SCHEMA SHOP.EVENTS":                                        {2003, "SQL compilation error:\nSchema 'SHOP.EVENTS' does not exist or not authorized."},
		"REVOKE USAGE ON DATABASE SHOP FROM ROLE LOADER":                 {2003, "SQL compilation error:\nDatabase 'SHOP' does not exist or not authorized."},
		"REVOKE ROLE LOADER FROM USER LOADER_SERVICE":                    {2003, "SQL compilation error:\nDatabase 'SHOP' does not exist or not authorized."},
		"REVOKE ALL ON STAGE SHOP.EVENTS.FILES FROM ROLE LOADER":         {2003, "SQL compilation error:\nStage 'SHOP.EVENTS.FILES' does not exist or not authorized."},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			srv := readyServer(t)
			db := open(t, srv)
			if _, err := db.ExecContext(testContext(t), "LIST @SHOP.EVENTS.FILES"); err != nil {
				t.Fatal(err)
			}
			mustRun(t, srv, script)
			_, err := db.ExecContext(testContext(t), "LIST @SHOP.EVENTS.FILES")
			got, ok := err.(*gosnowflake.SnowflakeError)
			if !ok || got.Number != want.code || got.Message != want.text || got.QueryID == "" {
				t.Errorf("LIST answers %v", err)
			}
			if _, err := db.ExecContext(testContext(t), "SELECT 1"); err != nil {
				t.Errorf("a constant wants nothing, but: %v", err)
			}
		})
	}
}

func TestOneStatementPerRequest(t *testing.T) {
	t.Parallel()
	db := open(t, readyServer(t))
	for statement, code := range map[string]int{"SELECT 1; SELECT 2": 8, " ; ": 900, "SELEKT": 1003, "CREATE ROLE X": 3001} {
		_, err := db.ExecContext(testContext(t), statement)
		if got, ok := err.(*gosnowflake.SnowflakeError); !ok || got.Number != code {
			t.Errorf("%q answers %v, want %d", statement, err, code)
		}
	}
	if _, err := db.ExecContext(testContext(t), "SELECT 1 -- one\n;"); err != nil {
		t.Error(err)
	}
}

func TestSessionToken(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	one := login(t, srv, "roleName=LOADER", newForger().token())
	token := one.Data["token"].(string)
	query := func(token string) answer {
		return post(t, srv.URL+"/queries/v1/query-request?requestId=q", token, map[string]any{"sqlText": "SELECT 1"})
	}
	expect := func(what string, a answer, code string) {
		t.Helper()
		if a.Code != code || a.Success != (code == "") {
			t.Errorf("%s: %+v, want code %q", what, a, code)
		}
	}
	expect("no token", query(""), "390103")
	expect("an invented token", query("x"), "390104")
	expect("the right token", query(token), "")
	expect("a session that is only looked at", post(t, srv.URL+"/session", token, nil), "")
	expect("and goes on", query(token), "")
	expect("a closed session", post(t, srv.URL+"/session?delete=true", token, nil), "")
	expect("is gone", query(token), "390111")
	expect("closing it twice", post(t, srv.URL+"/session?delete=true", token, nil), "390111")
	if n := len(srv.OpenSessions()); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
}

func TestAbort(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	a := login(t, srv, "", newForger().token())
	token := a.Data["token"].(string)
	abort := func(id string) answer {
		return post(t, srv.URL+"/queries/v1/abort-request", token, map[string]any{"requestId": id})
	}
	if got := abort("never"); got.Code != "000605" {
		t.Errorf("aborting what does not run: %+v", got)
	}

	srv.Inject(snowflaketest.AtQuery, snowflaketest.Hang())
	db := open(t, srv)
	ctx, cancel := contextWithCancel(t)
	done := make(chan error, 1)
	go func() {
		_, err := db.ExecContext(ctx, "SELECT 7")
		done <- err
	}()
	waitFor(t, "the statement runs", func() bool { return len(srv.Running()) == 1 })
	cancel()
	if err := <-done; err == nil {
		t.Error("a statement that hangs succeeded")
	}
	waitFor(t, "the driver aborts it", func() bool { return len(srv.Running()) == 0 })
	all := srv.Statements()
	if last := all[len(all)-1]; last.SQL != "SELECT 7" || !last.Aborted || last.Done {
		t.Errorf("recorded as %+v", last)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	on, tag, timeout := "true", "probe", "4"
	db := open(t, srv, func(c *gosnowflake.Config) {
		c.Application = "kit"
		c.Params = map[string]*string{"CLIENT_TELEMETRY_ENABLED": &on, "QUERY_TAG": &tag, "STATEMENT_TIMEOUT_IN_SECONDS": &timeout}
	})
	if _, err := db.ExecContext(testContext(t), "SELECT 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(gosnowflake.WithQueryTag(testContext(t), "other"), "LIST @NO.S.F"); err == nil {
		t.Error("a missing stage was listed")
	}
	sessions := srv.OpenSessions()
	if len(sessions) != 1 || sessions[0].User != "LOADER_SERVICE" || sessions[0].Parameters["STATEMENT_TIMEOUT_IN_SECONDS"] != "4" {
		t.Errorf("sessions are %+v", sessions)
	}
	_ = db.Close()

	l := srv.Logins()[0]
	if l.Account != "xy12345" || l.User != "LOADER_SERVICE" || l.Warehouse != "LOAD_WH" || l.Session != sessions[0].ID || l.Environment["APPLICATION"] != "kit" || l.Client != "Go/2.1.0" {
		t.Errorf("login is %+v", l)
	}
	if diff := cmp.Diff([]any{"disabled"}, l.Environment["PLATFORM"]); diff != "" {
		t.Errorf("platform: %s", diff)
	}
	var seen []string
	for _, st := range srv.Statements() {
		seen = append(seen, st.User+" "+st.Role+" "+st.SQL+" "+st.QueryTag+" "+st.Code)
	}
	want := []string{"LOADER_SERVICE LOADER SELECT 1 probe ", "LOADER_SERVICE LOADER LIST @NO.S.F other 002003"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	for _, at := range []snowflaketest.Point{snowflaketest.AtLogin, snowflaketest.AtQuery, snowflaketest.AtList, snowflaketest.AtClose} {
		if n := srv.Count(at); n != 1 {
			t.Errorf("%d requests at %s, want 1", n, at)
		}
	}
	if srv.Count(snowflaketest.AtTelemetry) == 0 || srv.Count() <= 4 {
		t.Error("the driver sent no telemetry, though it was let")
	}
}

func TestDriver(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	if err := srv.PutFile("shop.events.files", "2026/04/a b.csv", 12); err != nil {
		t.Fatal(err)
	}
	db := open(t, srv)
	ctx := testContext(t)

	var one int
	var role, warehouse, database, schema sql.NullString
	row := db.QueryRowContext(ctx, "SELECT 1, CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()")
	if err := row.Scan(&one, &role, &warehouse, &database, &schema); err != nil {
		t.Fatal(err)
	}
	got := []string{role.String, warehouse.String, database.String, schema.String}
	if diff := cmp.Diff([]string{"LOADER", "LOAD_WH", "SHOP", "EVENTS"}, got); one != 1 || diff != "" {
		t.Errorf("session is not where it was asked to be: %d, %s", one, diff)
	}
	if _, err := db.ExecContext(ctx, "LIST @SHOP.EVENTS.FILES/none/"); err != nil {
		t.Errorf("LIST through Exec: %v", err)
	}
	var name, md5, modified string
	var size int
	if err := db.QueryRowContext(ctx, "LIST @SHOP.EVENTS.FILES").Scan(&name, &size, &md5, &modified); err != nil {
		t.Fatal(err)
	}
	if name != "files/2026/04/a b.csv" || size != 12 {
		t.Errorf("LIST shows %s of %d bytes", name, size)
	}
	if n := len(srv.OpenSessions()); n != 1 {
		t.Errorf("%d sessions are open, want 1", n)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(srv.OpenSessions()); n != 0 {
		t.Errorf("%d sessions are open after Close, want none", n)
	}
}

func TestAsync(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	srv.SetAsync(func() int { return 3 })
	db := open(t, srv)
	var one int
	if err := db.QueryRowContext(testContext(t), "SELECT 1").Scan(&one); err != nil || one != 1 {
		t.Errorf("SELECT 1 returned %d, %v", one, err)
	}
	_, err := db.ExecContext(testContext(t), "LIST @NO.S.F")
	if refused, ok := err.(*gosnowflake.SnowflakeError); !ok || refused.Number != 2003 {
		t.Errorf("LIST of a missing stage returned %v", err)
	}
	if n := srv.Count(snowflaketest.AtResult); n != 6 {
		t.Errorf("%d requests for results, want 6", n)
	}

	// A result belongs to one session, and is sent once.
	srv.SetAsync(func() int { return 1 })
	mine := login(t, srv, "", newForger().token()).Data["token"].(string)
	other := login(t, srv, "", newForger().token()).Data["token"].(string)
	a := post(t, srv.URL+"/queries/v1/query-request?requestId=q", mine, map[string]any{"sqlText": "SELECT 1"})
	if a.Code != "333334" || !a.Success {
		t.Fatalf("the statement was answered with %+v", a)
	}
	for _, step := range []struct{ token, code string }{{other, "000709"}, {mine, ""}, {mine, "000709"}} {
		if got := get(t, srv.URL+a.Data["getResultUrl"].(string), step.token); got.Code != step.code {
			t.Errorf("the result is %+v, want code %q", got, step.code)
		}
	}
}

func TestArrow(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	srv.SetArrow(true)
	for format, want := range map[string]string{"": "arrow", "ARROW": "arrow", "json": "json", "JSON": "json"} {
		body := loginBody(newForger().token())
		if format != "" {
			body["data"].(map[string]any)["SESSION_PARAMETERS"].(map[string]any)["GO_QUERY_RESULT_FORMAT"] = format
		}
		token := post(t, srv.URL+"/session/v1/login-request", "", body).Data["token"].(string)
		for statement, want := range map[string]string{"SELECT 1": want, "SHOW ROLES": "json"} {
			a := post(t, srv.URL+"/queries/v1/query-request?requestId=q", token, map[string]any{"sqlText": statement})
			if a.Data["queryResultFormat"] != want || (a.Data["rowset"] != nil) != (want == "json") {
				t.Errorf("with %q, %s returned %+v, want %s", format, statement, a.Data, want)
			}
		}
	}
}
