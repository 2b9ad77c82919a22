// Package snowflaketest provides a Snowflake for tests: a server that speaks the driver's protocol, with an account
// that runs setup scripts and enforces their grants.
//
//	srv := snowflaketest.New()
//	defer srv.Close()
//	if _, err := srv.Run(setupScript); err != nil {
//		log.Fatal(err) // line 12: 003001 (42501): SQL access control error: …
//	}
//
// Set the driver's Protocol to "http", and its Host and Port to [Server.Addr]. [NewTLS] serves HTTPS under every host
// name. The package imports the standard library only, and not package testing, so a demonstration can use it too.
//
// # What it supports
//
//   - USE ROLE
//   - CREATE [IF NOT EXISTS] and DROP [IF EXISTS] of WAREHOUSE, DATABASE, SCHEMA, STAGE, TABLE, ROLE, USER, NETWORK
//     POLICY, AUTHENTICATION POLICY and RESOURCE MONITOR
//   - ALTER … SET and UNSET of their properties, of the account's NETWORK_POLICY, of the AUTHENTICATION POLICY of a user
//     or the account, and ALTER SESSION SET
//   - GRANT and REVOKE of privileges on one object, and of roles
//   - SHOW of these kinds, SHOW GRANTS TO ROLE, TO USER and OF ROLE, DESC USER
//   - EXECUTE IMMEDIATE of a block that runs statements and handles STATEMENT_ERROR by SQLCODE, with RETURN or RAISE
//   - the parameter QUOTED_IDENTIFIERS_IGNORE_CASE of sessions and of the account
//   - SELECT of constants, CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA() and
//     SYSTEM$GET_LOGIN_FAILURE_DETAILS; LIST of a stage
//   - logins with a key-pair token, which is verified: form, account, times, key and signature
//   - logins with a password, except of users with TYPE = SERVICE
//
// The system roles are ACCOUNTADMIN, SECURITYADMIN, USERADMIN, SYSADMIN and PUBLIC. The role that creates an object
// owns it. For a role without any privilege on it an object does not exist (002003). With some privilege but not the
// one that is needed, the error is 003001. CREATE … IF NOT EXISTS of an object without any privilege on it is refused with
// 003041. Privileges are checked when a statement runs, also in open sessions.
//
// [Server.Inject] makes requests fail at a point of the protocol:
//
//	srv.Inject(snowflaketest.AtLogin, snowflaketest.Status(503))
//
// # What it does not do
//
// Every other statement, clause or property is refused by name, although Snowflake may know it. Among them are:
//
//   - OR REPLACE, RENAME, OWNERSHIP, grants on ALL or FUTURE objects, WITH GRANT OPTION
//   - USE of anything but a role, and names that depend on the current database or schema
//   - queries with FROM, DML, transactions, and several statements in one request
//   - escapes in '…' other than \\ and \'
//   - second factors, OAuth, password policies, network rules
//   - renewal of session tokens, heartbeats, results in chunks
//
// A table has no rows and keeps no columns. [Server.PutFile] takes the place of uploads. Warehouses do not run, and
// resource monitors do not stop them.
//
// The error texts come from public transcripts. For some errors none was found, and the code or text is a guess, so
// tests should not depend on rare ones.
package snowflaketest
