/**
 * The two histories of the simulated directory: the main one, and another that diverges from it at an epoch. Only the
 * provider knows which is which.
 */
import { emptyTreeRoot } from "../../auditor/start-point.ts";
import { compareBytes, utf8 } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";
import { latin1 } from "../ports/interner.ts";
import { CONFIGURATION, symbolicProof } from "../ports/proofs.ts";
import type { Crypto } from "../ports/signatures.ts";
import type { Branch } from "../world/trace.ts";
import { PublishedTrees } from "./published-trees.ts";

/** Two histories as AKD trees, with what a directory publishes of each epoch. */
export interface Trees {
  /** From epoch 1 on; of the fork from the fork epoch on. */
  publication(epoch: number, branch: Branch): { readonly current: Uint8Array; readonly proof: Uint8Array };
  /** A proof that starts where it should and leads elsewhere. */
  invalidProof(epoch: number, branch: Branch): Uint8Array;
}

export interface HistoriesOptions {
  /** The other history diverges from the main one there; Infinity: never. */
  readonly forkEpoch: number;
  readonly crypto: Crypto;
  /** A directory of keys: then digests are those of its trees, also where proofs about them are symbolic. */
  readonly directory?: Trees;
}

export const NAMESPACE = "simulated.key-transparency.v1";
export const ORIGIN = "simulated.kt/v1";

export class Histories {
  readonly #forkEpoch: number;
  readonly #digests: Record<Branch, Uint8Array[]> = { main: [], fork: [] };
  readonly #branches: Map<string, Branch> = new Map();

  /** Of which digests are. */
  readonly #digestTrees: Trees | undefined;
  /** Which proofs are about. */
  readonly #trees: Trees | undefined;

  /** With `crypto: real`, both histories are AKD trees, and proofs are about them. */
  constructor({ forkEpoch, crypto, directory }: HistoriesOptions) {
    this.#forkEpoch = forkEpoch;
    this.#digestTrees = directory;
    if (crypto === "symbolic") return;
    if (directory !== undefined) {
      this.#trees = directory;
      return;
    }
    const isForkFirst = (epoch: number): boolean =>
      compareBytes(symbolicDigest(epoch, "fork"), symbolicDigest(epoch, "main")) < 0;
    this.#trees = new PublishedTrees({ configuration: CONFIGURATION, forkEpoch, isForkFirst });
    this.#digestTrees = this.#trees;
  }

  /** 32 bytes; below the fork both branches have the same. */
  digest(epoch: number, branch: Branch): Uint8Array {
    const own = this.#own(epoch, branch);
    const held = this.#digests[own][epoch];
    if (held !== undefined) return held;
    const digest = this.#made(epoch, own);
    this.#digests[own][epoch] = digest;
    this.#branches.set(latin1(digest), own);
    return digest;
  }

  /** The blob that leads to this epoch from the one before, from epoch 1 on. */
  proof(epoch: number, branch: Branch): Uint8Array {
    if (this.#trees !== undefined) return this.#trees.publication(epoch, this.#own(epoch, branch)).proof;
    return symbolicProof(this.digest(epoch - 1, branch), this.digest(epoch, branch));
  }

  /** One that starts as it should and leads elsewhere. */
  invalidProof(epoch: number, branch: Branch): Uint8Array {
    if (this.#trees !== undefined) return this.#trees.invalidProof(epoch, this.#own(epoch, branch));
    const previous = this.digest(epoch - 1, branch);
    return symbolicProof(previous, previous);
  }

  /**
   * The branch to which a digest of this epoch belongs; before the fork, and for what nobody published, the main one.
   */
  branchOf(epoch: number, digest: Uint8Array): Branch {
    this.digest(epoch, "main");
    this.digest(epoch, "fork");
    return this.#branches.get(latin1(digest)) ?? "main";
  }

  #own(epoch: number, branch: Branch): Branch {
    return epoch < this.#forkEpoch ? "main" : branch;
  }

  #made(epoch: number, own: Branch): Uint8Array {
    if (epoch === 0) return emptyTreeRoot(CONFIGURATION).digest;
    if (this.#digestTrees !== undefined) return this.#digestTrees.publication(epoch, own).current;
    return symbolicDigest(epoch, own);
  }
}

function symbolicDigest(epoch: number, branch: Branch): Uint8Array {
  return sha256(utf8(`coaudit/simulator/digest/${branch}/${epoch}`));
}
