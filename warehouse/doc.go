// Package warehouse lets the customers of a SaaS backend connect their own data warehouse without
// ever typing a secret.
//
// The customer names an account; the server makes a key pair, keeps the private half sealed, and
// answers with the public half and a setup script. The customer's administrator runs the script in
// the warehouse. A test then opens a real session with the stored key, and says in the warehouse's
// own words what is wrong, or that all is well.
//
// # For a host
//
// A host builds one [Service] from three parts and calls its methods, or mounts package httpapi,
// which does so over HTTP:
//
//   - a [Store], which keeps the rows: package store has one in memory and one over SQL;
//   - a [Sealer], which encrypts the secrets: package store/tinkseal has one made of Tink;
//   - a [Registry] of connectors by type name: package snowflake has the first.
//
// A connection belongs to an organisation, the host's tenant, which is opaque here: any text of 1 to
// 255 bytes. The host says who is asking with a [Caller]; nothing in this package guesses it.
// An organisation has one connection at most.
//
// # For the author of a connector
//
// A connector is four methods and a struct:
//
//   - Config returns a pointer to a fresh struct with JSON tags, defaults filled in. The package
//     decodes what the customer sent onto it, strictly, and reports every bad field at once. A
//     field without a default is required, unless its tag says omitempty or omitzero.
//   - SensitiveFields names the fields that are sealed at rest and never leave the server.
//   - Probe tests the connection for real. Returning a plain error is enough to fail a test;
//     [RunSteps] times the steps, and a [ProbeError] says more.
//   - SetupScript writes what the customer's administrator runs once. It sees no secret.
//
// What only some types can do is an interface of its own, beside the one place that asks for it:
// [KeyPairConnector], [ImmutableConnector], [PresetConnector], [Validator], [DatabaseConnector],
// [TeardownConnector]. Absent is an ordinary answer.
//
// # What always holds
//
// A test result is recorded only for the configuration that was tested. A probe ends by its deadline
// and names the cause. No transaction is held across the network. A caller that goes away
// neither stops a probe nor loses its result. The private key and the sensitive fields appear in no
// response, log line, error or panic, and print as nothing under every verb of package fmt.
package warehouse
