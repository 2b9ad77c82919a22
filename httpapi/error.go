package httpapi

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

var (
	notFound      = detail(http.StatusNotFound, "Not found.")
	internalError = detail(http.StatusInternalServerError, "Internal server error.")
)

// busyRetryAfter is the Retry-After of an ErrBusy that has none.
const busyRetryAfter = 5 * time.Second

// reply returns a response with the result of body, or the response for err. It is the only place that maps
// errors of the service to statuses. It does not log: the service logs the causes of its own 500s.
func reply(err error, status int, body func() any) response {
	var fields warehouse.FieldErrors
	var exists *warehouse.ExistsError
	var busy *warehouse.BusyError
	switch {
	case err == nil && body == nil:
		return response{status: status}
	case err == nil:
		return response{status: status, body: body()}
	case errors.As(err, &fields):
		return response{status: http.StatusBadRequest, body: fields}
	case errors.Is(err, warehouse.ErrNotFound):
		return notFound
	case errors.As(err, &exists):
		return response{status: http.StatusConflict, body: existsObject{"This organisation has a warehouse connection already.", exists.ID}}
	case errors.Is(err, warehouse.ErrExists):
		return detail(http.StatusConflict, "This organisation has a warehouse connection already.")
	case errors.Is(err, warehouse.ErrChanged):
		return detail(http.StatusConflict, "The connection was changed meanwhile. Try again.")
	case errors.Is(err, warehouse.ErrNoConnector):
		return detail(http.StatusConflict, "This type of connection is no longer supported. The connection can only be read and deleted.")
	case errors.As(err, &busy):
		return throttled(busy.RetryAfter)
	case errors.Is(err, warehouse.ErrBusy):
		return throttled(busyRetryAfter)
	}
	return internalError
}

// detail returns a response about the request as a whole.
func detail(status int, text string) response {
	return response{status: status, body: struct {
		Detail string `json:"detail"`
	}{text}}
}

// An existsObject reports a conflict with an existing connection, so that a client whose first request got
// no response finds what it created.
type existsObject struct {
	Detail string `json:"detail"`
	ID     string `json:"id"`
}

func fieldError(field, message string) response {
	return response{status: http.StatusBadRequest, body: warehouse.FieldErrors{field: {message}}}
}

func methodNotAllowed(method, allow string) response {
	return detail(http.StatusMethodNotAllowed, fmt.Sprintf("Method %q not allowed.", excerpt(method))).with("Allow", allow)
}

// unknownFields reports every member as unknown.
func unknownFields(members warehouse.Fields) warehouse.FieldErrors {
	errs := make(warehouse.FieldErrors, len(members))
	for name := range members {
		errs.Add(name, "Unknown field.")
	}
	return errs
}

func throttled(retryAfter time.Duration) response {
	seconds := max(1, int64(math.Ceil(retryAfter.Seconds())))
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	return detail(http.StatusTooManyRequests, fmt.Sprintf("Request was throttled. Expected available in %d %s.", seconds, unit)).
		with("Retry-After", strconv.FormatInt(seconds, 10))
}

// excerpt returns at most 64 characters of text that a client sent, for use in an error.
func excerpt(text string) string {
	const limit = 64
	runes := 0
	for i := range text {
		if runes++; runes > limit {
			return text[:i] + "…"
		}
	}
	return text
}
