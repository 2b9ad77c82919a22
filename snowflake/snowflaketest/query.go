// Statements over HTTP.

package snowflaketest

import (
	"encoding/json"
	"net/http"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

type queryRequest struct {
	SQL        string         `json:"sqlText"`
	Parameters map[string]any `json:"parameters"`
	Bindings   map[string]any `json:"bindings"`
}

// serveQuery runs a statement in the session of its token. From when it arrives until it is answered it
// counts as running; one whose client hangs up meanwhile goes on running until it is aborted or its
// session ends, as in the real service.
func (s *Server) serveQuery(at Point, w http.ResponseWriter, r *http.Request, ask queryRequest) {
	open, err := s.authorized(r)
	if err != nil {
		reply(w, failed(err))
		return
	}
	id := r.URL.Query().Get("requestId")
	s.mu.Lock()
	tag := open.params["QUERY_TAG"]
	if v, ok := ask.Parameters["QUERY_TAG"].(string); ok {
		tag = v
	}
	index := len(s.statements)
	s.statements = append(s.statements, Statement{
		Time: s.now(), Session: open.id, User: open.user, Role: open.role, SQL: ask.SQL, QueryTag: tag,
	})
	s.running[id] = index
	s.mu.Unlock()

	if s.misbehave(at, w, r) {
		s.finish(id, index, "")
		return
	}
	s.mu.Lock()
	answer, err := open.query(ask)
	s.mu.Unlock()
	if err != nil {
		s.finish(id, index, err.Code)
		reply(w, failed(err))
		return
	}
	s.finish(id, index, "")
	reply(w, succeeded(answer))
}

// finish notes that a statement was answered.
func (s *Server) finish(id string, index int, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[id] == index {
		delete(s.running, id)
	}
	s.statements[index].Done, s.statements[index].Code = true, code
}

// query runs the one statement of a request; the caller holds the server's lock.
func (s *session) query(ask queryRequest) (map[string]any, *Error) {
	fragments, broken := sql.Split(ask.SQL)
	if broken != nil {
		return nil, parseError(broken)
	}
	switch {
	case len(fragments) == 0:
		return nil, &Error{Code: "000900", SQLState: "42601", Message: "SQL compilation error:\nEmpty SQL statement."}
	case len(fragments) > 1:
		return nil, statementCount(len(fragments))
	}
	answer, err := s.execute(fragments[0].Text)
	if err != nil {
		return nil, err
	}
	return s.encode(answer), nil
}

// encode writes a result the way clients of the JSON format read it: every value is a string or null.
func (s *session) encode(r result) map[string]any {
	type rowType struct {
		Name       string `json:"name"`
		Type       string `json:"type"`
		Nullable   bool   `json:"nullable"`
		Length     *int   `json:"length"`
		ByteLength *int   `json:"byteLength"`
		Precision  *int   `json:"precision"`
		Scale      *int   `json:"scale"`
		Database   string `json:"database"`
		Schema     string `json:"schema"`
		Table      string `json:"table"`
	}
	number := func(n int) *int { return &n }
	types := []rowType{}
	for _, c := range r.columns {
		t := rowType{Name: c.name, Type: c.typ, Nullable: true}
		switch c.typ {
		case "fixed":
			t.Precision, t.Scale = number(38), number(0)
		case "text":
			t.Length, t.ByteLength = number(16777216), number(16777216)
		}
		types = append(types, t)
	}
	rows := r.rows
	if rows == nil {
		rows = [][]cell{}
	}
	return map[string]any{
		"parameters": []any{}, "rowtype": types, "rowset": rows, "total": len(rows), "returned": len(rows),
		"queryId": newID(), "databaseProvider": nil, "numberOfBinds": 0, "arrayBindSupported": false,
		"statementTypeId": r.typeID, "version": 1, "sendResultTime": s.account.clock().UnixMilli(),
		"queryResultFormat": "json",
		"finalDatabaseName": orNull(s.database), "finalSchemaName": orNull(s.schema),
		"finalWarehouseName": orNull(s.warehouse), "finalRoleName": orNull(s.role),
	}
}

// serveAbort ends a statement that still runs. For one that does not it answers what the real service
// does, which makes the driver ask again a few times.
func (s *Server) serveAbort(w http.ResponseWriter, r *http.Request, body []byte) {
	open, err := s.authorized(r)
	if err != nil {
		reply(w, failed(err))
		return
	}
	var ask struct {
		ID string `json:"requestId"`
	}
	_ = json.Unmarshal(body, &ask) // an unreadable id is an unknown one
	s.mu.Lock()
	index, running := s.running[ask.ID]
	if running && s.statements[index].Session == open.id {
		s.statements[index].Aborted = true
		delete(s.running, ask.ID)
	} else {
		running = false
	}
	s.mu.Unlock()
	if !running {
		reply(w, failed(&Error{Code: "000605", SQLState: "02000", Message: "Identified SQL statement is not currently executing."}))
		return
	}
	reply(w, succeeded(nil))
}
