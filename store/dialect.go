// The databases that the SQL store speaks to.

package store

import "fmt"

// A Dialect is a kind of database. All of them get the same statements; what differs is how the table
// is made.
type Dialect int

// The dialects.
const (
	DialectSQLite     Dialect = iota + 1
	DialectPostgreSQL         // and distributed databases that speak its wire protocol and dialect
)

// String returns the dialect's name, which is also the name of its folder of migrations.
func (d Dialect) String() string {
	switch d {
	case DialectSQLite:
		return "sqlite"
	case DialectPostgreSQL:
		return "postgresql"
	}
	return fmt.Sprintf("Dialect(%d)", int(d))
}
