// Package snowflaketest is a Snowflake that runs inside a Go program: a real socket that speaks the
// driver's protocol, with an account behind it that runs setup scripts and enforces what they granted.
//
//	srv := snowflaketest.New()
//	defer srv.Close()
//	if _, err := srv.Run(setupScript); err != nil {
//		log.Fatal(err) // line 12: 003001 (42501): SQL access control error: …
//	}
//
// It is meant for tests of anything that hands a setup script to a customer's administrator and later
// logs in with a key pair. It is strict: it refuses every statement it does not know, as a syntax error,
// and every request whose token it did not hand out. It imports the standard library alone, and not
// package testing, so that a demonstration can use it as well.
//
// # Reaching it
//
// Point the driver's Config at [Server.Host] and [Server.Port] with the Protocol "http". To keep the host
// names and the TLS of the real service, use [NewTLS] and give the client's transport the server's
// [Server.DialContext] and [Server.RootCAs].
//
// # Scripts
//
// [Server.Run] executes a script as ACCOUNTADMIN, [Server.RunAs] as somebody with fewer roles. A script
// stops at the first refused statement, with an [*Error] that carries Snowflake's code, SQLState and
// text, the statement and its line. What ran before it stays done.
//
// Text is read by Snowflake's rules: bare names fold to upper case, "quoted" ones are exact, '…' literals
// know doubled quotes and backslashes, $$…$$ literals know neither, comments are `--`, `//` and `/* */`. [SplitScript]
// shows how a script falls into statements. Known are:
//
//   - USE ROLE, WAREHOUSE, DATABASE, SCHEMA, SECONDARY ROLES
//   - CREATE [OR REPLACE] … [IF NOT EXISTS], ALTER … SET, UNSET, RENAME TO, and DROP … [IF EXISTS] of
//     WAREHOUSE, DATABASE, SCHEMA, STAGE, TABLE, ROLE, USER, NETWORK POLICY, NETWORK RULE and RESOURCE
//     MONITOR; ALTER WAREHOUSE … SUSPEND and RESUME; ALTER SESSION; ALTER ACCOUNT SET NETWORK_POLICY
//   - GRANT and REVOKE of privileges, on one object or on ALL or FUTURE ones in a container, of
//     OWNERSHIP, and of roles
//   - SHOW GRANTS, SHOW of most of these kinds, DESCRIBE USER, TABLE, STAGE, WAREHOUSE, NETWORK POLICY
//   - SELECT of constants, CURRENT_ROLE() and its kin, SYSTEM$GET_LOGIN_FAILURE_DETAILS; SELECT * or
//     COUNT(*) from a table, which never has rows; LIST
//
// CREATE OR REPLACE really destroys what was there, with its contents and grants. CREATE DATABASE,
// SCHEMA and WAREHOUSE change what is current. IF NOT EXISTS changes nothing on what exists, but asks for
// the privilege to create all the same.
//
// # Roles
//
// The system roles are ACCOUNTADMIN, SECURITYADMIN, USERADMIN, SYSADMIN and PUBLIC. SYSADMIN may create
// warehouses and databases, USERADMIN roles and users; SECURITYADMIN inherits USERADMIN and holds MANAGE
// GRANTS; ACCOUNTADMIN inherits the others. Whoever creates an object owns it. An object without any
// privilege on it does not exist for a role (002003); one with some privilege but not the one that is
// needed answers 003001. Privileges are looked at when a statement runs, so revoking one, or dropping
// what it was on, shows in open sessions at once.
//
// Secondary roles add to what a session may use, never to what it may create; they are on for users
// unless DEFAULT_SECONDARY_ROLES = () turns them off, and off for scripts.
//
// # Logging in
//
// A login takes a key-pair token: RS256, signed with a key that the account has for the user in either
// slot, not older than a minute by the server's clock, for the account that the client names. Every
// failure of the token is 390144 with a UUID; SYSTEM$GET_LOGIN_FAILURE_DETAILS, or [Login] as recorded,
// tells the reason. Then come the network policy (390422), DISABLED (390101), a lock by MINS_TO_UNLOCK
// (390102), the role (390186, 390189) and what the session is to use (390201).
//
// Each later request must carry a token that was handed out and still counts. [Server.ExpireTokens]
// and [Server.EndSessions] take them away.
//
// # Misbehaving
//
// [Server.Inject] makes requests at a [Point] meet faults, until [Server.Clear]:
//
//	srv.Inject(snowflaketest.AtLogin, snowflaketest.Status(503))
//	srv.Inject(snowflaketest.AtList, snowflaketest.Delay(time.Second), snowflaketest.Reset())
//
// [Server.SetClock] puts the server's clock wrong, for the Date header too. What the server saw is in
// [Server.Requests], [Server.Logins] and [Server.Statements]; what a client left behind in
// [Server.OpenSessions] and [Server.Running]. Tokens and keys are in none of them.
//
// # What it is not
//
// It stores no rows, runs no queries over data, uploads no files through the protocol (see
// [Server.PutFile]), asks nobody for a second factor and knows no other way to log in than a key pair.
// Its texts were collected from public transcripts; where none was found, the code or text is a guess
// that reads like its neighbours, and a client had better not depend on it.
package snowflaketest
