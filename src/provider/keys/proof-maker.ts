/** Makes lookups and histories at one tree: as the akd crate's server makes them, or forged where the tree says no. */
import { encodeHistoryProof, encodeLookupProof } from "../../akd/keys/encode-key-proofs.ts";
import type { Freshness, KeyHashing } from "../../akd/keys/key-hashing.ts";
import type * as wire from "../../akd/keys/key-proofs.ts";
import { lookupMarker, markerVersions } from "../../akd/keys/markers.ts";
import { LABEL_BITS, LABEL_WORDS, storeLabel } from "../../akd/label.ts";
import { CoauditError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import type { AkdTree, TreePath, PathStep as TreeStep } from "../tree.ts";
import { absenceAtTheRoot, emptyPath, type RootChildren } from "./forged-proofs.ts";
import type { VrfProver } from "./vrf-prover.ts";

/** A version as it was published. */
export interface Published {
  readonly version: number;
  readonly epoch: number;
  readonly value: Uint8Array;
  /** Of its leaf: what the VRF gave. */
  readonly place: Uint8Array;
}

/**
 * What to do where the tree contradicts what is to be shown: `refuse` throws PROVIDER_CANNOT_PROVE, `forge` takes the
 * proofs that akd's own client accepts.
 */
export type Contradicted = "refuse" | "forge";

export interface ProofParts {
  readonly hashing: KeyHashing;
  readonly prover: VrfProver;
  readonly tree: AkdTree;
  /** Makes nonces. */
  readonly secret: Uint8Array;
}

/** What hides a value that could be guessed. A verifier is told it, and does not care how it was made. */
export function nonceOf(secret: Uint8Array, place: Uint8Array, version: number, value: Uint8Array): Uint8Array {
  return sha256(secret, place, Uint8Array.of(version & 255), value);
}

export class ProofMaker {
  readonly #parts: ProofParts;
  readonly #contradicted: Contradicted;

  constructor(parts: ProofParts, contradicted: Contradicted) {
    this.#parts = parts;
    this.#contradicted = contradicted;
  }

  lookup(label: Uint8Array, shown: Published): Uint8Array {
    return encodeLookupProof({
      ...this.#update(label, shown),
      marker: this.#member(label, "fresh", lookupMarker(shown.version)),
      freshness: this.#absent(label, "stale", shown.version),
    });
  }

  /** `shown`: newest first, at least one. */
  history(label: Uint8Array, shown: readonly [Published, ...Published[]]): Uint8Array {
    const [newest] = shown;
    const oldest = newest.version - shown.length + 1;
    const { past, future } = markerVersions(oldest, newest.version, this.#parts.tree.epoch);
    return encodeHistoryProof({
      updates: shown.map((one) => {
        const update = this.#update(label, one);
        return one.version === 1 ? update : { ...update, previous: this.#member(label, "stale", one.version - 1) };
      }),
      pastMarkers: past.map((version) => this.#member(label, "fresh", version)),
      futureMarkers: future.map((version) => this.#absent(label, "fresh", version)),
    });
  }

  #update(label: Uint8Array, { version, epoch, value, place }: Published): wire.UpdateProof {
    const existence = this.#member(label, "fresh", version);
    const commitmentNonce = nonceOf(this.#parts.secret, place, version, value);
    return { part: "made", epoch, value, version, existence, commitmentNonce };
  }

  #member(label: Uint8Array, freshness: Freshness, version: number): wire.VersionProof<wire.MembershipProof> {
    const { hashing, tree } = this.#parts;
    const { vrfProof, leaf, path } = this.#find(label, freshness, version);
    if (path.kind === "present") {
      const { value, steps } = path;
      return { vrfProof, proof: { part: "made", label: leaf, value, steps: this.#steps(steps) } };
    }
    if (this.#contradicted === "refuse") throw cannotProve(`${freshness} version ${version} is not in the tree`);
    return { vrfProof, proof: emptyPath(hashing, this.#orMissing(tree.children()), leaf) };
  }

  #absent(label: Uint8Array, freshness: Freshness, version: number): wire.VersionProof<wire.NonMembershipProof> {
    const { hashing, tree } = this.#parts;
    const { vrfProof, leaf, path } = this.#find(label, freshness, version);
    if (path.kind === "absent") {
      const { prefix, steps } = path;
      const prefixProof = { part: "made", ...prefix, steps: this.#steps(steps) };
      const children = this.#orMissing(path);
      return { vrfProof, proof: { part: "made", label: leaf, longestPrefix: prefix.label, children, prefixProof } };
    }
    if (this.#contradicted === "refuse") throw cannotProve(`${freshness} version ${version} is in the tree`);
    return { vrfProof, proof: absenceAtTheRoot(hashing, this.#orMissing(tree.children()), leaf) };
  }

  #find(label: Uint8Array, freshness: Freshness, version: number): Found {
    const { hashing, prover, tree } = this.#parts;
    const { proof: vrfProof, output } = prover.prove(hashing.vrfInput(label, freshness, version));
    const words = new Uint32Array(LABEL_WORDS);
    storeLabel(words, 0, output);
    return { vrfProof, leaf: { words, lengthBits: LABEL_BITS }, path: tree.path(output) };
  }

  #orMissing({
    left,
    right,
  }: {
    left: wire.TreeElement | undefined;
    right: wire.TreeElement | undefined;
  }): RootChildren {
    const { missingChild } = this.#parts.hashing;
    return [left ?? missingChild, right ?? missingChild];
  }

  #steps(steps: readonly TreeStep[]): wire.PathStep[] {
    return steps.map((step) => ({ ...step, sibling: step.sibling ?? this.#parts.hashing.missingChild }));
  }
}

interface Found {
  readonly vrfProof: Uint8Array;
  readonly leaf: wire.NodeLabel;
  readonly path: TreePath;
}

function cannotProve(reason: string): CoauditError<"PROVIDER_CANNOT_PROVE"> {
  return new CoauditError("PROVIDER_CANNOT_PROVE", `the tree contradicts what is to be shown: ${reason}`, { reason });
}
