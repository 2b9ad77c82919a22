// Package tinkseal encrypts the secrets of connections with Tink: a [Sealer] is a warehouse.Sealer that
// seals with a [Keyset].
//
// A keyset has one or more keys. The primary key seals; every enabled key opens its own secrets. The format
// is Tink's JSON, which tinkey and Tink in other languages read and write. Load a keyset from:
//
//   - a file: [File]
//   - a secret manager: [ParseKeyset]
//   - an environment variable: [KeysetFromEnv]
//   - any of these, wrapped by a key management service: [UnwrapKeyset], or [File] with a KMS
//   - Tink's own type: [KeysetFromHandle]
//
// Without the keyset every connection's private key is lost. Back it up, in another place than the
// database. No function here creates a keyset because none was found: a host whose volume was not mounted
// would start with a new one and could open nothing.
//
// # Key management services
//
// A KMS wraps the keyset, not each secret. It is called once, when a process starts; then the keys are in
// memory. A KMS that is slow or down therefore affects no request, and an error of Open is final. A host
// that wants its KMS called for each secret implements warehouse.Sealer itself: only the host knows which
// errors of its KMS are final.
//
// # Rotation
//
// Each step is one call. Before the next step, every replica must run with the result:
//
//  1. [Keyset.AddKey]: the new key opens but does not seal yet. If it sealed now, replicas that have not
//     loaded it could not open the result.
//  2. [Keyset.Promote]: the new key seals, and the old keys still open.
//  3. Service.Reseal of package warehouse seals with the new key all rows that an old key sealed. Keep the
//     old keys until it has finished.
//  4. [Keyset.DisableOld]: the old keys no longer open. [Keyset.EnableOld] reverts this, if rows were
//     missed in step 3.
//  5. [Keyset.DeleteDisabled]: the old keys are deleted. Keep a copy of them for as long as you keep
//     backups of the database that they sealed.
//
// If the keyset is in a file, apply each step with [File.Change], which replaces the file atomically.
//
// New keys are AES-256-GCM. Keysets with other AEAD keys work too.
package tinkseal
