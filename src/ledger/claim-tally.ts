/**
 * Whether claims.log and LevelDB hold the same records, in memory that does not grow with them: per namespace, a count and a hash over its
 * records in order. claims.log keeps the order of writing and LevelDB that of the keys; within one namespace they are the same order, since a
 * namespace's epochs only rise.
 */
import { hash } from "node:crypto";
import { concat, equalBytes } from "../core/bytes.ts";
import { type ClaimRecord, recordKey } from "./claim-record.ts";

interface Group {
  readonly count: number;
  readonly fingerprint: Uint8Array;
}

export interface TalliedRecord {
  readonly key: Uint8Array;
  readonly payload: Uint8Array;
}

const NOTHING: Group = { count: 0, fingerprint: new Uint8Array(32) };

export class ClaimTally {
  // One entry a namespace and kind: namespaces come from this node's own configuration.
  readonly #groups = new Map<string, Group>();
  readonly #newest = new Map<string, number>();
  #last: { readonly group: string; readonly before: Group; readonly record: TalliedRecord } | undefined;
  #records = 0;

  get records(): number {
    return this.#records;
  }

  /** What this side knows, for the person who has to repair: the newest claimed epoch of every namespace. */
  newest(): Record<string, number> {
    return Object.fromEntries(this.#newest);
  }

  /** Returns the key under which LevelDB holds the record. */
  add(record: ClaimRecord, payload: Uint8Array): Uint8Array {
    const group = `${record.type === "claim" ? "claim" : "event"} ${record.namespace}`;
    const before = this.#groups.get(group) ?? NOTHING;
    const fingerprint = new Uint8Array(hash("sha256", concat(before.fingerprint, payload), "buffer"));
    this.#groups.set(group, { count: before.count + 1, fingerprint });
    if (record.type === "claim") {
      this.#newest.set(record.namespace, Math.max(record.epoch, this.#newest.get(record.namespace) ?? 0));
    }
    this.#records += 1;
    const key = recordKey(record, before.count);
    this.#last = { group, before, record: { key, payload } };
    return key;
  }

  /** "same"; the one record, our last, that `other` lacks; or "different" for everything else. */
  compare(other: ClaimTally): "same" | "different" | TalliedRecord {
    if (sameGroups(this.#groups, other.#groups)) return "same";
    if (this.#last === undefined) return "different";
    const without = new Map(this.#groups);
    if (this.#last.before.count === 0) without.delete(this.#last.group);
    else without.set(this.#last.group, this.#last.before);
    return sameGroups(without, other.#groups) ? this.#last.record : "different";
  }
}

function sameGroups(ours: ReadonlyMap<string, Group>, theirs: ReadonlyMap<string, Group>): boolean {
  if (ours.size !== theirs.size) return false;
  for (const [name, { count, fingerprint }] of ours) {
    const other = theirs.get(name);
    if (other?.count !== count || !equalBytes(fingerprint, other.fingerprint)) return false;
  }
  return true;
}
