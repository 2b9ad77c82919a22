// The Snowflake for demonstrations.

package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

// openSnowflake returns the endpoint that -snowflake asks for, none for Snowflake's own, and the stand-in
// behind it if there is one.
func (h *host) openSnowflake(mode string) (endpoint string, _ *demo, err error) {
	switch mode {
	case "demo":
	case "live":
		return "", nil, nil
	case "":
		return "", nil, errors.New("-snowflake must be demo, live, or the http://host:port of a server that speaks the protocol")
	default:
		return mode, nil, nil // snowflake.New says what is wrong with it
	}
	server := snowflaketest.New()
	h.closers = append(h.closers, func() error { server.Close(); return nil })
	return server.URL, &demo{server: server}, nil
}

// A demo is a stand-in for Snowflake that outlives the process: the scripts that it ran are kept in the
// host's database, and run again at the next start.
type demo struct {
	server *snowflaketest.Server
	db     *sql.DB
	log    *slog.Logger

	mu sync.Mutex // scripts run in the order in which they are kept
}

// keep makes the demo outlive the process in the database, and runs what an earlier one has kept there.
func (d *demo) keep(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	d.db, d.log = db, log
	// Of replicas that start at once PostgreSQL refuses all but one, IF NOT EXISTS or not. What counts is
	// that the table is there.
	_, created := d.db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS demo_snowflake_scripts (id TEXT PRIMARY KEY, ran_at BIGINT NOT NULL, script TEXT NOT NULL)`)
	rows, err := d.db.QueryContext(ctx, `SELECT script FROM demo_snowflake_scripts ORDER BY ran_at, id`)
	if err != nil {
		return errors.Join(created, err)
	}
	defer rows.Close()
	for rows.Next() {
		var script string
		if err := rows.Scan(&script); err != nil {
			return err
		}
		// A script that was refused half way is refused there again.
		_, _ = d.server.Run(script)
	}
	return rows.Err()
}

// run executes a script as the account's administrator. What it did before a refusal stays done.
func (d *demo) run(ctx context.Context, script string) ([]snowflaketest.Result, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.db.ExecContext(ctx, `INSERT INTO demo_snowflake_scripts (id, ran_at, script) VALUES ($1, $2, $3)`,
		rand.Text(), time.Now().UnixNano(), script); err != nil {
		return nil, err
	}
	return d.server.Run(script)
}

const maxScript = 1 << 20

func (d *demo) serveRun(w http.ResponseWriter, r *http.Request) {
	script, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxScript))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		answer(w, http.StatusRequestEntityTooLarge, map[string]string{"detail": "The script is larger than 1 MiB."})
		return
	}
	if err != nil {
		return // the client went away
	}
	results, err := d.run(r.Context(), string(script))
	var refused *snowflaketest.Error
	switch {
	case errors.As(err, &refused):
		answer(w, http.StatusBadRequest, map[string]any{
			"detail": refused.Message, "code": refused.Code, "line": refused.Line, "statement": refused.Statement,
		})
	case err != nil:
		d.log.Error("keeping a script failed", "error", err)
		answer(w, http.StatusInternalServerError, map[string]string{"detail": "Internal server error."})
	default:
		answer(w, http.StatusOK, map[string]int{"statements": len(results)})
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
