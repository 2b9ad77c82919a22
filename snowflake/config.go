// What a customer fills in.

package snowflake

import (
	"slices"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Config is what a customer fills in to connect a Snowflake account. Only the account identifier has no
// default.
type Config struct {
	AccountIdentifier AccountIdentifier `json:"account_identifier"`
	Warehouse         Identifier        `json:"warehouse"`
	Database          Identifier        `json:"database"`
	Schema            Identifier        `json:"schema"`
	Role              Identifier        `json:"role"`
	User              Identifier        `json:"user"`

	// Stage is the host's choice, by its product's name: customers neither send nor see it.
	Stage Identifier `json:"stage"`
}

var _ warehouse.Validator = (*Config)(nil)

// systemRoles are those that every account has. To grant one to the user would give it the run of the
// account, and what is granted to PUBLIC is granted to everyone.
var systemRoles = []string{"ACCOUNTADMIN", "GLOBALORGADMIN", "ORGADMIN", "PUBLIC", "SECURITYADMIN", "SYSADMIN", "USERADMIN"}

// Validate refuses what Snowflake keeps for itself.
func (c *Config) Validate() error {
	errs := make(warehouse.FieldErrors)
	if slices.Contains(systemRoles, c.Role.Name()) {
		errs.Add("role", c.Role.Name()+" is a role of Snowflake's own. Type one for this connection alone: the setup script creates it.")
	}
	if c.Schema.Name() == "INFORMATION_SCHEMA" {
		errs.Add("schema", "INFORMATION_SCHEMA is Snowflake's own and cannot be written to. Type another schema: the setup script creates it.")
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// schemaName and stageName are the full names as SQL takes them.
func (c *Config) schemaName() string { return c.Database.SQL() + "." + c.Schema.SQL() }
func (c *Config) stageName() string  { return c.schemaName() + "." + c.Stage.SQL() }

// shownSchema and shownStage are the full names as people read them.
func (c *Config) shownSchema() string { return string(c.Database) + "." + string(c.Schema) }
func (c *Config) shownStage() string  { return c.shownSchema() + "." + string(c.Stage) }

// named returns the name of something else that follows from the product, as the stage's name does. It is
// made of the stored one, so that a host which renames its product tears down what it set up.
func (c *Config) named(suffix string) Identifier {
	return identifierOf(strings.TrimSuffix(c.Stage.Name(), "_STAGE") + suffix)
}
