/**
 * The auditors that this reader believes exist. Equivocation and counting are per auditor, not per key: all keys of an
 * organisation are one auditor. [a key listed under two names would count twice]
 */
import { compareText, equalBytes, toHex } from "./bytes.ts";
import { PUBLIC_KEY_SIZE_BYTES } from "./ed25519.ts";
import { CoauditError } from "./errors.ts";
import { sha256 } from "./hash.ts";
import { checkAuditorName } from "./names.ts";
import type { KeyRotation } from "./statement.ts";

/** Epochs of one namespace for which a key counts, inclusive. */
export interface KeyWindow {
  readonly from?: number;
  readonly until?: number;
}

export interface RosterKey {
  readonly publicKey: Uint8Array;
  /** By namespace; other namespaces are not limited. */
  readonly windows?: Readonly<Record<string, KeyWindow>>;
}

export interface RosterAuditor {
  readonly name: string;
  readonly keys: readonly RosterKey[];
  /** Multiaddrs at which the auditor's node can be dialled. */
  readonly addresses: readonly string[];
  /** SHA-256 of the next public key: only a rotation to that key takes effect by itself. */
  readonly nextKeyHash?: Uint8Array;
  /**
   * After a conviction, heads up to this epoch of the namespace still count for this reader; those of a namespace that
   * is not named do not.
   */
  readonly trustedUntil?: EpochByNamespace;
  /** Counts from this epoch of the namespace on; a namespace that is not named has no beginning. */
  readonly joined?: EpochByNamespace;
  /** Counts up to this epoch of the namespace, 0: never; a namespace that is not named has no end. */
  readonly retired?: EpochByNamespace;
}

export type EpochByNamespace = Readonly<Record<string, number>>;

export interface RosterEntry {
  readonly auditor: RosterAuditor;
  readonly key: RosterKey;
}

export class Roster {
  /** Sorted by name. */
  readonly auditors: readonly RosterAuditor[];
  /** Sorted; retired ones and those that are yet to join among them. */
  readonly names: readonly string[];
  /** Some auditor joins or retires at some epoch. */
  readonly #changes: boolean;
  readonly #byKey: Map<string, RosterEntry> = new Map();
  readonly #byName: Map<string, RosterAuditor> = new Map();

  /**
   * Throws ROSTER_INVALID for a name twice, a key twice, an auditor without keys, a key that does not have 32 bytes,
   * two keys of one auditor with the same last byte; NAME_INVALID for an invalid name.
   */
  constructor(auditors: readonly RosterAuditor[]) {
    checkShape(auditors);
    this.auditors = [...auditors].sort((a, b) => compareText(a.name, b.name));
    for (const auditor of this.auditors) this.#add(auditor);
    this.names = this.auditors.map(({ name }) => name);
    this.#changes = this.auditors.some(({ joined, retired }) => joined !== undefined || retired !== undefined);
  }

  get size(): number {
    return this.auditors.length;
  }

