package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/internal/pgtest"
	"github.com/warehousekit/warehousekit/store"
)

// BenchmarkGrowth compares a store of a million organisations with one of a thousand: it alternates calls
// to the two and reports the ratio of the medians. The rows are short because only the depth of the
// indexes matters, and a million of them are created in seconds.
//
//	go test ./store -run '^$' -bench Growth -benchtime 2000x
func BenchmarkGrowth(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		grow(b, store.DialectSQLite, openSQLite(b), openSQLite(b))
	})
	b.Run("postgresql", func(b *testing.B) {
		grow(b, store.DialectPostgreSQL, openPostgres(b, pgtest.DSN(b)), openPostgres(b, pgtest.DSN(b)))
	})
}

func grow(b *testing.B, dialect store.Dialect, fewDB, manyDB *sql.DB) {
	const few, many = 1_000, 1_000_000
	populations := []struct {
		store *store.Store
		size  int
	}{
		{filled(b, dialect, fewDB, few), few},
		{filled(b, dialect, manyDB, many), many},
	}
	for _, op := range []struct {
		name string
		call func(ctx context.Context, s *store.Store, size int) error
	}{
		{"list", func(ctx context.Context, s *store.Store, size int) error {
			listed, err := s.List(ctx, fmt.Sprintf("organisation %d", 1+rand.N(size)))
			if err == nil && len(listed) != 1 {
				err = fmt.Errorf("%d connections", len(listed))
			}
			return err
		}},
		{"get", func(ctx context.Context, s *store.Store, size int) error {
			n := 1 + rand.N(size)
			_, err := s.Get(ctx, fmt.Sprintf("organisation %d", n), fmt.Sprintf("wc_%d", n))
			return err
		}},
		{"create", func(ctx context.Context, s *store.Store, size int) error {
			return s.Create(ctx, newRow(fmt.Sprint("new ", rand.Uint64())))
		}},
	} {
		b.Run(op.name, func(b *testing.B) {
			took := make([][]time.Duration, len(populations))
			for b.Loop() {
				for i, p := range populations {
					began := time.Now()
					if err := op.call(b.Context(), p.store, p.size); err != nil {
						b.Fatal(err)
					}
					took[i] = append(took[i], time.Since(began))
				}
			}
			medians := make([]float64, len(took))
			for i := range took {
				slices.Sort(took[i])
				medians[i] = float64(took[i][len(took[i])/2])
			}
			b.ReportMetric(medians[0], "ns-median-of-1k")
			b.ReportMetric(medians[1], "ns-median-of-1M")
			b.ReportMetric(medians[1]/medians[0], "ratio")
			b.ReportMetric(0, "ns/op") // the sum of both, which is not useful
		})
	}
}

// filled returns a store with n organisations.
func filled(b *testing.B, dialect store.Dialect, db *sql.DB, n int) *store.Store {
	b.Helper()
	s := migrated(b, db, dialect)
	exec(b, db, fmt.Sprintf(`INSERT INTO warehouse_connections (id, organisation, type, config, host_config, public_key,
			setup_script, sealed, revision, created_at)
		WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)
		SELECT 'wc_' || n, 'organisation ' || n, 'example', '{"account":"xy12345"}', '{}', '', '%s',
			(SELECT sealed FROM (%s) AS bytes), 1, 1776420000000000000 + n FROM numbers`,
		n, strings.Repeat("-- a line of the script\n", 12), sealedBytes(dialect)))
	if dialect == store.DialectPostgreSQL {
		exec(b, db, `VACUUM ANALYZE warehouse_connections`) // otherwise the first reads do its work
	}
	return s
}

// sealedBytes returns a query for 300 bytes.
func sealedBytes(dialect store.Dialect) string {
	if dialect == store.DialectPostgreSQL {
		return `SELECT decode('` + strings.Repeat("5a", 300) + `', 'hex') AS sealed`
	}
	return `SELECT x'` + strings.Repeat("5a", 300) + `' AS sealed`
}
