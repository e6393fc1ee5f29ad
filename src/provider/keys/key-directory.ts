/**
 * A whole key directory: labels, versions and values in, an epoch at a time; lookups and histories out, as the akd
 * crate's own client verifies them. What else it can put into its tree, and show, is there to be caught.
 */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { type Freshness, type KeyHashing, keyHashing } from "../../akd/keys/key-hashing.ts";
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { AkdTree, type Publication, type TreeEntry } from "../tree.ts";
import { type Contradicted, nonceOf, ProofMaker, type Published } from "./proof-maker.ts";
import { VrfProver } from "./vrf-prover.ts";

export type Entry = readonly [label: Uint8Array, value: Uint8Array];

/** A version that is in the tree, and in no honest answer. */
export interface HiddenVersion {
  readonly label: Uint8Array;
  readonly value: Uint8Array;
  readonly version: number;
  /**
   * The version before it is retired too: akd's own client then accepts a forged history of this one, and no honest
   * answer can show the one before any more.
   */
  readonly retires?: boolean;
}

/** What the next epoch publishes. All but `entries` is a lie, or makes one possible. */
export interface Handed {
  readonly entries: readonly Entry[];
  readonly hidden?: readonly HiddenVersion[];
  /** Labels and values at the places that a second VRF key gives. */
  readonly otherKey?: readonly Entry[];
  /** Versions whose value is gone from now on, as after akd's tombstone_value_states. */
  readonly tombstones?: readonly (readonly [label: Uint8Array, version: number])[];
}

/** Which versions of a label: those that everybody is shown, those that are hidden, those under the second VRF key. */
export type Shelf = "shown" | "hidden" | "other-key";

/** One version as an epoch inserts it, all bytes in hex: with its places, so that reading it back needs no VRF. */
export type Recorded =
  | {
      readonly shelf: Shelf;
      readonly label: string;
      readonly version: number;
      readonly value: string;
      /** Of its own leaf, and of the one that retires the version before. */
      readonly place: string;
      readonly stalePlace?: string;
    }
  | { readonly shelf: "tombstone"; readonly label: string; readonly version: number };

/** How many epochs back answers can be given: twice what an app accepts. */
const KEPT_EPOCHS = 40;

interface State {
  readonly tree: AkdTree;
  readonly shelves: Readonly<Record<Shelf, Map<string, readonly Published[]>>>;
  /** The trees of the newest epochs, the oldest first. They share all that did not change. */
  readonly past: AkdTree[];
  /** They remember what they proved. */
  readonly provers: Readonly<Record<"own" | "other", VrfProver>>;
}

export class KeyDirectory {
  readonly configuration: ConfigurationName;
  readonly #hashing: KeyHashing;
  readonly #secret: Uint8Array;
  readonly #state: State;

