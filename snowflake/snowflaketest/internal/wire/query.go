package wire

import (
	"encoding/json"
	"net/http"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/engine"
)

type queryRequest struct {
	SQL        string         `json:"sqlText"`
	Parameters map[string]any `json:"parameters"`
}

// serveQuery runs a statement in the session of its token. The statement counts as running from its arrival until
// it is answered or aborted, or its session ends, even if the client hangs up.
func (h *Handler) serveQuery(at Point, w http.ResponseWriter, r *http.Request, query queryRequest) {
	open, err := h.authorize(r)
	if err != nil {
		WriteError(w, err)
		return
	}
	state := open.State()
	tag := state.Parameters["QUERY_TAG"]
	if v, ok := query.Parameters["QUERY_TAG"].(string); ok {
		tag = v
	}
	id := r.URL.Query().Get("requestId")
	h.mu.Lock()
	index := len(h.statements)
	h.statements = append(h.statements, Statement{
		Time: h.account.Now(), Session: open.id, User: state.User, Role: state.Role, SQL: query.SQL, QueryTag: tag,
	})
	h.running[id] = index
	h.mu.Unlock()

	if h.serveFault(at, w, r) {
		h.finish(id, index, "")
		return
	}
	rows, err := open.Run(query.SQL)
	if err != nil {
		h.finish(id, index, err.Code)
		h.respond(w, open, func(w http.ResponseWriter) { WriteError(w, err) })
		return
	}
	h.finish(id, index, "")
	data := encode(rows, open.State())
	if h.usesArrow(open, rows) {
		data["queryResultFormat"], data["rowsetBase64"] = "arrow", ""
		delete(data, "rowset")
	}
	h.respond(w, open, func(w http.ResponseWriter) { WriteData(w, data) })
}

// finish records that a statement was answered.
func (h *Handler) finish(id string, index int, code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running[id] == index {
		delete(h.running, id)
	}
	h.statements[index].Done, h.statements[index].Code = true, code
}

// encode returns a result in the protocol's JSON format, in which every value is a string or null.
func encode(r engine.ResultSet, state engine.State) map[string]any {
	type rowType struct {
		Name       string `json:"name"`
		Type       string `json:"type"`
		Nullable   bool   `json:"nullable"`
		Length     *int   `json:"length"`
		ByteLength *int   `json:"byteLength"`
		Precision  *int   `json:"precision"`
		Scale      *int   `json:"scale"`
	}
	number := func(n int) *int { return &n }
	types := []rowType{}
	for _, c := range r.Columns {
		t := rowType{Name: c.Name, Type: c.Type, Nullable: true}
		switch c.Type {
		case "fixed":
			t.Precision, t.Scale = number(38), number(0)
		case "text":
			t.Length, t.ByteLength = number(16777216), number(16777216)
		}
		types = append(types, t)
	}
	return map[string]any{
		"parameters": []any{}, "rowtype": types, "rowset": r.Rows, "total": len(r.Rows), "returned": len(r.Rows),
		"queryId": newID(), "statementTypeId": r.TypeID, "version": 1, "queryResultFormat": "json",
		"finalDatabaseName": orNull(state.Database), "finalSchemaName": orNull(state.Schema),
		"finalWarehouseName": orNull(state.Warehouse), "finalRoleName": orNull(state.Role),
	}
}

// serveAbort ends a running statement. If it is not running, the response is that of the real service, which makes
// the driver ask again a few times.
func (h *Handler) serveAbort(w http.ResponseWriter, r *http.Request, body []byte) {
	open, err := h.authorize(r)
	if err != nil {
		WriteError(w, err)
		return
	}
	var abort struct {
		ID string `json:"requestId"`
	}
	_ = json.Unmarshal(body, &abort) // an unreadable id is an unknown one
	h.mu.Lock()
	index, running := h.running[abort.ID]
	running = running && h.statements[index].Session == open.id
	if running {
		h.statements[index].Aborted = true
		delete(h.running, abort.ID)
	}
	h.mu.Unlock()
	if !running {
		WriteError(w, &engine.Error{Code: "000605", SQLState: "02000", Message: "Identified SQL statement is not currently executing."})
		return
	}
	WriteData(w, nil)
}
