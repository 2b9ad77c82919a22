package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/warehousekit/warehousekit/internal/texts"
	"github.com/warehousekit/warehousekit/warehouse"
)

// Authorize returns the caller of a request, or an error if the caller may not perform the action. HEAD
// requests are authorized as [warehouse.ActionList] or [warehouse.ActionRead]. Authorize may be called by
// any number of goroutines at once.
//
// The request is as the host's router passed it on: path values, context and body are untouched. An
// Authorize that reads the body, to verify a signature for example, must replace it.
//
// To refuse a request, return [Unauthenticated], [Forbidden], [NotFound], [TooManyRequests], or an error
// that wraps one of them. Two refusals with the same status match under errors.Is, for a middleware that logs
// them: errors.Is(err, Forbidden()). Any other error, and a panic, is logged and becomes a 500. A refused request
// produces no [warehouse.Event]. To record it in an audit trail, log it in Authorize.
type Authorize func(r *http.Request, action warehouse.Action) (warehouse.Caller, error)

// Unauthenticated returns an error that refuses a request without valid credentials, with status 401. The
// challenge is the value of the WWW-Authenticate header, "Bearer" if empty. There is no registered scheme
// for session cookies. Use a word of your own, such as "Session", but not "Basic": browsers prompt for a
// password.
func Unauthenticated(challenge string) error {
	if challenge == "" {
		challenge = "Bearer"
	}
	return &refusal{detail(http.StatusUnauthorized, "Authentication credentials were not provided or are not valid.").
		with("WWW-Authenticate", challenge)}
}

// Forbidden returns an error that refuses a caller who may not perform the action, with status 403.
func Forbidden() error {
	return &refusal{detail(http.StatusForbidden, "You do not have permission to perform this action.")}
}

// NotFound returns an error that refuses a caller who must not learn whether the organisation exists, with
// status 404. The response is the same as for a missing connection.
func NotFound() error { return &refusal{notFound} }

// TooManyRequests returns an error that refuses a caller who sends too many requests, with status 429. The
// Retry-After header is retryAfter in seconds, rounded up and at least 1.
func TooManyRequests(retryAfter time.Duration) error { return &refusal{throttled(retryAfter)} }

// A refusal is an error of Authorize with its response.
type refusal struct{ response response }

// Is reports whether target is a refusal with the same status, whatever its challenge or Retry-After.
func (r *refusal) Is(target error) bool {
	other, ok := target.(*refusal)
	return ok && other.response.status == r.response.status
}

func (r *refusal) Error() string {
	return fmt.Sprintf("httpapi: refused with status %d", r.response.status)
}

// refuse returns the response for an error of Authorize.
func (h *Handler) refuse(r *http.Request, err error) response {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused.response
	}
	h.log.LogAttrs(r.Context(), slog.LevelError, "httpapi: Authorize failed", texts.Error(err))
	return internalError
}