  /** `secret`: the VRF's, 32 bytes, as akd's VRFKeyStorage holds it. `state`: what is published already. */
  constructor(configuration: ConfigurationName, secret: Uint8Array, state?: State) {
    this.configuration = configuration;
    this.#hashing = keyHashing(configuration);
    this.#secret = secret;
    const shelves = { shown: new Map(), hidden: new Map(), "other-key": new Map() };
    this.#state = state ?? {
      ...{ tree: new AkdTree(configuration), shelves, past: [] },
      provers: { own: new VrfProver(secret), other: new VrfProver(sha256(secret)) },
    };
  }

  get vrfKey(): Uint8Array {
    return this.#state.provers.own.publicKey;
  }

  /** The own one, and a second one under which nobody should look for anything. */
  get vrfKeys(): Readonly<Record<"own" | "other", Uint8Array>> {
    return { own: this.#state.provers.own.publicKey, other: this.#state.provers.other.publicKey };
  }

  get epoch(): number {
    return this.#state.tree.epoch;
  }

  get digest(): Uint8Array {
    return this.#state.tree.digest;
  }

  /** The next epoch: a new version of each label. */
  publish(entries: readonly Entry[], more: Omit<Handed, "entries"> = {}): Publication {
    return this.apply(this.record({ entries, ...more }));
  }

  /** What `apply` inserts, to be kept first, without what the tree cannot take. About a millisecond an entry. */
  record({ entries, hidden = [], otherKey = [], tombstones = [] }: Handed): Recorded[] {
    const recorded = [
      ...entries.map(([label, value]) => this.#recordNext("shown", label, value)),
      ...otherKey.map(([label, value]) => this.#recordNext("other-key", label, value)),
      ...hidden.map((one) => this.#recordHidden(one)),
    ];
    // A place is taken once: a version that is hidden already cannot be published, nor the other way round.
    const places = new Set<string>();
    const fits = recorded.filter(({ place, stalePlace }) => {
      const wanted = stalePlace === undefined ? [place] : [place, stalePlace];
      if (wanted.some((one) => places.has(one) || this.#isTaken(one))) return false;
      for (const one of wanted) places.add(one);
      return true;
    });
    const gone = tombstones.map(([label, version]) => ({ shelf: "tombstone", label: toHex(label), version }) as const);
    return [...fits, ...gone];
  }

  /** Throws TREE_ENTRY_INVALID, and then the directory is as before, for a label that comes twice. */
  apply(recorded: readonly Recorded[]): Publication {
    const { tree, past } = this.#state;
    const before = tree.fork();
    const publication = tree.publish(recorded.flatMap((one) => this.#leaves(one)));
    past.push(before);
    if (past.length > KEPT_EPOCHS) past.shift();
    for (const one of recorded) this.#shelve(one, publication.epoch);
    return publication;
  }

  /** The same history so far, and the same keys; what either publishes next, the other does not see. */
  fork(): KeyDirectory {
    const { tree, shelves, past, provers } = this.#state;
    const copied = Object.fromEntries(Object.entries(shelves).map(([shelf, list]) => [shelf, new Map(list)]));
    const state = { tree: tree.fork(), shelves: copied as State["shelves"], past: [...past], provers };
    return new KeyDirectory(this.configuration, this.#secret, state);
  }

  /** As it answered so many epochs ago, or as many as are kept; not to be published to. */
  ago(epochs: number): KeyDirectory {
    const { tree, shelves, past, provers } = this.#state;
    const then = epochs === 0 ? tree.fork() : (past.at(-epochs) ?? past[0] ?? tree);
    return new KeyDirectory(this.configuration, this.#secret, { tree: then, shelves, past: [], provers });
  }

  /** Ascending. */
  versions(label: Uint8Array, shelf: Shelf): readonly Published[] {
    const list = this.#state.shelves[shelf].get(toHex(label)) ?? [];
    return list.filter(({ epoch }) => epoch <= this.epoch);
  }

  proofs(under: "own" | "other", contradicted: Contradicted): ProofMaker {
    const parts = {
      hashing: this.#hashing,
      prover: this.#state.provers[under],
      tree: this.#state.tree,
      secret: this.#secret,
    };
    return new ProofMaker(parts, contradicted);
  }

  /** Undefined for a label that is not in the directory. */
  lookup(label: Uint8Array): Uint8Array | undefined {
    const newest = this.versions(label, "shown").at(-1);
    return newest === undefined ? undefined : this.proofs("own", "refuse").lookup(label, newest);
  }

  /** As lookup. */
  history(label: Uint8Array, extent: HistoryExtent): Uint8Array | undefined {
    const [newest, ...older] = newestFirst(this.versions(label, "shown"), extent);
    return newest === undefined ? undefined : this.proofs("own", "refuse").history(label, [newest, ...older]);
  }

  #recordNext(shelf: Shelf, label: Uint8Array, value: Uint8Array): Inserted {
    const newest = this.versions(label, shelf).at(-1)?.version ?? 0;
    return this.#recordVersion(shelf, label, value, newest + 1);
  }

  #recordHidden({ label, value, version, retires = false }: HiddenVersion): Inserted {
    const { stalePlace, ...fresh } = this.#recordVersion("hidden", label, value, version);
    return stalePlace !== undefined && retires ? { ...fresh, stalePlace } : fresh;
  }

  #recordVersion(shelf: Shelf, label: Uint8Array, value: Uint8Array, version: number): Inserted {
    const place = (freshness: Freshness, of: number): string => toHex(this.#place(shelf, label, freshness, of));
    return {
      ...{ shelf, label: toHex(label), version, value: toHex(value), place: place("fresh", version) },
      ...(version === 1 ? {} : { stalePlace: place("stale", version - 1) }),
    };
  }

  #place(shelf: Shelf, label: Uint8Array, freshness: Freshness, version: number): Uint8Array {
    const prover = this.#state.provers[shelf === "other-key" ? "other" : "own"];
    return prover.output(this.#hashing.vrfInput(label, freshness, version));
  }

  #isTaken(place: string): boolean {
    return this.#state.tree.path(fromHex(place, "place")).kind === "present";
  }

  #leaves(one: Recorded): TreeEntry[] {
    if (one.shelf === "tombstone") return [];
    const { label, version, value, place, stalePlace } = one;
    if (label === "") throw new CoauditError("TREE_ENTRY_INVALID", "a label is empty", { label, reason: "empty" });
    const [placeBytes, valueBytes] = [fromHex(place, "place"), fromHex(value, "value")];
    const nonce = nonceOf(this.#secret, placeBytes, version, valueBytes);
    const fresh = { label: placeBytes, value: this.#hashing.commitment(valueBytes, nonce) };
    if (stalePlace === undefined) return [fresh];
    return [fresh, { label: fromHex(stalePlace, "place"), value: this.#hashing.staleCommitment }];
  }

  #shelve(one: Recorded, epoch: number): void {
    const list = this.#state.shelves[one.shelf === "tombstone" ? "shown" : one.shelf];
    const before = list.get(one.label) ?? [];
    if (one.shelf !== "tombstone") {
      const { version, value, place } = one;
      list.set(one.label, [...before, { version, epoch, value: fromHex(value), place: fromHex(place) }]);
      return;
    }
    const isGone = ({ version }: Published): boolean => version === one.version;
    list.set(
      one.label,
      before.map((kept) => (isGone(kept) ? { ...kept, value: new Uint8Array() } : kept)),
    );
  }
}

type Inserted = Exclude<Recorded, { shelf: "tombstone" }>;

/** What is shown where so many versions are asked for. */
export function newestFirst(versions: readonly Published[], extent: HistoryExtent): Published[] {
  return versions.toReversed().slice(0, extent.kind === "complete" ? versions.length : extent.count);
}
