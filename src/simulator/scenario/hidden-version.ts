import { lookupMarker, markerVersions } from "../../akd/keys/markers.ts";

/**
 * A version that can be hidden from its owner, who has `newest` versions at `epoch`: its marker exists, and no history
 * of the owner's, at whatever epoch, speaks of it while there are no more versions. Undefined: there is none, yet.
 */
export function hiddenVersion(newest: number, epoch: number): number | undefined {
  const asked = new Set(markerVersions(1, newest, Number.MAX_SAFE_INTEGER).future);
  for (let version = newest + 1; version <= epoch; version++) {
    const marker = lookupMarker(version);
    if (!asked.has(version) && (marker <= newest || marker === version)) return version;
  }
  return undefined;
}
