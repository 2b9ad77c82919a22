package snowflake

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/warehousekit/warehousekit/internal/panics"
	"github.com/warehousekit/warehousekit/internal/texts"
)

// errDriverPanic and errDriverHangs are errors of the driver itself. The transport's
// checks should leave neither.
var (
	errDriverPanic = errors.New("snowflake: the driver panicked")
	errDriverHangs = errors.New("snowflake: the driver did not return")
)

// contain calls a function of the driver in a goroutine of its own, which it leaves
// behind if the function has not returned by the end of the probe.
func contain[T any](ctx context.Context, p *probe, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1) // a call that was left behind finds nobody waiting
	go func() {
		r := result{err: errDriverPanic} // also of a call that ends its goroutine
		defer func() {
			if v := recover(); v != nil {
				p.connector.log.LogAttrs(ctx, slog.LevelError, "snowflake: panic in the driver",
					slog.String("connection", p.connection), slog.String("panic", panics.Text(v)), slog.String("stack", texts.Cut(string(debug.Stack()), texts.LogLimit)))
			}
			done <- r
		}()
		r.value, r.err = call()
	}()
	timer := time.NewTimer(time.Until(p.leaveAt))
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
	}
	p.connector.log.LogAttrs(ctx, slog.LevelError, "snowflake: the driver did not return and was left behind",
		slog.String("connection", p.connection))
	p.leftBehind = true
	var none T
	return none, errDriverHangs
}
