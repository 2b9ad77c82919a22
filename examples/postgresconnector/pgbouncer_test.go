package postgresconnector

import (
	"database/sql"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/warehousekit/warehousekit/internal/pgtest"
)

func TestPgBouncer(t *testing.T) {
	t.Parallel()
	pooler, err := pgx.ParseConfig(pgtest.PgBouncer(t))
	if err != nil {
		t.Fatal("the DSN does not parse") // the error quotes it
	}
	server, err := pgx.ParseConfig(pgtest.DSN(t))
	if err != nil {
		t.Fatal("the DSN does not parse")
	}
	s := &site{t: t, server: server, config: Config{
		Host: pooler.Host, Port: pooler.Port, SSLMode: "disable", Password: pooler.Password,
		Database: pooler.Database, Schema: ` it's "odd" `, User: pooler.User,
	}}
	s.runScript()
	if _, e := runProbe(t, s.config); e != nil {
		t.Fatalf("the probe failed: %v", e)
	}

	connector, err := newConnector(t, &Options{AllowPrivateAddresses: true}).Database(target(s.config))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE events (id bigint, name text)"); err != nil {
		t.Fatal(err)
	}
	// There are more clients than sessions, so transactions of a client run in different sessions.
	const clients, rows = 12, 20
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for row := range rows {
				id := int64(client*rows + row)
				if _, err := db.ExecContext(t.Context(), "INSERT INTO events VALUES ($1, $2)", id, fmt.Sprint(id)); err != nil {
					t.Errorf("insert: %v", err)
					return
				}
				var name string
				if err := db.QueryRowContext(t.Context(), "SELECT name FROM events WHERE id = $1", id).Scan(&name); err != nil {
					t.Errorf("select: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	var schema string
	var count int
	const query = "SELECT (SELECT schemaname FROM pg_tables WHERE tablename = 'events'), count(*) FROM events"
	if err := db.QueryRowContext(t.Context(), query).Scan(&schema, &count); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.config.Schema, schema); diff != "" || count != clients*rows {
		t.Errorf("%d rows, want %d, in the schema (-want +got):\n%s", count, clients*rows, diff)
	}
}
