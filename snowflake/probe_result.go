package snowflake

import (
	"encoding/json"
	"errors"
	"fmt"
)

// resultData is the data of a response: of a login, of an error, or of a statement.
type resultData struct {
	Token string `json:"token"` // of a login

	ResultURL       string            `json:"getResultUrl"` // if the result comes later
	StatementTypeID int64             `json:"statementTypeId"`
	Format          string            `json:"queryResultFormat"`
	RowType         []column          `json:"rowtype"`
	RowSet          [][]*string       `json:"rowset"`
	Chunks          []json.RawMessage `json:"chunks"` // parts of the result on other hosts

	// The objects that the session uses after the statement.
	Role      string `json:"finalRoleName"`
	Warehouse string `json:"finalWarehouseName"`
	Database  string `json:"finalDatabaseName"`
	Schema    string `json:"finalSchemaName"`
}

type column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Statement types of the driver.
const (
	typeSelect   = 0x1000
	typeDML      = 0x3000
	typeLastDML  = 0x3500
	typeMultiple = 0xA000
)

// Result formats and types of columns.
const (
	formatJSON   = "json"
	formatArrow  = "arrow"
	columnNumber = "fixed"
	columnText   = "text"
)

// check returns the data for the driver, if d can be the result of the statement of a step.
func (d *resultData) check(request string) (map[string]any, error) {
	if len(d.Chunks) > 0 {
		return nil, errors.New("snowflake: the result is in chunks")
	}
	for i, row := range d.RowSet {
		if len(row) != len(d.RowType) {
			return nil, fmt.Errorf("snowflake: row %d has %d values for %d columns", i, len(row), len(d.RowType))
		}
	}
	if request == requestList {
		return nil, d.checkList()
	}
	row, err := d.selected()
	if err != nil {
		return nil, err
	}
	// As text, the driver does not convert the values.
	types := make([]column, len(row))
	for i := range types {
		types[i] = column{Name: d.RowType[i].Name, Type: columnText}
	}
	return map[string]any{
		"rowtype": types, "rowset": [][]*string{row}, "total": 1, "returned": 1,
		"queryResultFormat": formatJSON, "statementTypeId": typeSelect,
	}, nil
}

// checkList checks the result of LIST, of which a probe uses nothing.
func (d *resultData) checkList() error {
	id := d.StatementTypeID
	switch {
	case id == typeSelect, id >= typeDML && id <= typeLastDML, id == typeMultiple:
		return fmt.Errorf("snowflake: LIST has the statement type %#x", id)
	case len(d.RowType) == 0:
		return errors.New("snowflake: the result of LIST has no columns")
	}
	return nil
}

// selected returns the row that SELECT 1 with the current objects returns.
func (d *resultData) selected() ([]*string, error) {
	switch {
	case d.StatementTypeID != 0 && d.StatementTypeID != typeSelect:
		return nil, fmt.Errorf("snowflake: SELECT has the statement type %#x", d.StatementTypeID)
	case len(d.RowType) != 5:
		return nil, fmt.Errorf("snowflake: the result has %d columns", len(d.RowType))
	}
	for i, c := range d.RowType {
		want := columnText
		if i == 0 {
			want = columnNumber
		}
		if c.Type != want {
			return nil, fmt.Errorf("snowflake: column %d has the type %.20q", i+1, c.Type)
		}
	}
	switch {
	case d.Format == formatArrow && len(d.RowSet) == 0:
		return d.sessionRow(), nil
	case d.Format != formatJSON && d.Format != "":
		return nil, fmt.Errorf("snowflake: the result has the format %.20q", d.Format)
	case len(d.RowSet) != 1:
		return nil, fmt.Errorf("snowflake: the result has %d rows", len(d.RowSet))
	}
	return d.RowSet[0], nil
}

// sessionRow returns the row of a result in Arrow, which the login asks not to get. It
// takes the values from the session's state, since a crafted Arrow result can end the
// process.
func (d *resultData) sessionRow() []*string {
	row := []*string{new("1")}
	for _, name := range []string{d.Role, d.Warehouse, d.Database, d.Schema} {
		if name == "" {
			row = append(row, nil)
			continue
		}
		row = append(row, new(name))
	}
	return row
}

// maxToken is larger than any session token.
const maxToken = 16 << 10

// isToken reports whether text can be sent as a session token in a header.
func isToken(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' || c == '"' {
			return false
		}
	}
	return len(text) <= maxToken
}
