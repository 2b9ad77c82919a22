// Package snowflake connects Snowflake accounts. It creates key pairs, writes the setup
// script that an administrator of the account runs, tests a connection, and explains a
// failure with SQL that fixes it.
//
//	connector, err := snowflake.New(&snowflake.Options{Product: "Flagsmith"})
//	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"snowflake": connector})
//
// Package snowflaketest has a Snowflake server for tests. Set Options.Endpoint to its URL.
//
// The README of this package lists the steps of a probe, the privileges that the setup
// script grants, and the cause and fix of every error.
//
// # Probe
//
// A probe opens a session with the stored key, queries SELECT 1 and the CURRENT functions,
// and lists the stage. SELECT 1 alone would pass with a wrong warehouse or schema. It
// resumes no warehouse and costs no credits, so it does not detect a warehouse that cannot
// resume. It writes nothing, so it does not check WRITE on the stage or CREATE TABLE on
// the schema.
//
// A probe returns by its context's deadline, or after 4.5 seconds if there is none. The
// steps end half a second earlier. The rest is for aborting a statement that hangs and for
// closing the session. There are no retries. No session, connection or goroutine remains
// after a probe, except a lookup by the system's resolver (cgo), which cannot be canceled.
//
// # Network
//
// A probe connects only to https://<account>.snowflakecomputing.com:443, or .cn for an
// account in China. A redirect, or a result on another host, fails the step. Addresses
// that are not public are refused when they are dialed (package netguard), unless the
// account uses private connectivity (its identifier ends in .privatelink). Behind a proxy,
// from Options.Proxy or HTTPS_PROXY and NO_PROXY, the proxy resolves the name and its
// address is not checked. Options.Endpoint turns both checks off.
//
// Certificates are verified by crypto/tls with the system's roots and at least TLS 1.2.
// Probes do not check for revoked certificates: the driver's OCSP checks connect to other
// hosts, have their own timeouts, and pass if those hosts do not respond. A probe sends
// only names and a token that is valid for a minute.
//
// # Process-wide settings of the driver
//
// This package uses github.com/snowflakedb/gosnowflake/v2. [New] changes two settings of
// the process, once:
//
//   - It sets SNOWFLAKE_DISABLE_PLATFORM_DETECTION=true. Otherwise the driver's first login
//     sends requests to the metadata services of three clouds. Call New before you use the
//     driver yourself.
//   - It changes the driver's log level from "error" to "fatal", since the driver logs
//     failed logins to stderr. It does not change a level that the host has set.
//
// The driver does more on its own:
//
//   - Importing it registers the name "snowflake" with database/sql and creates
//     $HOME/.cache/snowflake. With cgo, it loads a native library ("minicore") from a
//     temporary folder. Without cgo, it leaves that folder behind, empty. To avoid both,
//     build with -tags minicore_disabled or set SF_DISABLE_MINICORE=true.
//   - It reads SF_CLIENT_CONFIG_FILE, or sf_client_config.json next to the program or in the
//     home folder. If that file is invalid, every login fails, and the log has the reason.
//   - Probes send no telemetry. Sessions of [warehouse.Service.OpenDB] send it only if the
//     account's settings require it.
//
// # Names
//
// Warehouse, database, schema, role, user and stage are [Identifier] values, parsed as in
// SQL: a bare name is folded to upper case, a name in double quotes is exact. System roles
// and INFORMATION_SCHEMA are rejected. The user is Snowflake's LOGIN_NAME, which ignores
// case and equals the user's name unless an administrator changed it.
//
// Two connections to one account with the same names share a user, and each setup script
// replaces the other's key. Give each connection its own user.
package snowflake
