package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/warehousekit/warehousekit/internal/panics"
	"github.com/warehousekit/warehousekit/internal/texts"
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

// Options configure a [Handler]. The zero value is ready to use.
type Options struct {
	// PathSegment is the last segment of the path at which the handler is mounted. If empty,
	// "warehouse-connections".
	PathSegment string

	// Logger logs the causes of 500s that arise in the handler or in Authorize. The service logs its
	// own. If nil, nothing is logged.
	Logger *slog.Logger
}

// NewHandler returns a handler. The service and authorize are required. Options may be nil.
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
		return nil, errors.New("httpapi: NewHandler: service is nil")
	case authorize == nil:
		return nil, errors.New("httpapi: NewHandler: authorize is nil")
	case strings.Contains(h.segment, "/"):
		return nil, errors.New("httpapi: NewHandler: Options.PathSegment contains a slash")
	}
	return h, nil
}

// ServeHTTP implements [http.Handler]. The order of its checks is part of the contract: the path and the
// method, then Authorize, the query, the form of the body, the row, and the fields.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res := h.recoverPanic(r, func() response { return h.serve(w, r) })
	body, err := res.encode()
	if err != nil {
		h.log.LogAttrs(r.Context(), slog.LevelError, "httpapi: encode the response", texts.Error(err))
		res = internalError
		body, _ = res.encode() // a fixed text
	}
	res.write(w, r, body)
}

// recoverPanic calls serve and turns a panic into a 500.
func (h *Handler) recoverPanic(r *http.Request, serve func() response) (res response) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p) // a middleware's way to abort the request
		default:
			h.log.LogAttrs(r.Context(), slog.LevelError, "httpapi: panic",
				slog.String("panic", panics.Text(p)), slog.String("stack", texts.Cut(string(debug.Stack()), texts.LogLimit)))
			res = internalError
		}
	}()
	return serve()
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) response {
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
		return h.refuse(r, err)
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
	if (route.kind == item || route.kind == test) && !isID(route.id) {
		return notFound
	}
	return h.do(r, action, caller, route.id, members, diagnosis)
}

func takesBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// do performs the action.
func (h *Handler) do(r *http.Request, action warehouse.Action, caller warehouse.Caller, id string, members warehouse.Fields, diagnosis bool) response {
	ctx := r.Context()
	switch action {
	case warehouse.ActionTypes:
		types, err := h.service.Types(ctx, caller)
		return reply(err, http.StatusOK, func() any { return typesOf(types) })
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
		update := h.service.Update
		if r.Method == http.MethodPut {
			update = h.service.Replace
		}
		c, err := update(ctx, caller, id, members)
		return reply(err, http.StatusOK, func() any { return objectOf(c) })
	case warehouse.ActionDelete:
		return reply(h.service.Delete(ctx, caller, id), http.StatusNoContent, nil)
	default: // ActionTest
		if len(members) > 0 {
			// As for the other actions, a missing row is reported before a bad field.
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
