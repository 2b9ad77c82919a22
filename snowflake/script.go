package snowflake

import (
	"fmt"
	"strings"
)

// A section of the setup script: what it is for, and what one role does.
type section struct {
	comment string
	block   block
}

// setupScript writes the script that an administrator of the account runs. It can be run again from the
// top at any time, since it creates only what is missing. There is no BEGIN or COMMIT: in Snowflake
// each of these statements commits by itself. Names are always whole, since creating a database or
// a schema changes the current ones.
func setupScript(names productNames, product string, c *Config, publicKey string) string {
	var b strings.Builder
	b.WriteString(names.title + "\n" + use(sysadmin) + "\n\n")
	comment(&b, fmt.Sprintf(`This script lets %[1]s load data into this account, and nothing more.
It has to be run by a user with the roles SYSADMIN and SECURITYADMIN (which has USERADMIN's rights); ACCOUNTADMIN has both.
Run it whole: in Snowsight with "Run All", or with one of
  snow sql -f setup.sql
  snowsql -f setup.sql -o exit_on_error=true
It can be run again from the top at any time: it creates what is missing, and drops nothing.
The one thing that it replaces is the first public key (RSA_PUBLIC_KEY) of the user %[2]s.
If another connection or program logs in as that user with that key, choose another user for this connection first.`,
		product, printable(c.User)))

	for _, s := range []section{
		{
			comment: `What %[1]s works with: a warehouse to run its queries, and a database, a schema and a stage to load into.
A new warehouse is of the smallest size, suspends itself after a minute, and costs nothing until it is used.
SYSADMIN needs the privileges to create these. Where they exist and belong to another role, run this block as that role.`,
			block: block{sysadmin, []string{c.createWarehouse(), c.createDatabase(), c.createSchema(), c.createStage()}},
		},
		{
			comment: `Who %[1]s is here: a role of its own, and a service user, which has no password and logs in with its key alone.
Where the user exists and belongs to another role, run this block as that role, or as ACCOUNTADMIN.`,
			block: block{useradmin, append([]string{c.createRole()}, c.userStatements(publicKey)...)},
		},
		{
			comment: `What the role may do: use the warehouse, create its own tables in the one schema, and read and write the one stage.
SECURITYADMIN may grant on anything, whoever owns it.`,
			block: block{securityadmin, []string{
				c.grantRole(), c.grantWarehouse(), c.grantDatabase(), c.grantSchema(), c.readStage(), c.writeStage(),
			}},
		},
		{
			comment: `What came of it. RSA_PUBLIC_KEY_FP is the fingerprint of the key that is in place.`,
			block: block{securityadmin, []string{
				fmt.Sprintf("DESC USER %s;", c.User.SQL()),
				fmt.Sprintf("SHOW GRANTS TO ROLE %s;", c.Role.SQL()),
			}},
		},
	} {
		b.WriteString("\n")
		comment(&b, strings.ReplaceAll(s.comment, "%[1]s", product))
		b.WriteString(use(s.block.role) + "\n" + strings.Join(s.block.statements, "\n") + "\n")
	}
	return b.String()
}

// comment writes each line of text as a comment of its own.
func comment(b *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		b.WriteString("-- " + strings.TrimSuffix(line, "\n") + "\n")
	}
}

// printable returns a name for a comment. Identifiers hold no line breaks, so it cannot end one.
func printable(id Identifier) string { return string(id) }
