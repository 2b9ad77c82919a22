// Package snowflake connects Snowflake accounts: it makes key pairs, writes the script that an
// administrator of the account runs, tests a connection for real, and says what is wrong with it in words
// and SQL that the administrator can use.
//
//	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith"})
//	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": connector})
//
// Package snowflaketest has a Snowflake that runs inside a test: Options.Endpoint leads there.
//
// # What a probe does
//
//	step          sends                               proves
//	authenticate  a login with a key-pair token,      host, TLS, account, user, key, network policy, role;
//	              names to be validated               warehouse, database and schema, if the server checks
//	query         SELECT 1 and CURRENT_ROLE(),        role, warehouse, database and schema, if it does not
//	              _WAREHOUSE(), _DATABASE(), _SCHEMA()
//	list_stage    LIST of the stage, under a prefix   the stage, and READ on it
//	              that no file has
//	(close)       the end of the session              nothing: that it failed is logged
//
// SELECT 1 alone passes with a warehouse or a schema that does not exist. So the login asks Snowflake to
// validate what the session is to use, and the query compares where the session is with where it should
// be: a server that does not validate leaves out what the role may not use, and says nothing.
//
// A probe runs no warehouse and so costs no credits. That means that it does not see a warehouse that
// cannot resume, or one that waits for another statement. Nor does it try WRITE on the stage or CREATE
// TABLE on the schema, since either would leave something behind.
//
// A probe is over by its context's deadline, or after 4.5 seconds where there is none. Its steps end half a
// second before: that time is kept for aborting a statement that hangs and for closing the session, on a
// fresh connection. Nothing is retried. Each probe has its own transport, and when it returns no session,
// connection or goroutine of it is left. Only a name that the system's own resolver is looking up (cgo)
// cannot be interrupted: the probe does not wait for it.
//
// The session has the query tag "<product> connection test" and a statement timeout of the steps' time.
//
// # Where it connects
//
// A probe connects only to https://<account>.snowflakecomputing.com:443, or .cn for an account in China, whatever an answer
// says: a redirect, or a result that lies elsewhere, fails the step. The name is made from an account
// identifier that was checked ([AccountIdentifier]). Where it leads is checked as well: a private,
// loopback or link-local address is refused at the moment it is dialled, unless the account is on private
// connectivity (its identifier ends in .privatelink).
//
// A proxy is taken from Options.Proxy, or from HTTPS_PROXY and NO_PROXY. Behind one, the proxy looks names
// up, so the name is all that is checked.
//
// Options.Endpoint leads every account to one server, and lifts both checks.
//
// # TLS
//
// Certificates are verified as by package crypto/tls, against the system's roots, with TLS 1.2 at least.
// Probes do not ask whether a certificate was revoked. The driver would, with OCSP, but on connections of
// its own to other hosts, with time limits of its own, and it lets a login pass when those do not answer.
// What a probe sends is worth little to a listener: names, and a token that is valid for a minute.
//
// # What is process-wide in the driver
//
// This package uses github.com/snowflakedb/gosnowflake/v2, some of whose behaviour is the whole
// process's. [New] sets two things, once:
//
//   - SNOWFLAKE_DISABLE_PLATFORM_DETECTION=true in the environment. The driver's first login would
//     otherwise ask the metadata services of three clouds where it runs. Where a host uses the driver by
//     itself before it calls New, that has happened by then.
//   - The driver's log level, from "error" to "fatal", since failed logins would be printed to stderr.
//     Another level, which a host has chosen, stays, and so does one that it sets later.
//
// The rest is the host's to know:
//
//   - Importing the driver registers the name "snowflake" with database/sql.
//   - Importing it also creates $HOME/.cache/snowflake and, with cgo, writes a native library ("minicore")
//     to a temporary folder, loads it, and removes the folder. Without cgo it loads nothing, and leaves
//     the empty folder behind at each start of a process. Build with -tags minicore_disabled to have
//     neither; SF_DISABLE_MINICORE=true in the environment does the same at the start.
//   - The driver reads a file named by SF_CLIENT_CONFIG_FILE, or sf_client_config.json beside the program
//     or in the home folder, which sets its log level and log file. If that file is broken every login
//     fails, and the log has the reason.
//   - Telemetry is turned off for probes, and what the driver would send all the same is dropped. Sessions of
//     [warehouse.Service.OpenDB] ask for none, and send it where the account's settings overrule that.
//
// # What the setup script grants
//
//	on         privilege     for
//	warehouse  USAGE         running statements
//	database   USAGE         reaching the schema
//	schema     USAGE         reaching the stage and the tables
//	schema     CREATE TABLE  making tables, which the role then owns
//	stage      READ          listing files, and loading them into tables
//	stage      WRITE         uploading files
//
// It needs SYSADMIN for the objects, USERADMIN for the role and the user, and SECURITYADMIN, which inherits
// USERADMIN, for the grants. It creates what is missing, drops nothing, and can be run again from the top
// at any time. Optional parts are in it as comments: GRANT ROLE to SYSADMIN, a resource monitor and, with
// Options.EgressAddresses, a network policy for the user. [Connector.TeardownScript] undoes it.
//
// Two connections to one account under the same names share a user, and the setup script of one replaces
// the key of the other: give each a user of its own.
//
// # Names
//
// Warehouse, database, schema, role, user and stage are [Identifier] values, read as SQL reads them: a
// bare name is folded to upper case, a name in double quotes is exact. Scripts and fixes always print
// them in double quotes and in full. The system's roles and INFORMATION_SCHEMA are refused.
//
// The user is Snowflake's LOGIN_NAME, which is the user's name unless an administrator has changed it, and
// which has no case.
//
// # Errors
//
// A message of Snowflake's comes out as it is, to the byte, with Snowflake's code. What it means here:
//
//	code                    of Snowflake's                means                            fix
//	authentication_failed   390144                        key, user, account or clock      user, its key, its role
//	authentication_failed   390100                        no such user, or no key          user, its key, its role
//	user_disabled           390101                                                         ALTER USER
//	user_locked             390102                        for 15 minutes                   ALTER USER
//	mfa_required            394507, 394508, 394633        not a service user               ALTER USER
//	role_not_granted        390186, 390189                missing, or not the user's       role, and its grant
//	network_blocked         390420, 390422                a network policy                 with EgressAddresses
//	account_suspended       390913, 000666                billing, or a trial's end        none
//	quota_exceeded          090073                        a resource monitor               none
//	warehouse_inaccessible  390201, 000606                missing, or no USAGE             warehouse, and USAGE
//	database_inaccessible   390201, 002003, 090105        missing, or no USAGE             database, and USAGE
//	schema_inaccessible     390201, 002003, 090106        missing, or no USAGE             schema, and its grants
//	stage_inaccessible      002003, 002043                missing, or no privilege         stage, and its grants
//	insufficient_privileges 003001, 003102                there, but a privilege lacks     the grant
//	unknown                 any other                                                      none
//
// For 390144, which is Snowflake's one answer to four mistakes, the hint has the fingerprint of our key,
// the statement that shows the fingerprint of the user's, the one that shows what Snowflake recorded, and
// says so when our clock and Snowflake's differ by more than the minute that Snowflake allows.
//
// Where Snowflake said nothing the words are ours:
//
//	code                    when
//	account_not_found       the login is answered with HTTP 401, 403 or 404
//	network_unreachable     no such host, no route, refused, reset, TLS or its certificate, the proxy, a private address
//	timeout                 no connection, or no answer to what the text names
//	vendor_unavailable      HTTP 408, 429 or 5xx
//	unexpected_response     a web page, a redirect, another status, broken or foreign JSON
//	warehouse_inaccessible  and its like: the session is not where it was asked to be
//	unknown                 the test was stopped, or a problem on our side, which is logged
//
// Two errors come from the setup script rather than from a test: "Grant not executed" (003102) means that
// its part was run with another role, and "New public key rejected by current policy" that the key was
// changed on its way into the script.
package snowflake
