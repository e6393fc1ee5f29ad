/** A whole key directory in memory, for tests that need one that can lie: its proofs are the provider's own. */
import type { ConfigurationName } from "../../src/akd/configuration.ts";
import { type Freshness, type KeyHashing, keyHashing } from "../../src/akd/keys/key-hashing.ts";
import type {
  MembershipProof,
  NonMembershipProof,
  TreeElement,
  UpdateProof,
  VersionProof,
} from "../../src/akd/keys/key-proofs.ts";
import { lookupMarker, markerVersions } from "../../src/akd/keys/markers.ts";
import type { HistoryExtent } from "../../src/akd/keys/verify-history.ts";
import { LABEL_BITS, LABEL_WORDS, storeLabel } from "../../src/akd/label.ts";
import { toHex } from "../../src/core/bytes.ts";
import { sha256 } from "../../src/core/hash.ts";
import { AkdTree, type TreeEntry, type PathStep as TreeStep } from "../../src/provider/tree.ts";
import { encodeHistoryProof, encodeLookupProof } from "../akd/keys/encode-key-proofs.ts";
import { VrfProver } from "./vrf-prover.ts";

interface Published {
  readonly version: number;
  readonly epoch: number;
  value: Uint8Array;
  readonly nonce: Uint8Array;
}

export type Entry = readonly [label: Uint8Array, value: Uint8Array];

export class KeyDirectory {
  readonly configuration: ConfigurationName;
  readonly #hashing: KeyHashing;
  readonly #secret: Uint8Array;
  readonly #prover: VrfProver;
  #tree: AkdTree;
  readonly #versions = new Map<string, Published[]>();

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

