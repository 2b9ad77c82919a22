// The databases that the SQL store speaks to.

package store

import "fmt"

// A Dialect is a kind of database. All of them get the same statements; what differs is how the table
// is made.
type Dialect int

// The dialects.
const (
	SQLite     Dialect = iota + 1
	PostgreSQL         // and distributed databases that speak its wire protocol and dialect
)

// String returns the dialect's name, which is also the name of its folder of migrations.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "sqlite"
	case PostgreSQL:
		return "postgresql"
	}
	return fmt.Sprintf("Dialect(%d)", int(d))
}
