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

// openSnowflake returns the endpoint for the -snowflake flag, which is empty for Snowflake itself. For "demo"
// it also starts and returns the demo.
func (h *host) openSnowflake(mode string) (endpoint string, _ *demo, err error) {
	switch mode {
	case "demo":
	case "live":
		return "", nil, nil
	case "":
		return "", nil, errors.New("-snowflake must be demo, live, or the http://host:port of a server that speaks the protocol")
	default:
		return mode, nil, nil // snowflake.New validates it
	}
	server := snowflaketest.New()
	h.closers = append(h.closers, func() error { server.Close(); return nil })
	return server.URL, &demo{server: server}, nil
}

// A demo is a Snowflake stand-in. It stores the scripts that it ran in the host's database, and runs them
// again after a restart.
type demo struct {
	server *snowflaketest.Server
	db     *sql.DB
	log    *slog.Logger

	mu sync.Mutex // scripts run in the order in which they are stored
}

// restore runs the scripts in the database. Later scripts are stored there too.
func (d *demo) restore(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	d.db, d.log = db, log
	// If replicas start at once, PostgreSQL can return an error despite IF NOT EXISTS. The error matters only
	// if the query fails too.
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
		// A script that failed before fails again at the same statement.
		_, _ = d.server.Run(script)
	}
	return rows.Err()
}

// run stores a script and runs it as the administrator of the account, up to the first statement that fails.
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
		writeJSON(w, http.StatusRequestEntityTooLarge, map[string]string{"detail": "The script is larger than 1 MiB."})
		return
	}
	if err != nil {
		return // the client disconnected
	}
	results, err := d.run(r.Context(), string(script))
	var refused *snowflaketest.Error
	switch {
	case errors.As(err, &refused):
		writeJSON(w, http.StatusBadRequest, map[string]any{
			"detail": refused.Message, "code": refused.Code, "line": refused.Line, "statement": refused.Statement,
		})
	case err != nil:
		d.log.Error("storing a script failed", "error", err)
		writeJSON(w, http.StatusInternalServerError, map[string]string{"detail": "Internal server error."})
	default:
		writeJSON(w, http.StatusOK, map[string]int{"statements": len(results)})
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
