package engine

import (
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A Result is the result of one statement of a script.
type Result struct {
	Statement string     // without its semicolon
	Line      int        // of the script, from 1
	Columns   []string   // as Snowflake spells them: "status", "property", "1"
	Rows      [][]string // NULL is written as NULL
}

// Status returns the first cell of the first row, such as "Role LOADER successfully created.".
func (r Result) Status() string {
	if len(r.Rows) == 0 || len(r.Rows[0]) == 0 {
		return ""
	}
	return r.Rows[0][0]
}

// Property returns the value of a property in the result of DESC, or "" if there is none.
func (r Result) Property(name string) string {
	for _, row := range r.Rows {
		if len(row) > 1 && strings.EqualFold(row[0], name) {
			return row[1]
		}
	}
	return ""
}

func newResult(statement sql.Statement, r ResultSet) Result {
	out := Result{Statement: statement.Text, Line: statement.Line, Rows: [][]string{}}
	for _, c := range r.Columns {
		out.Columns = append(out.Columns, c.Name)
	}
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = "NULL"
			if c != nil {
				cells[i] = *c
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// A ResultSet is the result of a statement with its types.
type ResultSet struct {
	Columns []Column
	Rows    [][]*string // nil is NULL
	TypeID  int64       // the statement's type in the protocol
}

// A Column is a column of a ResultSet.
type Column struct {
	Name string
	Type string // "text" or "fixed"
}

// The statement types that the driver looks at.
const (
	SelectType int64 = 0x1000
	ddlType    int64 = 0x6000
	otherType  int64 = 0x4000
)

func status(message string) ResultSet {
	return ResultSet{Columns: []Column{{"status", "text"}}, Rows: [][]*string{{new(message)}}, TypeID: ddlType}
}

func done() ResultSet { return status("Statement executed successfully.") }

func table(names ...string) ResultSet {
	r := ResultSet{Rows: [][]*string{}, TypeID: otherType}
	for _, name := range names {
		r.Columns = append(r.Columns, Column{name, "text"})
	}
	return r
}

func (r *ResultSet) add(values ...string) {
	row := make([]*string, len(values))
	for i, v := range values {
		row[i] = new(v)
	}
	r.Rows = append(r.Rows, row)
}
