// The seam to the host's login and tenancy.

package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// Authorize says who is asking, and whether they may do this. It gets the request before anything of it
// was read or changed, so the host's path values, context and body are all there, and the action, so
// that a host can let some of its users list and read only. It may be called by many goroutines at once. If it
// reads the body, a signature's say, it has to put another in its place.
//
// Beside a caller it answers one of the refusals: [Unauthenticated], [Forbidden], [NotFound],
// [TooManyRequests], or an error that wraps one. Any other error is a 500, whose cause is logged, and so
// is a panic. HEAD comes as the list or the read that it is. What Authorize refuses is no event of the
// service: a host that wants it in its audit trail logs it here.
type Authorize func(r *http.Request, action warehouse.Action) (warehouse.Caller, error)

// Unauthenticated refuses a request that does not say, or not believably, who is asking: 401 with the
// given challenge as WWW-Authenticate, "Bearer" if that is empty. For sessions in cookies there is no
// registered scheme: any word will do, such as "Session", but not "Basic", at which browsers ask for a
// password.
func Unauthenticated(challenge string) error {
	if challenge == "" {
		challenge = "Bearer"
	}
	return &refusal{detail(http.StatusUnauthorized, "Authentication credentials were not provided or are not valid.").
		with("WWW-Authenticate", challenge)}
}

// Forbidden refuses a caller who may not do this: 403.
func Forbidden() error {
	return &refusal{detail(http.StatusForbidden, "You do not have permission to perform this action.")}
}

// NotFound refuses a caller who may not even know that the organisation exists: 404, in the same bytes
// as for a connection that does not.
func NotFound() error { return &refusal{notFound} }

// TooManyRequests refuses a caller who asks too often: 429 with Retry-After, in whole seconds rounded
// up, 1 at least.
func TooManyRequests(retryAfter time.Duration) error { return &refusal{throttled(retryAfter)} }

// A refusal is an Authorize's error with its answer.
type refusal struct{ answer answer }

func (r *refusal) Error() string {
	return fmt.Sprintf("httpapi: refused with status %d", r.answer.status)
}

func (h *Handler) refused(r *http.Request, err error) answer {
	if a, ok := refusalIn(err); ok {
		return a
	}
	h.log.LogAttrs(r.Context(), slog.LevelError, "httpapi: Authorize failed", slog.Any("error", err))
	return internalError
}