  /** The next epoch: a new version of each label. `hidden` ones are in the tree, and in no honest answer. */
  publish(entries: readonly Entry[], hidden: readonly (readonly [...Entry, version: number])[] = []): void {
    const leaves = entries.flatMap(([label, value]) => {
      const versions = this.#versionsOf(label);
      const version = (versions.at(-1)?.version ?? 0) + 1;
      versions.push(this.#published(label, version, value));
      const stale = { label: this.#place(label, "stale", version - 1), value: this.#hashing.staleCommitment };
      return version === 1 ? [this.#fresh(label, version, value)] : [this.#fresh(label, version, value), stale];
    });
    this.#tree.publish([...leaves, ...hidden.map(([label, value, version]) => this.#fresh(label, version, value))]);
  }

  /** The same history so far, and the same keys; what either publishes next, the other does not see. */
  fork(): KeyDirectory {
    const other = new KeyDirectory(this.configuration, this.#secret);
    other.#tree = this.#tree.fork();
    for (const [label, versions] of this.#versions) other.#versions.set(label, versions.slice());
    return other;
  }

  /** From now on the value is gone, as after akd's tombstone_value_states. */
  tombstone(label: Uint8Array, version: number): void {
    const versions = this.#versionsOf(label);
    const index = versions.findIndex((one) => one.version === version);
    versions[index] = { ...versions[index]!, value: new Uint8Array() };
  }

  lookup(label: Uint8Array, version: number = this.#versionsOf(label).at(-1)!.version): Uint8Array {
    return encodeLookupProof(this.#lookup(label, this.#versionsOf(label).find((one) => one.version === version)!));
  }

  /** A lookup of a version that was inserted without its owner. */
  lookupHidden(label: Uint8Array, value: Uint8Array, version: number, epoch: number): Uint8Array {
    const nonce = this.#nonce(label, version, value);
    return encodeLookupProof(this.#lookup(label, { version, epoch, value, nonce }));
  }

  history(label: Uint8Array, extent: HistoryExtent): Uint8Array {
    const versions = this.#versionsOf(label).toReversed();
    const count = extent.kind === "complete" ? versions.length : Math.min(extent.count, versions.length);
    const shown = versions.slice(0, count);
    const { past, future } = markerVersions(shown.at(-1)!.version, shown[0]!.version, this.epoch);
    return encodeHistoryProof({
      updates: shown.map((one) => this.#update(label, one)),
      pastMarkers: past.map((version) => this.#member(label, "fresh", version)),
      futureMarkers: future.map((version) => this.#absent(label, "fresh", version)),
    });
  }

  /** A history of the most recent version only, which is such a version. */
  historyOfHidden(label: Uint8Array, value: Uint8Array, version: number, epoch: number): Uint8Array {
    const { past, future } = markerVersions(version, version, this.epoch);
    const previous = this.#member(label, "stale", version - 1);
    const update = this.#update(label, { version, epoch, value, nonce: this.#nonce(label, version, value) });
    return encodeHistoryProof({
      updates: [{ ...update, previous }],
      pastMarkers: past.map((marker) => this.#member(label, "fresh", marker)),
      futureMarkers: future.map((marker) => this.#absent(label, "fresh", marker)),
    });
  }

  #lookup(label: Uint8Array, one: Published) {
    return {
      ...this.#update(label, { ...one }),
      marker: this.#member(label, "fresh", lookupMarker(one.version)),
      freshness: this.#absent(label, "stale", one.version),
    };
  }

  #update(label: Uint8Array, { version, epoch, value, nonce }: Published): UpdateProof {
    const existence = this.#member(label, "fresh", version);
    const isFirst = version === 1 || this.#tree.path(this.#place(label, "stale", version - 1)).kind === "absent";
    const previous = isFirst ? {} : { previous: this.#member(label, "stale", version - 1) };
    return { part: "made", epoch, value, version, existence, ...previous, commitmentNonce: nonce };
  }

  #member(label: Uint8Array, freshness: Freshness, version: number): VersionProof<MembershipProof> {
    const { proof: vrfProof, output } = this.#vrf(label, freshness, version);
    const path = this.#tree.path(output);
    if (path.kind === "absent") throw new Error(`${freshness} version ${version} is not in the tree`);
    const { value, steps } = path;
    return { vrfProof, proof: { part: "made", label: leafLabel(output), value, steps: steps.map(this.#step) } };
  }

  #absent(label: Uint8Array, freshness: Freshness, version: number): VersionProof<NonMembershipProof> {
    const { proof: vrfProof, output } = this.#vrf(label, freshness, version);
    const path = this.#tree.path(output);
    if (path.kind === "present") throw new Error(`${freshness} version ${version} is in the tree`);
    const { prefix, steps, left, right } = path;
    const { missingChild } = this.#hashing;
    const children: [TreeElement, TreeElement] = [left ?? missingChild, right ?? missingChild];
    const prefixProof = { part: "made", ...prefix, steps: steps.map(this.#step) };
    const proof = { part: "made", label: leafLabel(output), longestPrefix: prefix.label, children, prefixProof };
    return { vrfProof, proof };
  }

  #step = ({ parent, sibling, direction }: TreeStep) => ({
    parent,
    sibling: sibling ?? this.#hashing.missingChild,
    direction,
  });

  #fresh(label: Uint8Array, version: number, value: Uint8Array): TreeEntry {
    const commitment = this.#hashing.commitment(value, this.#nonce(label, version, value));
    return { label: this.#place(label, "fresh", version), value: commitment };
  }

  #published(label: Uint8Array, version: number, value: Uint8Array): Published {
    return { version, epoch: this.epoch + 1, value, nonce: this.#nonce(label, version, value) };
  }

  #nonce(label: Uint8Array, version: number, value: Uint8Array): Uint8Array {
    return sha256(this.#secret, this.#place(label, "fresh", version), value);
  }

  #place(label: Uint8Array, freshness: Freshness, version: number): Uint8Array {
    return this.#vrf(label, freshness, version).output;
  }

  #vrf(label: Uint8Array, freshness: Freshness, version: number) {
    return this.#prover.prove(this.#hashing.vrfInput(label, freshness, version));
  }

  #versionsOf(label: Uint8Array): Published[] {
    const name = toHex(label);
    const versions = this.#versions.get(name) ?? [];
    this.#versions.set(name, versions);
    return versions;
  }
}

function leafLabel(bytes: Uint8Array) {
  const words = new Uint32Array(LABEL_WORDS);
  storeLabel(words, 0, bytes);
  return { words, lengthBits: LABEL_BITS };
}
