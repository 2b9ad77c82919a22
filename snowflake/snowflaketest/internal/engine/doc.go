// Package engine is a Snowflake account without the protocol: its objects, roles and grants, and the statements that
// change and show them.
//
// Each statement has a file with its grammar, which makes a statement from the parser's tokens, and its run method,
// which checks privileges and changes the account. To add a statement, add a case to parser.statement.
package engine
