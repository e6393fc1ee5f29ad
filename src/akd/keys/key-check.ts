/** What lookups and histories have in common: the request, and the checks of one version's leaves. */
import { equalBytes, toHex } from "../../core/bytes.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { DIGEST_SIZE_BYTES } from "../../core/hash.ts";
import { checkNumber } from "../../core/numbers.ts";
import type { ConfigurationName } from "../configuration.ts";
import { LABEL_BITS, LABEL_WORDS, storeLabel } from "../label.ts";
import { type Freshness, type KeyHashing, keyHashing } from "./key-hashing.ts";
import type { MembershipProof, NodeLabel, NonMembershipProof, UpdateProof, VersionProof } from "./key-proofs.ts";
import { checkMembership, checkNonMembership } from "./paths.ts";
import { VrfKey } from "./vrf.ts";

export interface KeyRequest {
  readonly configuration: ConfigurationName;
  /** The provider's VRF key, 32 bytes: pinned beforehand, never the one that comes with an answer. */
  readonly vrfKey: Uint8Array;
  /** Whose key: not empty. */
  readonly label: Uint8Array;
  /** The epoch of the answer, and the digest that somebody vouched for at that epoch. */
  readonly epoch: number;
  readonly digest: Uint8Array;
}

/** One version of a label's value. */
export interface KeyVersion {
  readonly version: number;
  /** In which it was published. */
  readonly epoch: number;
  /** Empty for a tombstone. */
  readonly value: Uint8Array;
  /** The provider no longer keeps the value, or published an empty one: nothing shows what it was. */
  readonly isTombstone: boolean;
}

export const MAX_KEY_VERSION: number = 2 ** 20;

/** True for every KEY_PROOF_ code: a fact about the bytes of a proof, not about the request. */
export function isKeyProofError(error: unknown): error is CoauditError {
  return isCoauditError(error) && error.code.startsWith("KEY_PROOF_");
}

/** That a leaf is the one of a certain version of the label, which only a VRF proof shows. */
interface LeafClaim {
  readonly part: string;
  readonly label: NodeLabel;
  readonly freshness: Freshness;
  readonly version: number;
  readonly vrfProof: Uint8Array;
}

/**
 * Checks one proof. Everything that hashes can refuse is refused at once; what costs a VRF proof (thirty times a hashed
 * path) waits for leaves(), and so does not happen for a proof that is wrong anyway.
 */
export class KeyCheck {
  readonly hashing: KeyHashing;
  readonly epoch: number;
  readonly #request: KeyRequest;
  readonly #vrfKey: VrfKey;
  readonly #claims: LeafClaim[] = [];

  /** Throws VRF_KEY_INVALID, NUMBER_OUT_OF_RANGE or ENCODING_INVALID for a wrong request. */
  constructor(request: KeyRequest) {
    const { configuration, vrfKey, label, epoch, digest } = request;
    checkNumber(epoch, "epoch", 1);
    if (label.length === 0) throw new CoauditError("ENCODING_INVALID", "the label is empty", { what: "label" });
    if (digest.length !== DIGEST_SIZE_BYTES)
      throw new CoauditError("ENCODING_INVALID", `digest: it has 32 bytes, not ${digest.length}`, { what: "digest" });
    this.hashing = keyHashing(configuration);
    this.epoch = epoch;
    this.#request = request;
    this.#vrfKey = rememberedKey(vrfKey);
  }

  /** Throws KEY_PROOF_VERSION, and KEY_PROOF_EPOCH where the version cannot have been published in that epoch. */
  bounds(part: string, version: number, epoch: number): void {
    const newest = Math.min(MAX_KEY_VERSION, this.epoch);
    if (version < 1 || version > newest) {
      const message = `${part} claims version ${version}; 1 to ${newest} are possible at epoch ${this.epoch}`;
      throw new CoauditError("KEY_PROOF_VERSION", message, { part, version, atEpoch: this.epoch });
    }
    if (epoch < version || epoch > this.epoch) {
      const message = `${part} claims version ${version} for epoch ${epoch}; ${version} to ${this.epoch} are possible`;
      throw new CoauditError("KEY_PROOF_EPOCH", message, { part, epoch, atEpoch: this.epoch });
    }
  }

