// Whether a session is where it was asked to be.

package snowflake

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A spot is one of the things that a session works with.
type spot struct {
	kind string // as Snowflake's messages have it
	code warehouse.Code
	name Identifier
	hint string
	fix  []block
}

// whereabouts returns where a session should be, in the order in which the probe asks for it.
func (p *probe) whereabouts() []spot {
	c := p.config
	noUsage := func(kind, shown string) string {
		return fmt.Sprintf("The %s %s does not exist, or the role %s may not use it.", kind, shown, c.Role)
	}
	return []spot{
		{"role", warehouse.CodeRoleNotGranted, c.Role,
			fmt.Sprintf("The role %s does not exist, or is not granted to the user %s.", c.Role, c.User), c.fixRole()},
		{"warehouse", warehouse.CodeWarehouseInaccessible, c.Warehouse, noUsage("warehouse", string(c.Warehouse)), c.fixWarehouse()},
		{"database", warehouse.CodeDatabaseInaccessible, c.Database, noUsage("database", string(c.Database)), c.fixDatabase()},
		{"schema", warehouse.CodeSchemaInaccessible, c.Schema, noUsage("schema", c.schemaText()), c.fixSchema()},
	}
}

// spot returns that of a kind, and false where a session has none of it.
func (p *probe) spot(kind string) (spot, bool) {
	for _, s := range p.whereabouts() {
		if s.kind == kind {
			return s, true
		}
	}
	return spot{}, false
}

// is reports whether got, as one of the CURRENT functions gave it, is what was asked for. Names that need
// quotes in SQL may come with or without them.
func (s spot) is(got string) bool {
	return got == s.name.Name() || got == s.name.SQL() && !isBare(s.name.Name())
}

// missing is the error of a session that is not where it was asked to be. Snowflake said nothing, so the
// words are ours.
func (s spot) missing(got string) *warehouse.ProbeError {
	message := fmt.Sprintf("Snowflake opened the session without the %s %s.", s.kind, s.name)
	if got != "" {
		message = fmt.Sprintf("Snowflake opened the session with the %s %s instead of %s.", s.kind, newIdentifier(got), s.name)
	}
	return &warehouse.ProbeError{Code: s.code, Message: message, Hint: s.hint, Fix: formatFix(s.fix)}
}

var kindText = regexp.MustCompile(`(?i)\b(?:warehouse|database|schema|stage|role|user)\b`)

// kindOf returns the kind of object that one of Snowflake's messages is about: the last one that it names
// before the first quote, since what follows may be anybody's name or advice.
func kindOf(message string) string {
	if i := strings.IndexAny(message, `'"`); i >= 0 {
		message = message[:i]
	}
	found := kindText.FindAllString(message, -1)
	if len(found) == 0 {
		return ""
	}
	return strings.ToLower(found[len(found)-1])
}
