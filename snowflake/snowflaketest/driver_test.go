package snowflaketest_test

import (
	"database/sql"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDriverLogsInQueriesListsAndCloses(t *testing.T) {
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
