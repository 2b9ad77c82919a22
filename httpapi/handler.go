// The handler: from a request to an action, and back.

package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/warehousekit/warehousekit/internal/panics"
	"github.com/warehousekit/warehousekit/warehouse"
)

// A Handler serves the actions on warehouse connections.
type Handler struct {
	service   *warehouse.Service
	authorize Authorize
	segment   string
	log       *slog.Logger
}

var _ http.Handler = (*Handler)(nil)

// Options are a handler's options. The zero value is ready to use.
type Options struct {
	// PathSegment is the last segment of the path at which the handler is mounted. If empty,
	// "warehouse-connections".
	PathSegment string

	// Logger gets the causes of 500s that arise in the handler or in Authorize; those of the
	// service go to its own. If nil, nothing is logged.
	Logger *slog.Logger
}

// NewHandler returns a handler. Options may be nil; the service and authorize may not.
func NewHandler(service *warehouse.Service, authorize Authorize, options *Options) (*Handler, error) {
	if options == nil {
		options = &Options{}
	}
	h := &Handler{service: service, authorize: authorize, segment: options.PathSegment, log: options.Logger}
	if h.segment == "" {
		h.segment = "warehouse-connections"
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	switch {
	case service == nil:
		return nil, errors.New("httpapi: NewHandler: the service is nil")
	case authorize == nil:
		return nil, errors.New("httpapi: NewHandler: authorize is nil: only the host can say who is asking")
	case strings.Contains(h.segment, "/"):
		return nil, errors.New("httpapi: NewHandler: Options.PathSegment is one segment: it holds no slash")
	}
	return h, nil
}

// ServeHTTP answers one request. What is checked first is part of the contract: the path and the method,
// then Authorize, the query, the body's form, the row, and the fields.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := h.contained(r, func() answer { return h.answer(w, r) })
	body, err := a.encoded()
	if err != nil {
		h.log.LogAttrs(r.Context(), slog.LevelError, "httpapi: the answer does not encode", slog.Any("error", err))
		a = internalError
		body, _ = a.encoded() // a fixed text
	}
	a.write(w, r, body)
}

// contained turns a panic into a 500.
func (h *Handler) contained(r *http.Request, serve func() answer) (a answer) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p) // net/http's own way to end a request, a middleware's say
		default:
			h.log.LogAttrs(r.Context(), slog.LevelError, "httpapi: panic",
				slog.String("panic", panics.Text(p)), slog.String("stack", string(debug.Stack())))
			a = internalError
		}
	}()
	return serve()
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request) answer {
	route, ok := h.route(r.URL)
	if !ok {
		return notFound
	}
	action, ok := route.action(r.Method)
	if !ok {
		return methodNotAllowed(r.Method, route.allow())
	}
	caller, err := h.authorize(r, action)
	if err != nil {
		return h.refused(r, err)
	}
	diagnosis, problem := includesDiagnosis(r.URL.RawQuery, action)
	if problem != nil {
		return *problem
	}
	var members warehouse.Fields
	if takesBody(r.Method) {
		if members, problem = readMembers(w, r, action == warehouse.ActionTest); problem != nil {
			return *problem
		}
	}
	if route.kind != collection && !wellFormed(route.id) {
		return notFound
	}
	return h.do(r, action, caller, route.id, members, diagnosis)
}

func takesBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// do performs the action.
func (h *Handler) do(r *http.Request, action warehouse.Action, caller warehouse.Caller, id string, members warehouse.Fields, diagnosis bool) answer {
	ctx := r.Context()
	switch action {
	case warehouse.ActionList:
		connections, err := h.service.List(ctx, caller)
		return reply(err, http.StatusOK, func() any { return listOf(connections) })
	case warehouse.ActionCreate:
		c, err := h.service.Create(ctx, caller, members)
		return reply(err, http.StatusCreated, func() any { return objectOf(c) })
	case warehouse.ActionRead:
		c, err := h.service.Get(ctx, caller, id)
		return reply(err, http.StatusOK, func() any {
			if diagnosis {
				return diagnosedObjectOf(c)
			}
			return objectOf(c)
		})
	case warehouse.ActionUpdate:
		change := h.service.Update
		if r.Method == http.MethodPut {
			change = h.service.Replace
		}
		c, err := change(ctx, caller, id, members)
		return reply(err, http.StatusOK, func() any { return objectOf(c) })
	case warehouse.ActionDelete:
		return reply(h.service.Delete(ctx, caller, id), http.StatusNoContent, nil)
	default: // ActionTest
		if len(members) > 0 {
			// What a body may not hold is judged after the row, here as elsewhere.
			_, err := h.service.Get(ctx, caller, id)
			return reply(err, http.StatusBadRequest, func() any { return unknownFields(members) })
		}
		result, err := h.service.Test(ctx, caller, id)
		return reply(err, http.StatusOK, func() any {
			if diagnosis {
				return diagnosedResultOf(result)
			}
			return resultOf(result)
		})
	}
}
