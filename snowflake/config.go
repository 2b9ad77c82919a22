package snowflake

import (
	"slices"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Config holds the fields that a customer fills in to connect a Snowflake account.
// Only the account identifier has no default.
//
// To add a field: add it here, set its default in [Connector.Config], and check it in
// [Config.Validate]. If customers do not fill it in or cannot change it, add it to
// [Connector.PresetFields] or [Connector.ImmutableFields]. If it names an object, add
// it to names, and to the statements in script_statements.go.
type Config struct {
	AccountIdentifier AccountIdentifier `json:"account_identifier" title:"Account identifier" example:"myorg-account123" help:"In Snowsight, open the account menu, choose View account details, and copy the account identifier. The account's URL works too."`
	Warehouse         Identifier        `json:"warehouse" title:"Warehouse" help:"Runs the statements that load data. The setup script creates it if there is none with this name."`
	Database          Identifier        `json:"database" title:"Database" help:"Holds the schema. The setup script creates it if there is none with this name."`
	Schema            Identifier        `json:"schema" title:"Schema" help:"Holds the loaded tables. The setup script creates it if there is none with this name."`
	Role              Identifier        `json:"role" title:"Role" help:"Has only the privileges that loading needs. The setup script creates it and grants it to the user."`
	User              Identifier        `json:"user" title:"User" help:"Logs in with a key. Use a user for this connection only, which the setup script creates."`

	// Stage derives from the host's product name. Customers neither send nor see it.
	Stage Identifier `json:"stage"`
}

var _ warehouse.Validator = (*Config)(nil)

// systemRoles are the roles of every account. With one of them the user could manage
// the account, and grants to PUBLIC apply to everyone.
var systemRoles = []string{"ACCOUNTADMIN", "GLOBALORGADMIN", "ORGADMIN", "PUBLIC", "SECURITYADMIN", "SYSADMIN", "USERADMIN"}

// names returns the names of objects by field.
func (c *Config) names() map[string]*Identifier {
	return map[string]*Identifier{
		"warehouse": &c.Warehouse, "database": &c.Database, "schema": &c.Schema, "role": &c.Role, "user": &c.User, "stage": &c.Stage,
	}
}

// Validate rejects Snowflake's own roles and schemas, and names that Snowflake's tools
// cannot read in a script.
func (c *Config) Validate() error {
	errs := make(warehouse.FieldErrors)
	for field, id := range c.names() {
		// snow and SnowSQL take the quote after a backslash for a part of the name.
		if name := id.Name(); strings.HasSuffix(name, `\`) || strings.Contains(name, `\"`) {
			errs.Add(field, "A name may not have a backslash at its end or before a double quote. Snowflake's tools misread it in a script.")
		}
	}
	if slices.Contains(systemRoles, c.Role.Name()) {
		errs.Add("role", c.Role.Name()+" is one of Snowflake's own roles. Type a role for this connection only. The setup script creates it.")
	}
	if c.Schema.Name() == "INFORMATION_SCHEMA" {
		errs.Add("schema", "INFORMATION_SCHEMA is read-only. Type another schema. The setup script creates it.")
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// schemaSQL and stageSQL return full names for statements.
func (c *Config) schemaSQL() string { return c.Database.SQL() + "." + c.Schema.SQL() }
func (c *Config) stageSQL() string  { return c.schemaSQL() + "." + c.Stage.SQL() }

// schemaText and stageText return full names for messages.
func (c *Config) schemaText() string { return string(c.Database) + "." + string(c.Schema) }
func (c *Config) stageText() string  { return c.schemaText() + "." + string(c.Stage) }

// derivedName returns the name of another object that derives from the product. It
// starts from the stored stage, so a teardown still finds the object after the host
// has renamed its product.
func (c *Config) derivedName(suffix string) Identifier {
	return newIdentifier(strings.TrimSuffix(c.Stage.Name(), "_STAGE") + suffix)
}
