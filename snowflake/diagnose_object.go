package snowflake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// An object is one that a session uses, with the diagnosis if the role cannot use it.
type object struct {
	kind string // as in Snowflake's messages
	name Identifier
	diagnosis
}

// sessionObjects returns the objects that a session should use, in the order in which
// the probe queries them.
func (p *probe) sessionObjects() []object {
	c := p.config
	noUsage := func(kind, name string) string {
		return fmt.Sprintf("The %s %s does not exist, or the role %s may not use it.", kind, name, c.Role)
	}
	return []object{
		{"role", c.Role, diagnosis{
			code: warehouse.CodeRoleNotGranted,
			hint: fmt.Sprintf("The role %s does not exist, or is not granted to the user %s.", c.Role, c.User),
			fix:  c.fixRole(),
		}},
		{"warehouse", c.Warehouse, diagnosis{code: warehouse.CodeWarehouseInaccessible, hint: noUsage("warehouse", string(c.Warehouse)), fix: c.fixWarehouse()}},
		{"database", c.Database, diagnosis{code: warehouse.CodeDatabaseInaccessible, hint: noUsage("database", string(c.Database)), fix: c.fixDatabase()}},
		{"schema", c.Schema, diagnosis{code: warehouse.CodeSchemaInaccessible, hint: noUsage("schema", c.schemaText()), fix: c.fixSchema(p.connector.schemaPrivileges)}},
	}
}

// matches reports whether got, a result of a CURRENT function, is the expected name.
// Names that need quotes in SQL can come with or without them.
func (o object) matches(got string) bool {
	return got == o.name.Name() || got == o.name.SQL() && !isBare(o.name.Name())
}

// mismatch is the error of a session that uses got instead of o, or nothing.
func (o object) mismatch(got string) *warehouse.ProbeError {
	message := fmt.Sprintf("Snowflake opened the session without the %s %s.", o.kind, o.name)
	if got != "" {
		message = fmt.Sprintf("Snowflake opened the session with the %s %s instead of %s.", o.kind, newIdentifier(got), o.name)
	}
	return &warehouse.ProbeError{Code: o.code, Message: message, Hint: o.hint, Fix: formatFix(o.fix)}
}

// notAuthorized is the diagnosis for "does not exist or not authorized". Snowflake does
// not reveal which of the two it is, so the fix covers both.
func (p *probe) notAuthorized(kind string) diagnosis {
	for _, o := range p.sessionObjects() {
		if o.kind == kind {
			return o.diagnosis
		}
	}
	c := p.config
	if kind == "stage" {
		return diagnosis{
			code: warehouse.CodeStageInaccessible,
			hint: fmt.Sprintf("The stage %s does not exist, or the role %s has no privilege on it.", c.stageText(), c.Role),
			fix:  c.fixStage(),
		}
	}
	// Snowflake did not name the kind. The login has checked all but the stage's full name.
	return diagnosis{
		code: warehouse.CodeStageInaccessible,
		hint: fmt.Sprintf("The database, schema or stage of %s does not exist, or the role %s has no privilege on it.", c.stageText(), c.Role),
		fix:  slices.Concat(c.fixDatabase(), c.fixSchema(p.connector.schemaPrivileges), c.fixStage()),
	}
}

// missingPrivilege is the diagnosis if an object exists but the role lacks a privilege.
func (p *probe) missingPrivilege(kind string) diagnosis {
	c := p.config
	hint := func(verb, name string) string {
		return fmt.Sprintf("The role %s may not %s the %s %s.", c.Role, verb, kind, name)
	}
	grant := func(hint string, statements ...string) diagnosis {
		return diagnosis{code: warehouse.CodeInsufficientPrivileges, hint: hint, fix: []block{{securityadmin, statements}}}
	}
	switch kind {
	case "stage":
		return grant(hint("read", c.stageText()), c.grantReadStage())
	case "warehouse":
		return grant(hint("use", string(c.Warehouse)), c.grantWarehouse())
	case "database":
		return grant(hint("use", string(c.Database)), c.grantDatabase())
	case "schema":
		return grant(hint("use", c.schemaText()), c.grantSchema(p.connector.schemaPrivileges))
	}
	return grant(fmt.Sprintf("The role %s lacks a privilege. The fix grants all that it needs.", c.Role), c.grants(p.connector.schemaPrivileges)...)
}

var kindPattern = regexp.MustCompile(`(?i)\b(?:warehouse|database|schema|stage|role|user)\b`)

// kindIn returns the kind of object that one of Snowflake's messages is about: the last
// one before the first quote, since later text can contain any name or advice.
func kindIn(message string) string {
	if i := strings.IndexAny(message, `'"`); i >= 0 {
		message = message[:i]
	}
	found := kindPattern.FindAllString(message, -1)
	if len(found) == 0 {
		return ""
	}
	return strings.ToLower(found[len(found)-1])
}