  /**
   * Throws KEY_PROOF_VALUE unless the leaf holds the commitment to this value, in this epoch; KEY_PROOF_TOMBSTONE where
   * the value is empty, as what is left of one that was removed.
   */
  value({ part, version, value, epoch, commitmentNonce, existence }: Omit<UpdateProof, "previous">): void {
    const commitment = this.hashing.commitment(value, commitmentNonce);
    if (this.#isLeaf(existence.proof, commitment, epoch)) return;
    if (value.length === 0) {
      const message = `${part}: the value of version ${version} was removed, so nothing shows what it was`;
      throw new CoauditError("KEY_PROOF_TOMBSTONE", message, { part, version });
    }
    const message = `${part}: the value and epoch are not those that the directory committed to`;
    throw new CoauditError("KEY_PROOF_VALUE", message, { part, epoch });
  }

  /** Throws KEY_PROOF_RETIRED unless the leaf says that its version was retired in `epoch`. */
  retired(epoch: number, proof: MembershipProof): void {
    if (this.#isLeaf(proof, this.hashing.staleCommitment, epoch)) return;
    const { part } = proof;
    const message = `${part}: the leaf does not say that the version before was retired in epoch ${epoch}`;
    throw new CoauditError("KEY_PROOF_RETIRED", message, { part, epoch });
  }

  /** Throws KEY_PROOF_PATH or KEY_PROOF_DIGEST. */
  exists(freshness: Freshness, version: number, { vrfProof, proof }: VersionProof<MembershipProof>): void {
    checkMembership(this.hashing, proof, this.#request.digest);
    this.#claims.push({ part: proof.part, label: proof.label, freshness, version, vrfProof });
  }

  /** Throws KEY_PROOF_ABSENCE, KEY_PROOF_PATH or KEY_PROOF_DIGEST. */
  isAbsent(freshness: Freshness, version: number, { vrfProof, proof }: VersionProof<NonMembershipProof>): void {
    checkNonMembership(this.hashing, proof, this.#request.digest);
    this.#claims.push({ part: proof.part, label: proof.label, freshness, version, vrfProof });
  }

  /**
   * Checks one leaf with each step, about 1.5 ms; the last step done, the proof is right. Throws KEY_PROOF_VRF or
   * KEY_PROOF_LABEL.
   */
  *leaves(): Generator<void, void, void> {
    // A marker is often the version itself.
    const outputs = new Map<string, Uint8Array>();
    for (const claim of this.#claims) {
      const name = `${claim.freshness} ${claim.version} ${toHex(claim.vrfProof)}`;
      const output = outputs.get(name) ?? this.#vrfOutput(claim);
      outputs.set(name, output);
      checkLeaf(claim, output);
      yield;
    }
  }

  #isLeaf(proof: MembershipProof, commitment: Uint8Array, epoch: number): boolean {
    return equalBytes(this.hashing.tree.insertedValue(commitment, epoch), proof.value);
  }

  #vrfOutput({ part, freshness, version, vrfProof }: LeafClaim): Uint8Array {
    const answer = this.#vrfKey.verify(this.hashing.vrfInput(this.#request.label, freshness, version), vrfProof);
    if (answer.kind === "valid") return answer.output;
    const { fault } = answer;
    const message = `${part}: the VRF proof for ${freshness} version ${version} is wrong: ${fault}`;
    throw new CoauditError("KEY_PROOF_VRF", message, { part, version, freshness, fault });
  }
}

/** Reading a key costs a tenth of a proof, and an app has one directory. */
let lastKey: VrfKey | undefined;

function rememberedKey(bytes: Uint8Array): VrfKey {
  if (lastKey === undefined || !equalBytes(lastKey.bytes, bytes)) lastKey = new VrfKey(bytes);
  return lastKey;
}

function checkLeaf({ part, label, freshness, version }: LeafClaim, output: Uint8Array): void {
  const expected = new Uint32Array(LABEL_WORDS);
  storeLabel(expected, 0, output);
  if (label.lengthBits === LABEL_BITS && expected.every((word, index) => word === label.words[index])) return;
  const message = `${part}: the leaf is not the one of ${freshness} version ${version} of this label`;
  throw new CoauditError("KEY_PROOF_LABEL", message, { part, version, freshness });
}
