/**
 * A whole key directory: labels, versions and values in, an epoch at a time; lookups and histories out, as the akd
 * crate's own client verifies them. It can insert a version that its owner never made.
 */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { encodeHistoryProof, encodeLookupProof } from "../../akd/keys/encode-key-proofs.ts";
import { type Freshness, type KeyHashing, keyHashing } from "../../akd/keys/key-hashing.ts";
import type {
  MembershipProof,
  NodeLabel,
  NonMembershipProof,
  PathStep,
  TreeElement,
  UpdateProof,
  VersionProof,
} from "../../akd/keys/key-proofs.ts";
import { lookupMarker, markerVersions } from "../../akd/keys/markers.ts";
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import { LABEL_BITS, LABEL_WORDS, storeLabel } from "../../akd/label.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { AkdTree, type Publication, type TreeEntry, type PathStep as TreeStep } from "../tree.ts";
import { VrfProver } from "./vrf-prover.ts";

export type Entry = readonly [label: Uint8Array, value: Uint8Array];
/** A version that is in the tree, and in no honest answer. */
export type HiddenEntry = readonly [label: Uint8Array, value: Uint8Array, version: number];

/** One version as an epoch inserts it, all bytes in hex: with its places, so that reading it back needs no VRF. */
export interface RecordedVersion {
  readonly label: string;
  readonly version: number;
  readonly value: string;
  /** Of its own leaf, and of the one that retires the version before. */
  readonly place: string;
  readonly stalePlace?: string;
  readonly isHidden?: true;
}

interface Published {
  readonly version: number;
  readonly epoch: number;
  readonly value: Uint8Array;
  readonly place: Uint8Array;
}

export class KeyDirectory {
  readonly configuration: ConfigurationName;
  readonly #hashing: KeyHashing;
  readonly #secret: Uint8Array;
  readonly #prover: VrfProver;
  #tree: AkdTree;
  readonly #versions: Map<string, readonly Published[]> = new Map();
  readonly #hidden: Map<string, readonly Published[]> = new Map();

  /** `secret`: the VRF's, 32 bytes, as akd's VRFKeyStorage holds it. */
  constructor(configuration: ConfigurationName, secret: Uint8Array) {
    this.configuration = configuration;
    this.#hashing = keyHashing(configuration);
    this.#secret = secret;
    this.#prover = new VrfProver(secret);
    this.#tree = new AkdTree(configuration);
  }

  get vrfKey(): Uint8Array {
    return this.#prover.publicKey;
  }

  get epoch(): number {
    return this.#tree.epoch;
  }

  get digest(): Uint8Array {
    return this.#tree.digest;
  }

