// Package wire serves the protocol of the Snowflake driver: logins with key-pair tokens, sessions and statements as
// JSON over HTTP. It can inject faults at each point of the protocol.
package wire
