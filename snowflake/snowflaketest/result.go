// What a statement answers.

package snowflaketest

import (
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A Result is what one statement of a script answered.
type Result struct {
	Statement string     // without its semicolon
	Line      int        // the line of the script on which it begins, from 1
	Columns   []string   // as Snowflake spells them: "status", "property", "1"
	Rows      [][]string // NULL is written as NULL
}

// Status is the message of a statement that has no other result, such as
// "Role LOADER successfully created."; it is the first cell of the first row.
func (r Result) Status() string {
	if len(r.Rows) == 0 || len(r.Rows[0]) == 0 {
		return ""
	}
	return r.Rows[0][0]
}

// Property looks a value up in what DESC USER and its like answer: rows of a property and its value.
// It is empty when there is no such row.
func (r Result) Property(name string) string {
	for _, row := range r.Rows {
		if len(row) > 1 && strings.EqualFold(row[0], name) {
			return row[1]
		}
	}
	return ""
}

// A column describes a result's column in the terms of the wire format.
type column struct {
	name string
	typ  string // "text", "fixed", "boolean" or "timestamp_ltz"
}

// A cell is nil for NULL.
type cell *string

func text(s string) cell { return &s }

type result struct {
	columns []column
	rows    [][]cell
	typeID  int64
}

// The statement types that the wire format tells apart; the driver looks at them.
const (
	selectType int64 = 0x1000
	ddlType    int64 = 0x6000
	otherType  int64 = 0x4000
)

func status(message string) result {
	return result{columns: []column{{"status", "text"}}, rows: [][]cell{{text(message)}}, typeID: ddlType}
}

func done() result { return status("Statement executed successfully.") }

func table(names ...string) result {
	r := result{typeID: otherType}
	for _, name := range names {
		r.columns = append(r.columns, column{name, "text"})
	}
	return r
}

func (r *result) add(values ...string) {
	row := make([]cell, len(values))
	for i, v := range values {
		row[i] = text(v)
	}
	r.rows = append(r.rows, row)
}

// public turns a result into the form that callers of Run see.
func (r result) public(f sql.Statement) Result {
	out := Result{Statement: f.Text, Line: f.Line, Rows: [][]string{}}
	for _, c := range r.columns {
		out.Columns = append(out.Columns, c.name)
	}
	for _, row := range r.rows {
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
