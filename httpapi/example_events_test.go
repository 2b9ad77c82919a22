package httpapi_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/store/sqlite"
	"github.com/warehousekit/warehousekit/warehouse"
)

// counters stand in for a metrics library: a number for each combination of labels. The organisation is not a
// label, because there are too many.
type counters struct {
	mu     sync.Mutex
	counts map[string]int
	took   map[warehouse.Action]time.Duration
}

func (c *counters) observe(_ context.Context, e warehouse.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[fmt.Sprintf("warehouse_actions_total{action=%q,outcome=%q,code=%q}", e.Action, e.Outcome, e.Code)]++
	c.took[e.Action] += e.Duration
}

// Count actions by outcome in the event hook.
func Example_metrics() {
	metrics := &counters{counts: make(map[string]int), took: make(map[warehouse.Action]time.Duration)}
	api, err := httpapi.NewHandler(newService(metrics.observe), anyone, nil)
	if err != nil {
		log.Fatal(err)
	}

	ask(api, "GET", "/", "")
	ask(api, "GET", "/", "")
	ask(api, "POST", "/", `{"type":"fake"}`)
	for _, line := range slices.Sorted(maps.Keys(metrics.counts)) {
		fmt.Println(line, metrics.counts[line])
	}
	// Output:
	// 200 []
	// 200 []
	// 400 {"account":["This field is required."]}
	// warehouse_actions_total{action="create",outcome="refused",code=""} 1
	// warehouse_actions_total{action="list",outcome="done",code=""} 2
}

// Write an audit trail to a table of the host in the event hook. It omits reads and includes refused actions.
func Example_auditTable() {
	dir, err := os.MkdirTemp("", "audit")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	db, err := sqlite.Open(filepath.Join(dir, "host.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE audit (organisation TEXT, actor TEXT, action TEXT, outcome TEXT, connection TEXT, revision INTEGER, code TEXT)`); err != nil {
		log.Fatal(err)
	}
	audit := func(ctx context.Context, e warehouse.Event) {
		if e.Action == warehouse.ActionList || e.Action == warehouse.ActionRead {
			return
		}
		// Write the record even if the client has disconnected.
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := db.ExecContext(ctx, `INSERT INTO audit VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			e.Organisation, e.Actor, e.Action, e.Outcome, e.ConnectionID, e.Revision, e.Code); err != nil {
			log.Print(err)
		}
	}
	api, err := httpapi.NewHandler(newService(audit), anyone, nil)
	if err != nil {
		log.Fatal(err)
	}

	ask(api, "GET", "/", "")
	ask(api, "DELETE", "/wc_missing/", "")
	printTable(db)
	// Output:
	// 200 []
	// 404 {"detail":"Not found."}
	// organisation 8: ada tried to delete wc_missing: refused
}

// anyone authorizes every request as ada.
func anyone(*http.Request, warehouse.Action) (warehouse.Caller, error) {
	return warehouse.Caller{Organisation: "8", Actor: "ada"}, nil
}

func printTable(db *sql.DB) {
	rows, err := db.Query(`SELECT organisation, actor, action, connection, outcome FROM audit`)
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var organisation, actor, action, connection, outcome string
		if err := rows.Scan(&organisation, &actor, &action, &connection, &outcome); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("organisation %s: %s tried to %s %s: %s\n", organisation, actor, action, connection, outcome)
	}
	if err := rows.Err(); err != nil {
		log.Fatal(err)
	}
}