  /**
   * Who is in the roster at that epoch of the namespace, sorted: n, f, who speaks and who counts are those of the epoch
   * (docs/protocol.md 8). [three new auditors make all old epochs not-enough]
   */
  membersAt(namespace: string, epoch: number): readonly string[] {
    if (!this.#changes) return this.names;
    return this.auditors.filter((auditor) => isMember(auditor, namespace, epoch)).map(({ name }) => name);
  }

  byName(name: string): RosterAuditor | undefined {
    return this.#byName.get(name);
  }

  byKey(publicKey: Uint8Array): RosterEntry | undefined {
    return this.#byKey.get(toHex(publicKey));
  }

  /**
   * The roster after a rotation, or undefined if it has no effect by itself: an unknown old key, a new key whose hash
   * is not in the roster, a new key that already belongs to somebody or has the Plexi key id of an earlier one. [a
   * thief rotates the name to himself]
   */
  withRotation(rotation: KeyRotation): Roster | undefined {
    const entry = this.byKey(rotation.oldPublicKey);
    if (entry === undefined || entry.auditor.nextKeyHash === undefined) return undefined;
    if (!equalBytes(entry.auditor.nextKeyHash, sha256(rotation.newPublicKey))) return undefined;
    if (this.byKey(rotation.newPublicKey) !== undefined) return undefined;
    if (entry.auditor.keys.some((key) => plexiKeyId(key.publicKey) === plexiKeyId(rotation.newPublicKey)))
      return undefined;
    const newWindows: Record<string, KeyWindow> = {};
    const oldWindows: Record<string, KeyWindow> = { ...entry.key.windows };
    for (const { namespace, epoch } of rotation.starts) {
      newWindows[namespace] = { from: epoch };
      oldWindows[namespace] = { ...oldWindows[namespace], until: epoch - 1 };
    }
    const keys = entry.auditor.keys.map((key) => (key === entry.key ? { ...key, windows: oldWindows } : key));
    const { nextKeyHash: _used, ...rest } = entry.auditor;
    const rotated = { ...rest, keys: [...keys, { publicKey: rotation.newPublicKey, windows: newWindows }] };
    return new Roster(this.auditors.map((auditor) => (auditor === entry.auditor ? rotated : auditor)));
  }

  #add(auditor: RosterAuditor): void {
    checkAuditorName(auditor.name);
    if (this.#byName.has(auditor.name)) throw invalid(`the auditor ${auditor.name} is listed twice`, auditor.name);
    if (auditor.keys.length === 0) throw invalid(`the auditor ${auditor.name} has no key`, auditor.name);
    this.#byName.set(auditor.name, auditor);
    const keyIds = new Set<number>();
    for (const key of auditor.keys) {
      const id = toHex(key.publicKey);
      if (key.publicKey.length !== PUBLIC_KEY_SIZE_BYTES) {
        throw invalid(`the key ${id} of ${auditor.name} has ${key.publicKey.length} bytes, expected 32`, auditor.name);
      }
      const other = this.#byKey.get(id);
      if (other !== undefined) {
        throw invalid(`the key ${id} is listed under ${other.auditor.name} and ${auditor.name}`, auditor.name);
      }
      const keyId = plexiKeyId(key.publicKey);
      if (keyIds.has(keyId)) {
        throw invalid(`two keys of ${auditor.name} end in the same byte, which Plexi uses as key id`, auditor.name);
      }
      keyIds.add(keyId);
      this.#byKey.set(id, { auditor, key });
    }
  }
}

/** Programs make rosters, too, and most of them are in JavaScript. */
function checkShape(auditors: unknown): void {
  if (!Array.isArray(auditors)) throw invalid("it is not a list of auditors", "");
  for (const auditor of auditors) {
    const { name, keys } = (auditor ?? {}) as Partial<Record<keyof RosterAuditor, unknown>>;
    if (typeof name !== "string") throw invalid("an auditor has no name", "");
    if (!Array.isArray(keys)) throw invalid(`${name} has no list of keys`, name);
    const areKeys = keys.every((key: Partial<RosterKey> | null) => key?.publicKey instanceof Uint8Array);
    if (!areKeys) throw invalid(`a public key of ${name} is not a Uint8Array`, name);
  }
}

export function isInWindow(key: RosterKey, namespace: string, epoch: number): boolean {
  const { from = 0, until = Number.MAX_SAFE_INTEGER } = key.windows?.[namespace] ?? {};
  return epoch >= from && epoch <= until;
}

/** An epoch above all others: who is in the roster now. */
export const NOW_EPOCH: number = Number.MAX_SAFE_INTEGER;

export function isMember({ joined, retired }: RosterAuditor, namespace: string, epoch: number): boolean {
  return (
    epoch >= (joined?.[namespace] ?? 0) && epoch <= (retired?.[namespace] ?? NOW_EPOCH) && retired?.[namespace] !== 0
  );
}

/** False once it was retired for good: at an epoch that the namespace has passed, or from the beginning. */
export function countsAbove({ joined, retired }: RosterAuditor, namespace: string, reached: number): boolean {
  const last = retired?.[namespace] ?? NOW_EPOCH;
  return last > reached && last >= (joined?.[namespace] ?? 0);
}

/** How many auditors may lie or share one failure, unless the reader says otherwise: floor((n - 1) / 3). */
export function defaultFaultBound(auditors: number): number {
  return Math.max(0, Math.floor((auditors - 1) / 3));
}

/**
 * How many of `auditors` must agree by default: the least number such that any two sets share more than f auditors,
 * floor((n + f) / 2) + 1, and more than a third of all, floor(2n / 3) + 1. Without f: the default one. Of 5 auditors 4,
 * of 4 three, of 1 one; of 5 with f = 3 five. More than `auditors` if f >= n: such a bound no quorum can bear.
 */
export function defaultQuorum(auditors: number, faultBound: number = defaultFaultBound(auditors)): number {
  return Math.max(Math.floor((auditors + faultBound) / 2), Math.floor((2 * auditors) / 3)) + 1;
}

/** What f = 0 means, as commands say it. */
export const ZERO_BOUND =
  "f is 0: one mistaken auditor, or one stolen key, is enough to stop everybody. With four auditors or more f is 1, and it takes two.";

/** A bound with which not even all auditors together are enough. */
export function isBearable(auditors: number, faultBound: number): boolean {
  return auditors === 0 || defaultQuorum(auditors, faultBound) <= auditors;
}

/** Plexi distinguishes an auditor's keys by their last byte. */
function plexiKeyId(publicKey: Uint8Array): number {
  return publicKey[PUBLIC_KEY_SIZE_BYTES - 1] ?? 0;
}

function invalid(reason: string, auditor: string): CoauditError<"ROSTER_INVALID"> {
  return new CoauditError("ROSTER_INVALID", `roster: ${reason}`, { reason, auditor });
}
