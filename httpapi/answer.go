// Answers: a status, headers and a body; and the one table from errors to statuses.

package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

type answer struct {
	status int
	header map[string]string
	body   any // nil for none
}

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

func (a answer) with(header, value string) answer {
	a.header = maps.Clone(a.header)
	if a.header == nil {
		a.header = make(map[string]string)
	}
	a.header[header] = value
	return a
}

// encoded returns the body as it goes over the wire, nil where there is none.
func (a answer) encoded() ([]byte, error) {
	if a.body == nil {
		return nil, nil
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // nobody embeds these in HTML unescaped, and people read them
	if err := encoder.Encode(a.body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// write sends the answer, without its body to a HEAD.
func (a answer) write(w http.ResponseWriter, r *http.Request, body []byte) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	for name, value := range a.header {
		header.Set(name, value)
	}
	if body != nil {
		header.Set("Content-Type", "application/json")
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if body != nil && r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that went away needs no answer
	}
}
