package main

import (
	"context"
	"expvar"
	"log/slog"

	"github.com/warehousekit/warehousekit/warehouse"
)

// events counts events by action and outcome. It does not count by organisation, of which there can be many.
var events = expvar.NewMap("warehouse_connection_events")

// audit returns a function that counts and logs an event. The response waits for it, so it must be fast.
func audit(logger *slog.Logger) func(context.Context, warehouse.Event) {
	return func(ctx context.Context, event warehouse.Event) {
		events.Add(string(event.Action)+"_"+string(event.Outcome), 1)
		level := slog.LevelInfo
		if event.Outcome == warehouse.OutcomeError { // only we can fix it: alert on this level
			level = slog.LevelError
		}
		logger.Log(ctx, level, "audit", "action", event.Action, "outcome", event.Outcome,
			"organisation", event.Organisation, "actor", event.Actor, "connection", event.ConnectionID,
			"revision", event.Revision, "code", event.Code, "duration", event.Duration, "error", event.Err)
	}
}