  /** Whether this version is in the tree, hidden or not. */
  has(label: Uint8Array, version: number): boolean {
    const name = toHex(label);
    return [this.#versions, this.#hidden].some((list) => list.get(name)?.some((one) => one.version === version));
  }

  /** The next epoch: a new version of each label. */
  publish(entries: readonly Entry[], hidden: readonly HiddenEntry[] = []): Publication {
    return this.apply(this.record(entries, hidden));
  }

  /** What `apply` inserts, to be kept first, without what the tree cannot take. About a millisecond an entry. */
  record(entries: readonly Entry[], hidden: readonly HiddenEntry[] = []): RecordedVersion[] {
    const recorded = entries.map(([label, value]): RecordedVersion => {
      const version = (this.#versions.get(toHex(label))?.at(-1)?.version ?? 0) + 1;
      const stale = version === 1 ? {} : { stalePlace: toHex(this.#place(label, "stale", version - 1)) };
      return { ...this.#recorded(label, value, version), ...stale };
    });
    const unseen = hidden.map(
      ([label, value, version]): RecordedVersion => ({ ...this.#recorded(label, value, version), isHidden: true }),
    );
    // A place is taken once: a version that is hidden already cannot be published, nor the other way round.
    const places = new Set<string>();
    return [...recorded, ...unseen].filter(({ label, version, place }) => {
      if (places.has(place) || this.has(fromHex(label, "label"), version)) return false;
      places.add(place);
      return true;
    });
  }

  /** Throws TREE_ENTRY_INVALID, and then the directory is as before, for a label that comes twice. */
  apply(recorded: readonly RecordedVersion[]): Publication {
    const leaves = recorded.flatMap(({ label, version, value, place, stalePlace }): TreeEntry[] => {
      const [placeBytes, valueBytes] = [fromHex(place, "place"), fromHex(value, "value")];
      const nonce = this.#nonce(placeBytes, version, valueBytes);
      const fresh = { label: placeBytes, value: this.#hashing.commitment(valueBytes, nonce) };
      if (label === "") throw new CoauditError("TREE_ENTRY_INVALID", "a label is empty", { label, reason: "empty" });
      if (stalePlace === undefined) return [fresh];
      return [fresh, { label: fromHex(stalePlace, "place"), value: this.#hashing.staleCommitment }];
    });
    const publication = this.#tree.publish(leaves);
    const { epoch } = publication;
    for (const { label, version, value, place, isHidden } of recorded) {
      const list = isHidden === true ? this.#hidden : this.#versions;
      const one = { version, epoch, value: fromHex(value, "value"), place: fromHex(place, "place") };
      list.set(label, [...(list.get(label) ?? []), one]);
    }
    return publication;
  }

  /** The same history so far, and the same keys; what either publishes next, the other does not see. */
  fork(): KeyDirectory {
    const other = new KeyDirectory(this.configuration, this.#secret);
    other.#tree = this.#tree.fork();
    for (const [label, versions] of this.#versions) other.#versions.set(label, versions);
    for (const [label, versions] of this.#hidden) other.#hidden.set(label, versions);
    return other;
  }

  /** From now on the value is gone, as after akd's tombstone_value_states. */
  tombstone(label: Uint8Array, version: number): void {
    const name = toHex(label);
    const versions = this.#versions.get(name) ?? [];
    const without = versions.map((one) => (one.version === version ? { ...one, value: new Uint8Array() } : one));
    this.#versions.set(name, without);
  }

  /** Undefined for a label, or a hidden version, that is not in the directory. */
  lookup(label: Uint8Array): Uint8Array | undefined {
    const newest = this.#versions.get(toHex(label))?.at(-1);
    return newest === undefined ? undefined : this.#lookup(label, newest);
  }

  lookupHidden(label: Uint8Array, version: number): Uint8Array | undefined {
    const hidden = this.#hidden.get(toHex(label))?.find((one) => one.version === version);
    return hidden === undefined ? undefined : this.#lookup(label, hidden);
  }

  history(label: Uint8Array, extent: HistoryExtent): Uint8Array | undefined {
    const versions = (this.#versions.get(toHex(label)) ?? []).toReversed();
    const shown = extent.kind === "complete" ? versions : versions.slice(0, extent.count);
    return shown.length === 0 ? undefined : this.#history(label, shown);
  }

  /** A history of the most recent version, for one that is hidden. Throws PROVIDER_CANNOT_PROVE: see the docs. */
  historyOfHidden(label: Uint8Array, version: number): Uint8Array | undefined {
    const hidden = this.#hidden.get(toHex(label))?.find((one) => one.version === version);
    return hidden === undefined ? undefined : this.#history(label, [hidden]);
  }

  #lookup(label: Uint8Array, one: Published): Uint8Array {
    return encodeLookupProof({
      ...this.#update(label, one),
      marker: this.#member(label, "fresh", lookupMarker(one.version)),
      freshness: this.#absent(label, "stale", one.version),
    });
  }

  #history(label: Uint8Array, shown: readonly Published[]): Uint8Array {
    const { past, future } = markerVersions(shown.at(-1)?.version ?? 1, shown[0]?.version ?? 1, this.epoch);
    return encodeHistoryProof({
      updates: shown.map((one) => {
        const update = this.#update(label, one);
        return one.version === 1 ? update : { ...update, previous: this.#member(label, "stale", one.version - 1) };
      }),
      pastMarkers: past.map((version) => this.#member(label, "fresh", version)),
      futureMarkers: future.map((version) => this.#absent(label, "fresh", version)),
    });
  }

  #update(label: Uint8Array, { version, epoch, value, place }: Published): UpdateProof {
    const existence = this.#member(label, "fresh", version);
    return { part: "made", epoch, value, version, existence, commitmentNonce: this.#nonce(place, version, value) };
  }

  #member(label: Uint8Array, freshness: Freshness, version: number): VersionProof<MembershipProof> {
    const { proof: vrfProof, output } = this.#vrf(label, freshness, version);
    const path = this.#tree.path(output);
    if (path.kind === "absent") throw cannotProve(`${freshness} version ${version} is not in the tree`);
    const { value, steps } = path;
    return { vrfProof, proof: { part: "made", label: leafLabel(output), value, steps: this.#steps(steps) } };
  }

  #absent(label: Uint8Array, freshness: Freshness, version: number): VersionProof<NonMembershipProof> {
    const { proof: vrfProof, output } = this.#vrf(label, freshness, version);
    const path = this.#tree.path(output);
    if (path.kind === "present") throw cannotProve(`${freshness} version ${version} is in the tree`);
    const { prefix, steps, left, right } = path;
    const { missingChild } = this.#hashing;
    const children: [TreeElement, TreeElement] = [left ?? missingChild, right ?? missingChild];
    const prefixProof = { part: "made", ...prefix, steps: this.#steps(steps) };
    const proof = { part: "made", label: leafLabel(output), longestPrefix: prefix.label, children, prefixProof };
    return { vrfProof, proof };
  }

  #steps(steps: readonly TreeStep[]): PathStep[] {
    return steps.map((step) => ({ ...step, sibling: step.sibling ?? this.#hashing.missingChild }));
  }

  #recorded(label: Uint8Array, value: Uint8Array, version: number): RecordedVersion {
    return { label: toHex(label), version, value: toHex(value), place: toHex(this.#place(label, "fresh", version)) };
  }

  /** What hides a value that could be guessed. A verifier is told it, and does not care how it was made. */
  #nonce(place: Uint8Array, version: number, value: Uint8Array): Uint8Array {
    return sha256(this.#secret, place, Uint8Array.of(version & 255), value);
  }

  #place(label: Uint8Array, freshness: Freshness, version: number): Uint8Array {
    return this.#prover.output(this.#hashing.vrfInput(label, freshness, version));
  }

  #vrf(label: Uint8Array, freshness: Freshness, version: number): { proof: Uint8Array; output: Uint8Array } {
    return this.#prover.prove(this.#hashing.vrfInput(label, freshness, version));
  }
}

function leafLabel(bytes: Uint8Array): NodeLabel {
  const words = new Uint32Array(LABEL_WORDS);
  storeLabel(words, 0, bytes);
  return { words, lengthBits: LABEL_BITS };
}

function cannotProve(reason: string): CoauditError<"PROVIDER_CANNOT_PROVE"> {
  return new CoauditError("PROVIDER_CANNOT_PROVE", `the tree contradicts what is to be shown: ${reason}`, { reason });
}
