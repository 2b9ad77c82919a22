package postgresconnector

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/warehousekit/warehousekit/warehouse"
)

// SetupScript returns a script for psql that can be run any number of times. It does not contain the
// password: \password asks for it. That command comes last, because it reads the lines that follow it if the
// script is pasted.
func (*Connector) SetupScript(config any, _ string) (string, error) {
	c, err := warehouse.ConfigAs[Config](config)
	if err != nil {
		return "", err
	}
	// The argument of \connect is a connection string, because a bare name cannot contain "=".
	database := "dbname='" + strings.ReplaceAll(c.Database, "'", `\'`) + "'"
	lines := []string{
		"-- Creates a role and a schema for it. Run this script as an administrator: psql -f setup.sql",
		"-- It is safe to run it again. In a client other than psql, connect to the database first,",
		`-- skip the lines that begin with \ and set the password of the role yourself.`,
		`\set ON_ERROR_STOP on`,
		`\connect -reuse-previous=on ` + identifier(database),
		createRole(c),
		allowLogin(c),
		grantConnect(c),
		createSchema(c),
		grantSchema(c),
		setSearchPath(c),
		"-- Enter the password of this connection, twice.",
		`\password ` + identifier(c.User),
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// The statements below are also the fixes in diagnose.go.

func createRole(c *Config) string {
	block := "BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = " + literal(c.User) + ") " +
		"THEN CREATE ROLE " + identifier(c.User) + " LOGIN; END IF; END"
	return "DO " + literal(block) + ";"
}

func allowLogin(c *Config) string { return "ALTER ROLE " + identifier(c.User) + " LOGIN;" }

func grantConnect(c *Config) string {
	return "GRANT CONNECT ON DATABASE " + identifier(c.Database) + " TO " + identifier(c.User) + ";"
}

func createSchema(c *Config) string {
	return "CREATE SCHEMA IF NOT EXISTS " + identifier(c.Schema) + ";"
}

func grantSchema(c *Config) string {
	return "GRANT USAGE, CREATE ON SCHEMA " + identifier(c.Schema) + " TO " + identifier(c.User) + ";"
}

// setSearchPath makes the schema the default one. The session cannot set it: PgBouncer rejects search_path as a
// parameter of the login, and a SET would apply to the sessions of others.
func setSearchPath(c *Config) string {
	return "ALTER ROLE " + identifier(c.User) + " IN DATABASE " + identifier(c.Database) +
		" SET search_path = " + identifier(c.Schema) + ";"
}

// identifier quotes a name for SQL and psql.
func identifier(name string) string { return pgx.Identifier{name}.Sanitize() }

// literal quotes a text for SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
