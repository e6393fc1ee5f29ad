/** Which keys has this label ever had, or which were the most recent ones? */
import { CoauditError } from "../../core/errors.ts";
import { checkNumber } from "../../core/numbers.ts";
import { KeyCheck, type KeyRequest, type KeyVersion } from "./key-check.ts";
import { decodingSteps, type HistoryProof, type UpdateProof } from "./key-proofs.ts";
import { markerVersions } from "./markers.ts";
import { runToEnd } from "./run-to-end.ts";

/** What was asked of the directory: every version, or the `count` most recent ones (all, when there are fewer). */
export type HistoryExtent = { readonly kind: "complete" } | { readonly kind: "most-recent"; readonly count: number };

export interface HistoryOptions {
  readonly extent: HistoryExtent;
  /**
   * What to do with a version whose value the provider no longer keeps: `refuse` it with KEY_PROOF_TOMBSTONE, or
   * `accept` it at face value, as a tombstone, which the caller must then judge. akd calls these Default and
   * AllowMissingValues.
   */
  readonly tombstones: "refuse" | "accept";
}

/**
 * Checks a key history (akd_core 0.13.0, read more strictly: docs/key-verification.md) and returns its versions, newest
 * first: each is in the directory, the one before it was retired in the same epoch, the markers before the oldest exist
 * and those after the newest do not. Throws as verifyLookupProof.
 */
export function verifyHistoryProof(request: KeyRequest, bytes: Uint8Array, options: HistoryOptions): KeyVersion[] {
  return runToEnd(historySteps(request, bytes, options));
}

/** The same in steps of a few ms each, for a thread that must stay quick. */
export function* historySteps(
  request: KeyRequest,
  bytes: Uint8Array,
  options: HistoryOptions,
): Generator<void, KeyVersion[], void> {
  const check = new KeyCheck(request);
  if (options.extent.kind === "most-recent") checkNumber(options.extent.count, "most-recent", 1);
  const proof = yield* decodingSteps(bytes);
  const { newest, oldest } = checkSequence(check, proof.updates, options.extent);
  const { past, future } = markerVersions(oldest, newest, check.epoch);
  checkCount("past_marker_vrf_proofs", past.length, proof.pastMarkers.length);
  checkCount("future_marker_vrf_proofs", future.length, proof.futureMarkers.length);

  const versions: KeyVersion[] = [];
  for (const update of proof.updates) {
    versions.push(checkUpdate(check, update, options));
    yield;
  }
  for (const [index, version] of past.entries()) {
    check.exists("fresh", version, proof.pastMarkers[index] as HistoryProof["pastMarkers"][number]);
    yield;
  }
  for (const [index, version] of future.entries()) {
    check.isAbsent("fresh", version, proof.futureMarkers[index] as HistoryProof["futureMarkers"][number]);
    yield;
  }
  yield* check.leaves();
  return versions;
}

/** Versions descend by one and their epochs descend too; how far back they must reach is what was asked for. */
function checkSequence(
  check: KeyCheck,
  updates: readonly UpdateProof[],
  extent: HistoryExtent,
): { newest: number; oldest: number } {
  const [first] = updates;
  if (first === undefined) throw new CoauditError("KEY_PROOF_EMPTY", "the history shows no version", {});
  for (const [index, { part, version, epoch }] of updates.entries()) {
    check.bounds(part, version, epoch);
    const newer = updates[index - 1];
    if (newer === undefined) continue;
    if (version !== newer.version - 1) {
      const message = `${part}: version ${version} comes after version ${newer.version}; there must be no gap`;
      throw new CoauditError("KEY_PROOF_GAP", message, { part, version, newerVersion: newer.version });
    }
    if (epoch >= newer.epoch) {
      const message = `${part}: version ${version} was published in epoch ${epoch}, not before version ${newer.version} (${newer.epoch})`;
      throw new CoauditError("KEY_PROOF_EPOCH_ORDER", message, { part, epoch, newerEpoch: newer.epoch });
    }
  }
  const newest = first.version;
  const oldest = newest - updates.length + 1;
  const mustShow = extent.kind === "complete" ? newest : Math.min(newest, extent.count);
  if (updates.length === mustShow) return { newest, oldest };
  const message = `the history shows ${updates.length} of ${newest} versions; ${mustShow} were asked for`;
  throw new CoauditError("KEY_PROOF_EXTENT", message, { shown: updates.length, asked: mustShow, newest });
}

function checkUpdate(check: KeyCheck, update: UpdateProof, { tombstones }: HistoryOptions): KeyVersion {
  const { part, version, epoch, value, existence, previous } = update;
  const isTombstone = value.length === 0;
  if (!isTombstone || tombstones === "refuse") check.value(update);
  check.exists("fresh", version, existence);
  if (version > 1) {
    if (previous === undefined) throw previousProof(part, "the proof that the version before was retired is missing");
    check.retired(epoch, previous.proof);
    check.exists("stale", version - 1, previous);
  } else if (previous !== undefined) {
    throw previousProof(part, "version 1 has no version before it");
  }
  return { version, epoch, value: Uint8Array.from(value), isTombstone };
}

function previousProof(part: string, reason: string): CoauditError<"KEY_PROOF_PREVIOUS"> {
  return new CoauditError("KEY_PROOF_PREVIOUS", `${part}: ${reason}`, { part, reason });
}

function checkCount(part: string, expected: number, found: number): void {
  if (expected === found) return;
  const message = `${part}: ${found} markers instead of ${expected}`;
  throw new CoauditError("KEY_PROOF_MARKERS", message, { part, expected, found });
}
