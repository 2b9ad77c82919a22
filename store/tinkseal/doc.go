// Package tinkseal encrypts the secrets of connections with Tink: a [Sealer] is a warehouse.Sealer that
// seals under a [Keyset].
//
// A keyset is one or more keys, one of which, the primary, seals; each of them opens what it sealed. Its
// form is Tink's own JSON, so that tinkey and Tink in other languages read and write it too. It comes
// from wherever a host keeps its secrets:
//
//   - a file: [File]
//   - a secret manager: [ParseKeyset]
//   - the environment: [KeysetFromEnv]
//   - any of these, wrapped by a key management service: [UnwrapKeyset], or [File] with a KMS
//   - a handle that the host holds already: [KeysetFromHandle]
//
// Whoever loses the keyset loses every connection's private key, so a backup of it belongs in another
// place than the database's. None of the functions here makes a keyset because there was none: a host
// whose volume was not mounted would start with a new one, and open nothing.
//
// # A key management service
//
// A KMS wraps the keyset, not each secret: it is asked once, when a process starts, and the keys are in
// memory from then on. So neither a KMS that is down nor its latency touches a request, and an Open that
// fails has failed for good. A host that wants its KMS asked for each secret implements
// warehouse.Sealer itself, since only it can tell which of the KMS's errors are final.
//
// # Rotation
//
// Each step is one call, and is finished before the next when every replica runs with its outcome:
//
//  1. [Keyset.AddKey]: the new key opens but does not seal yet. Were it to seal at once, replicas that
//     have not read it could not open what the first one sealed.
//  2. [Keyset.Promote]: the new key seals, and the old ones still open.
//  3. Service.Reseal of package warehouse seals again the rows that an old key sealed. Until it has, the keyset keeps its old keys, and
//     stays as it is after step 2 for as long as need be.
//  4. [Keyset.DisableOld]: the old keys no longer open. [Keyset.EnableOld] takes it back, for what step 3
//     left out.
//  5. [Keyset.DeleteDisabled]: the old keys are gone.
//
// With a keyset in a file, [File.Change] does a step: it replaces the file as a whole.
//
// # Why AES-256-GCM
//
// New keys are AES-256-GCM with random nonces of 96 bits. Its limit is 2^32 messages a key, and here a
// message is a connection that is created or given new secrets; a million customers who change one every
// day get there in eleven years. In exchange it is the mode that every Tink and every FIPS module has,
// that hardware speeds up, and that Go's standard library implements. AES-GCM-SIV forgives a repeated
// nonce, and XChaCha20-Poly1305 and XAES-256-GCM have nonces too long to repeat, but what they protect
// from needs many messages or a broken random source, and they are missing from FIPS modules or from
// some of Tink's languages. Keysets with keys of these types work all the same; all of a keyset's keys
// are used as what they are.
package tinkseal
