/** What does the directory say that this label's key is? */
import { KeyCheck, type KeyRequest, type KeyVersion } from "./key-check.ts";
import { decodeLookupProof } from "./key-proofs.ts";
import { lookupMarker } from "./markers.ts";
import { runToEnd } from "./run-to-end.ts";

/**
 * Checks that the directory with this digest holds the version shown, that it is not retired, and that the marker
 * before it exists (the lookup of akd_core 0.13.0, read more strictly: docs/key-verification.md).
 *
 * It does not show that this is the newest version, nor the one that its owner knows: a version that the provider
 * inserted and hides from the owner looks the same. A history proof of the most recent version does show it.
 *
 * Throws a KEY_PROOF_ error for every fact about the bytes (isKeyProofError); VRF_KEY_INVALID, NUMBER_OUT_OF_RANGE or
 * ENCODING_INVALID for a wrong request. Takes about 4 ms: three VRF proofs.
 */
export function verifyLookupProof(request: KeyRequest, bytes: Uint8Array): KeyVersion {
  return runToEnd(lookupSteps(request, bytes));
}

/** The same in steps of a few ms each, for a thread that must stay quick. */
export function* lookupSteps(request: KeyRequest, bytes: Uint8Array): Generator<void, KeyVersion, void> {
  const check = new KeyCheck(request);
  const proof = decodeLookupProof(bytes);
  const { part, version, epoch, value } = proof;
  check.bounds(part, version, epoch);
  check.value(proof);
  check.exists("fresh", version, proof.existence);
  check.exists("fresh", lookupMarker(version), proof.marker);
  check.isAbsent("stale", version, proof.freshness);
  yield* check.leaves();
  return { version, epoch, value: Uint8Array.from(value), isTombstone: value.length === 0 };
}
