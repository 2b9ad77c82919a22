package warehouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/warehousekit/warehousekit/internal/panics"
	"github.com/warehousekit/warehousekit/internal/texts"
)

// An Action is an action on connections that a host allows or refuses.
type Action string

// A replace is an update, and getting a teardown script is a read.
const (
	ActionList   Action = "list"
	ActionCreate Action = "create"
	ActionRead   Action = "read"
	ActionUpdate Action = "update"
	ActionDelete Action = "delete"
	ActionTest   Action = "test"
	ActionTypes  Action = "types"
	ActionOpen   Action = "open" // Service.Open and Service.OpenDB; not available over HTTP
	ActionAll    Action = "all"  // Service.All, of all organisations; not available over HTTP
)

// An Outcome is how an action ended.
type Outcome string

// Alert on OutcomeError, and on a test that failed with CodeServerError.
const (
	OutcomeDone      Outcome = "done"
	OutcomeFailed    Outcome = "failed"    // a test ran and failed
	OutcomeRefused   Outcome = "refused"   // the caller gets the reason: bad fields, not found, a conflict, too many tests
	OutcomeAbandoned Outcome = "abandoned" // the caller disconnected before the action was done
	OutcomeError     Outcome = "error"     // the caller does not get the reason
)

// An Event describes an action that has ended. It holds no secrets.
type Event struct {
	Action       Action
	Outcome      Outcome
	Organisation string
	Actor        string
	ConnectionID string   // as the caller passed it, if the row was not read
	Type         string   // empty if the row was not read
	Revision     int64    // 0 if the row was not read
	Changed      []string // JSON names of the fields that an update changed, sensitive ones included
	Duration     time.Duration
	Code         Code  // of a test that failed
	Err          error // nil if done; nil if failed, unless Code is CodeServerError
}

func (e *Event) about(c Connection) {
	e.ConnectionID, e.Type, e.Revision = c.ID, c.Type, c.Revision
}

// A call is one call of a Service method, for its event.
type call struct {
	ctx   context.Context
	began time.Time
	event Event
}

func newCall(ctx context.Context, caller Caller, e Event) *call {
	e.Organisation, e.Actor = caller.Organisation, caller.Actor
	return &call{ctx: ctx, began: time.Now(), event: e}
}

// observe performs one action and reports its event.
func observe[T any](ctx context.Context, s *Service, caller Caller, e Event, do func(*Event) (T, error)) (result T, err error) {
	c := newCall(ctx, caller, e)
	defer func() { s.report(c, err) }()
	return perform(ctx, s, caller, &c.event, do)
}

// perform checks the caller and calls do. It returns an error for a panic.
func perform[T any](ctx context.Context, s *Service, caller Caller, e *Event, do func(*Event) (T, error)) (result T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.recovered(ctx, string(e.Action), p)
		}
	}()
	if err := caller.check(); err != nil {
		return result, err
	}
	return do(e)
}

// report passes the event of a call to the host, and logs an error that the caller is not shown.
func (s *Service) report(c *call, err error) {
	e := c.event
	e.Duration = time.Since(c.began)
	if err != nil {
		e.Err = err
	}
	if e.Outcome == "" {
		e.Outcome = outcomeOf(c.ctx, err)
	}
	if e.Outcome == OutcomeError {
		s.log.LogAttrs(c.ctx, slog.LevelError, "warehouse: "+string(e.Action)+" failed",
			slog.String("connection", texts.Cut(e.ConnectionID, 255)), texts.Error(err))
	}
	if s.onEvent == nil {
		return
	}
	ctx := context.WithoutCancel(c.ctx) // an audit trail has to be written although the caller is gone
	defer func() {
		if p := recover(); p != nil {
			_ = s.recovered(ctx, "the event hook", p) // which logs it
		}
	}()
	s.onEvent(ctx, e)
}

func outcomeOf(ctx context.Context, err error) Outcome {
	var fields FieldErrors
	switch {
	case err == nil:
		return OutcomeDone
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrExists), errors.Is(err, ErrChanged),
		errors.Is(err, ErrBusy), errors.Is(err, ErrNoConnector), errors.Is(err, ErrNoDatabase), errors.Is(err, ErrNoTeardown), errors.As(err, &fields):
		return OutcomeRefused
	case errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, context.Canceled):
		return OutcomeAbandoned // a deadline is the server's own
	}
	return OutcomeError
}

// recovered logs a panic with its stack, and returns the error that stands for it.
func (s *Service) recovered(ctx context.Context, where string, p any) error {
	text := panics.Text(p)
	s.log.LogAttrs(ctx, slog.LevelError, "warehouse: panic in "+where,
		slog.String("panic", text), slog.String("stack", texts.Cut(string(debug.Stack()), texts.LogLimit)))
	return fmt.Errorf("warehouse: panic in %s: %s", where, text)
}
