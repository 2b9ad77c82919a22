package postgresconnector

import (
	"net"
	"regexp"
	"strings"
	"unicode"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Config holds the fields that a customer fills in. The names of the database, schema and user are written
// as PostgreSQL stores them: case-sensitive and without quotes.
type Config struct {
	Host     string `json:"host" title:"Host" example:"db.example.com" help:"The server's name or IP address, without a port."`
	Port     uint16 `json:"port" title:"Port" help:"PostgreSQL uses 5432 by default."`
	Database string `json:"database" title:"Database" example:"analytics" help:"An existing database."`
	Schema   string `json:"schema" title:"Schema" help:"Holds the loaded tables. The setup script creates it."`
	User     string `json:"user" title:"User" help:"Loads the data. The setup script creates it."`
	Password string `json:"password" title:"Password" help:"The password of that user. It is stored encrypted and never shown again."`
	SSLMode  string `json:"sslmode" title:"TLS" enum:"verify-full,require,disable" help:"verify-full verifies the server. require encrypts only. disable does neither."`
}

// hostName matches no port, no URL and no path of a Unix socket.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*\.?)+$`)

// Validate trims the names and returns [warehouse.FieldErrors] for the fields that are not valid. The
// messages don't repeat the values: a URL that was pasted as the host can contain a password.
func (c *Config) Validate() error {
	c.Database = strings.TrimSpace(c.Database)
	c.Schema = strings.TrimSpace(c.Schema)
	c.User = strings.TrimSpace(c.User)

	errs := make(warehouse.FieldErrors)
	if net.ParseIP(c.Host) == nil && !hostName.MatchString(c.Host) {
		errs.Add("host", "Enter a host name or IP address only, for example db.example.com.")
	}
	if c.Port == 0 {
		errs.Add("port", "Enter a port from 1 to 65535. PostgreSQL uses 5432 by default.")
	}
	for field, name := range map[string]string{"database": c.Database, "schema": c.Schema, "user": c.User} {
		if !isName(name) {
			errs.Add(field, "Enter at most 63 bytes, without backslashes or invisible characters.")
		}
	}
	if c.Schema == "information_schema" || strings.HasPrefix(c.Schema, "pg_") {
		errs.Add("schema", reservedName)
	}
	if c.User == "postgres" || c.User == "public" || c.User == "none" || strings.HasPrefix(c.User, "pg_") {
		errs.Add("user", reservedName)
	}
	switch c.SSLMode {
	case "verify-full", "require", "disable":
	default:
		errs.Add("sslmode", `Choose "verify-full", "require" (encrypts, but does not verify the server) `+
			`or "disable" (does not encrypt).`)
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

const reservedName = "PostgreSQL reserves this name. Enter another one. The setup script creates it."

// isName reports whether PostgreSQL and psql accept the name, once quoted. PostgreSQL truncates names after
// 63 bytes.
func isName(name string) bool {
	for _, r := range name {
		if r == '\\' || !unicode.IsPrint(r) {
			return false
		}
	}
	return len(name) <= 63
}
