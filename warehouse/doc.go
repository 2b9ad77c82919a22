// Package warehouse lets the customers of a SaaS backend connect their own data warehouse without typing a
// secret.
//
// A customer names an account. The server creates a key pair, stores the private key sealed, and returns the
// public key with a setup script. The customer's administrator runs the script in the warehouse. A test then
// opens a session with the stored key and reports the cause of a failure in the warehouse's own words.
//
// # For a host
//
// A host creates one [Service] with [NewService] and calls its methods, or mounts package httpapi, which
// serves them over HTTP. A Service needs:
//
//   - a [Store], which holds the rows: package store has one over SQL, warehousetest one in memory;
//   - a [Sealer], which encrypts the secrets: package store/tinkseal has one that uses Tink;
//   - a [Registry] of connectors by type name, such as the one of package snowflake.
//
// A connection belongs to an organisation, the host's tenant: any text of 1 to 255 bytes. An organisation
// has at most one connection. The host passes a [Caller] with each call; nothing in this package derives it.
//
// # For the author of a connector
//
// A [Connector] has four methods:
//
//   - Config returns a pointer to a new struct with JSON tags and defaults. The package decodes a request
//     onto it and reports all bad fields at once. A field without a default is required, unless its tag has
//     omitempty or omitzero.
//   - SensitiveFields names the fields that are sealed and never returned.
//   - Probe tests the connection. A plain error is enough to fail a test; [RunSteps] times the steps, and a
//     [ProbeError] adds a code, a hint and a fix.
//   - SetupScript returns the script for the customer's administrator. It gets no secret.
//
// [ConfigAs] returns a config as the connector's own type. Optional capabilities are interfaces:
// [KeyPairConnector], [ImmutableConnector], [PresetConnector], [SafeFieldsConnector], [DatabaseConnector], [TeardownConnector],
// and [Validator] for a config. To check a connector, call warehousetest.TestConnector in a test.
//
// # Guarantees
//
// A test result is recorded only for the config that was tested. A test returns by its deadline and names
// the cause, even if the connector does not return. No transaction is held across the network. A caller that
// disconnects neither stops a probe nor loses its result. Private keys and sensitive fields appear in no
// response, log, error or panic, and no type prints them.
package warehouse
