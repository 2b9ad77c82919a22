package wire

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/engine"
)

// A Handler serves the protocol for one account, and records the requests. Its methods may be called from any
// goroutine.
type Handler struct {
	account *engine.Account

	mu         sync.Mutex
	clientIP   netip.Addr // the zero Addr means the address of the connection
	validate   bool
	arrow      bool
	polls      func() int
	pending    map[string]*pendingResult // by query id
	sessions   map[string]*session       // open ones, by token
	closed     map[string]bool           // tokens of closed sessions
	lastID     int64
	faults     map[Point][]Fault
	requests   map[Point]int
	logins     []Login
	statements []Statement
	running    map[string]int // index into statements, by request id
}

// NewHandler returns a handler that validates the defaults of logins and injects no faults.
func NewHandler(account *engine.Account) *Handler {
	return &Handler{
		account:  account,
		validate: true,
		sessions: make(map[string]*session),
		closed:   make(map[string]bool),
		faults:   make(map[Point][]Fault),
		requests: make(map[Point]int),
		running:  make(map[string]int),
		pending:  make(map[string]*pendingResult),
	}
}

// SetClientIP sets the address that all clients appear to have.
func (h *Handler) SetClientIP(address netip.Addr) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clientIP = address
}

// SetValidateDefaults sets whether a login may be refused for the names that it asks to have validated.
func (h *Handler) SetValidateDefaults(validate bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.validate = validate
}

const maxBody = 4 << 20

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The server notices that a client has gone only after the body was read.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	at := pointOf(r.URL.Path)
	var query queryRequest
	if at == AtQuery && json.Unmarshal(body, &query) == nil {
		at = statementPoint(query.SQL)
	}
	h.mu.Lock()
	h.requests[at]++
	h.mu.Unlock()

	w.Header().Set("Date", h.account.Now().UTC().Format(http.TimeFormat))
	if at == AtQuery || at == AtList {
		h.serveQuery(at, w, r, query)
		return
	}
	if h.serveFault(at, w, r) {
		return
	}
	if at == AtResult {
		h.serveResult(w, r)
		return
	}
	if r.Method != http.MethodPost {
		WritePage(w, http.StatusMethodNotAllowed, "405 Method Not Allowed")
		return
	}
	switch at {
	case AtLogin:
		h.serveLogin(w, r, body)
	case AtAbort:
		h.serveAbort(w, r, body)
	case AtClose:
		h.serveClose(w, r)
	case AtTelemetry:
		WriteData(w, "Log Received")
	default:
		WritePage(w, http.StatusNotFound, "404 snowflaketest does not support "+html.EscapeString(r.URL.Path))
	}
}

// An envelope wraps every response. Its status is 200 even for an error.
type envelope struct {
	Data    any     `json:"data"`
	Code    *string `json:"code"`
	Message *string `json:"message"`
	Success bool    `json:"success"`
}

func write(w http.ResponseWriter, e envelope) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(e) // the client may have gone
}

// WriteData responds with success.
func WriteData(w http.ResponseWriter, data any) { write(w, envelope{Data: data, Success: true}) }

// WriteError responds with an error of Snowflake.
func WriteError(w http.ResponseWriter, err *engine.Error) {
	data := map[string]any{"sqlState": err.SQLState, "queryId": newID(), "errorCode": err.Code, "internalError": false, "age": 0}
	write(w, envelope{Data: data, Code: &err.Code, Message: &err.Message})
}

// WritePage responds with a web page.
func WritePage(w http.ResponseWriter, code int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><title>%[1]s</title></head><body><h1>%[1]s</h1></body></html>\n", title)
}

// bearer returns the token of `Authorization: Snowflake Token="…"`.
func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), `Snowflake Token="`)
	if !ok {
		return ""
	}
	return strings.TrimSuffix(token, `"`)
}
