package main

import (
	"context"
	"expvar"
	"log/slog"

	"github.com/warehousekit/warehousekit/warehouse"
)

// events counts by action and outcome, which are a small, fixed set; organisations are not.
var events = expvar.NewMap("warehouse_connection_events")

// audit is called before the answer is out, so it waits for nothing but the log.
func audit(logger *slog.Logger) func(context.Context, warehouse.Event) {
	return func(ctx context.Context, event warehouse.Event) {
		events.Add(string(event.Action)+"_"+string(event.Outcome), 1)
		level := slog.LevelInfo
		if event.Outcome == warehouse.OutcomeError { // ours to mend, and worth an alert
			level = slog.LevelError
		}
		logger.Log(ctx, level, "audit", "action", event.Action, "outcome", event.Outcome,
			"organisation", event.Organisation, "actor", event.Actor, "connection", event.ConnectionID,
			"revision", event.Revision, "code", event.Code, "duration", event.Duration, "error", event.Err)
	}
}
