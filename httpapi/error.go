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

// probesEnd is when a client that met too many probes should try again: by then those that run have ended,
// unless the service was given a longer deadline than its own.
const probesEnd = 5 * time.Second

// reply answers with what body returns, or with the error that there was. The causes of 500s were told
// to the host by the service.
func reply(err error, status int, body func() any) answer {
	var fields warehouse.FieldErrors
	switch {
	case err == nil && body == nil:
		return answer{status: status}
	case err == nil:
		return answer{status: status, body: body()}
	case errors.As(err, &fields):
		return answer{status: http.StatusBadRequest, body: fields}
	case errors.Is(err, warehouse.ErrNotFound):
		return notFound
	case errors.Is(err, warehouse.ErrExists):
		return detail(http.StatusConflict, "This organisation has a warehouse connection already.")
	case errors.Is(err, warehouse.ErrChanged):
		return detail(http.StatusConflict, "The connection was changed meanwhile. Try again.")
	case errors.Is(err, warehouse.ErrBusy):
		return throttled(probesEnd)
	}
	return internalError
}

// refusalIn returns the answer of the refusal that err is or wraps.
func refusalIn(err error) (answer, bool) {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.answer, true
	}
	return answer{}, false
}

func detail(status int, text string) answer {
	return answer{status: status, body: struct {
		Detail string `json:"detail"`
	}{text}}
}

func fieldProblem(field, message string) answer {
	return answer{status: http.StatusBadRequest, body: warehouse.FieldErrors{field: {message}}}
}

func methodNotAllowed(method, allow string) answer {
	return detail(http.StatusMethodNotAllowed, fmt.Sprintf("Method %q not allowed.", excerpt(method))).with("Allow", allow)
}

// unknownFields says of every member that it is none which may be sent.
func unknownFields(members warehouse.Fields) warehouse.FieldErrors {
	errs := make(warehouse.FieldErrors, len(members))
	for name := range members {
		errs.Add(name, "Unknown field.")
	}
	return errs
}

func throttled(retryAfter time.Duration) answer {
	seconds := max(1, int64(math.Ceil(retryAfter.Seconds())))
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	return detail(http.StatusTooManyRequests, fmt.Sprintf("Request was throttled. Expected available in %d %s.", seconds, unit)).
		with("Retry-After", strconv.FormatInt(seconds, 10))
}
