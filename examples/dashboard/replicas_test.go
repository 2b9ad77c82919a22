package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
	"github.com/warehousekit/warehousekit/store/postgres"
)

// replicas starts four dashboards at once with the same database, which is not migrated, and the same keyset,
// which does not exist.
func replicas(t *testing.T, dsn string) (urls []string, keyset string) {
	t.Helper()
	keyset = filepath.Join(t.TempDir(), "keyset.json")
	started := make(chan string, 4)
	for range 4 {
		go func() {
			url := ""
			defer func() { started <- url }()
			url = start(t, t.TempDir(), "-db", dsn, "-keyset", keyset).url
		}()
	}
	for range 4 {
		url := <-started
		if url == "" {
			t.FailNow() // start reported the reason
		}
		urls = append(urls, url)
	}
	return urls, keyset
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	urls, keyset := replicas(t, dsn)

	t.Run("64 simultaneous creates", func(t *testing.T) {
		statuses := make(chan int, 64)
		for i := range 64 {
			go func() {
				c := newCustomer("contested", urls[i%len(urls)])
				status, _ := c.send(t.Context(), http.MethodPost, "", `{"type": "snowflake", "account_identifier": "xy12345"}`)
				statuses <- status
			}()
		}
		got := make(map[int]int)
		for range 64 {
			got[<-statuses]++
		}
		if diff := cmp.Diff(map[int]int{201: 1, 409: 63}, got); diff != "" {
			t.Errorf("responses by status (-want +got):\n%s", diff)
		}
	})

	t.Run("mixed load", func(t *testing.T) {
		var customers []*customer
		for i := range 16 {
			customers = append(customers, newCustomer(fmt.Sprintf("mixed-%d", i), urls...))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		work(ctx, t, customers)
		checkAll(t, customers)
		checkCoverage(t, customers)
		for _, c := range customers {
			for status, n := range c.counts {
				if status >= 500 {
					t.Errorf("organisation %s got status %d %d times", c.organisation, status, n)
				}
			}
		}
	})
	checkKeys(t, dsn, store.DialectPostgreSQL, postgres.Open, keyset)
}

func TestDatabaseOutage(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	urls, keyset := replicas(t, server.DSN)
	var customers []*customer
	for i := range 8 {
		customers = append(customers, newCustomer(fmt.Sprintf("outage-%d", i), urls...))
	}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		worked := make(chan struct{})
		go func() {
			defer close(worked)
			work(ctx, t, customers)
		}()
		server.Crash(t)
		status, body := newCustomer("outage-0", urls[0]).send(t.Context(), http.MethodGet, "", "")
		if status != http.StatusInternalServerError || body != `{"detail":"Internal server error."}` {
			t.Errorf("without its database, the dashboard returned %d %s", status, body)
		}
		server.Resume(t)
		<-worked
		cancel()
		checkAll(t, customers)
	}
	checkCoverage(t, customers)
	checkKeys(t, server.DSN, store.DialectPostgreSQL, postgres.Open, keyset)
}
