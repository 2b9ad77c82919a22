// Package sql reads SQL text by Snowflake's rules, which differ from other databases': // begins a comment too,
// '…' literals know backslashes, and $$…$$ literals know no escapes.
package sql
