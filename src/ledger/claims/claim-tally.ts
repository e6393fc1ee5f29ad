/**
 * Whether claims.log and LevelDB hold the same records, in memory that does not grow with them: per namespace, a count
 * and a hash over its records in order. claims.log keeps the order of writing and LevelDB that of the keys; within one
 * namespace they are the same order, since a namespace's epochs only rise.
 */
import { createHash, type Hash } from "node:crypto";
import { equalBytes } from "../../core/bytes.ts";
import { type ClaimRecord, recordKey } from "./claim-record.ts";

export interface TalliedRecord {
  readonly key: Uint8Array;
  readonly payload: Uint8Array;
}

interface Added {
  readonly record: ClaimRecord;
  readonly payload: Uint8Array;
}

/**
 * The records of one namespace and kind; the last one waits outside the hash, so that the hash without it is still
 * known.
 */
interface Group {
  count: number;
  readonly hashed: Hash;
  last: Added | undefined;
}

export class ClaimTally {
  // One entry a namespace and kind: namespaces come from this node's own configuration.
  readonly #groups = new Map<string, Group>();
  readonly #newest = new Map<string, number>();
  #last: string | undefined;
  #records = 0;

  get records(): number {
    return this.#records;
  }

  /** What this side knows, for the person who has to repair the claims: the newest claimed epoch of every namespace. */
  newest(): Record<string, number> {
    return Object.fromEntries(this.#newest);
  }

  /** Returns how many records of its namespace and kind came before. */
  add(record: ClaimRecord, payload: Uint8Array): number {
    const name = `${record.type === "claim" ? "claim" : "event"} ${record.namespace}`;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { count: 0, hashed: createHash("sha256"), last: undefined };
      this.#groups.set(name, group);
    }
    // Records contain their length, so a sequence of them cannot be read in two ways.
    if (group.last !== undefined) group.hashed.update(group.last.payload);
    group.last = { record, payload };
    group.count += 1;
    this.#records += 1;
    this.#last = name;
    if (record.type === "claim") {
      this.#newest.set(record.namespace, Math.max(record.epoch, this.#newest.get(record.namespace) ?? 0));
    }
    return group.count - 1;
  }

  /** "same"; the one record, our last, that `other` lacks; or "different" for everything else. */
  compare(other: ClaimTally): "same" | "different" | TalliedRecord {
    const ours = this.#summary(undefined);
    const theirs = other.#summary(undefined);
    if (sameGroups(ours, theirs)) return "same";
    const group = this.#last === undefined ? undefined : this.#groups.get(this.#last);
    if (group?.last === undefined || !sameGroups(this.#summary(this.#last), theirs)) return "different";
    const { record, payload } = group.last;
    return { key: recordKey(record, group.count - 1), payload };
  }

  /** Count and hash of each group, without the last record of the group `but`. */
  #summary(but: string | undefined): Map<string, Summary> {
    const summary = new Map<string, Summary>();
    for (const [name, { count, hashed, last }] of this.#groups) {
      const copy = hashed.copy();
      if (name !== but && last !== undefined) copy.update(last.payload);
      const counted = name === but ? count - 1 : count;
      if (counted > 0) summary.set(name, { count: counted, fingerprint: new Uint8Array(copy.digest()) });
    }
    return summary;
  }
}

interface Summary {
  readonly count: number;
  readonly fingerprint: Uint8Array;
}

function sameGroups(ours: ReadonlyMap<string, Summary>, theirs: ReadonlyMap<string, Summary>): boolean {
  if (ours.size !== theirs.size) return false;
  for (const [name, { count, fingerprint }] of ours) {
    const other = theirs.get(name);
    if (other?.count !== count || !equalBytes(fingerprint, other.fingerprint)) return false;
  }
  return true;
}
