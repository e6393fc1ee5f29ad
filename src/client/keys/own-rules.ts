/** What the history of the own key must say. */
import type { KeyVersion } from "../../akd/keys/key-check.ts";
import { equalBytes, toHex } from "../../core/bytes.ts";
import type { KeptKey } from "./key-book.ts";

/** Undefined where every version is one that the owner's devices published, or withdrew. */
export function judgeOwn(
  versions: readonly KeyVersion[],
  mine: ReadonlyMap<number, Uint8Array>,
  withdrawn: ReadonlySet<number>,
): "unknown-own-version" | "value-removed" | undefined {
  for (const { version, value, isTombstone } of versions) {
    const own = mine.get(version);
    if (own === undefined) return "unknown-own-version";
    if (isTombstone && !withdrawn.has(version)) return "value-removed";
    if (!isTombstone && !equalBytes(own, value)) return "unknown-own-version";
  }
  return undefined;
}

/** `last`: the newest version seen before; `versions`: newest first. */
export function brokenHistory(
  last: KeptKey,
  versions: readonly KeyVersion[],
): "version-went-back" | "value-changed" | undefined {
  if ((versions[0]?.version ?? 0) < last.version) return "version-went-back";
  const same = versions.find(({ version }) => version === last.version);
  if (same === undefined) return undefined;
  const isSame = same.epoch === last.epoch && (same.isTombstone || toHex(same.value) === last.value);
  return isSame ? undefined : "value-changed";
}

/** Whether no version is left out between the newest one seen before, or the beginning, and those shown. */
export function joins(last: KeptKey | undefined, versions: readonly KeyVersion[]): boolean {
  return (versions.at(-1)?.version ?? 0) <= (last?.version ?? 0) + 1;
}
