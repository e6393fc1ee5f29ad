/** The two histories of the simulated directory: the main one, and another that parts from it at an epoch. Only the provider knows which is which. */
import { emptyTreeRoot } from "../../auditor/start-point.ts";
import { utf8 } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";
import { latin1 } from "../ports/interner.ts";
import type { Branch } from "../world/trace.ts";

export const NAMESPACE = "simulated.key-transparency.v1";
export const ORIGIN = "simulated.kt/v1";
export const CONFIGURATION = "whatsapp_v1";

export class Histories {
  readonly #forkEpoch: number;
  readonly #digests: Record<Branch, Uint8Array[]> = { main: [], fork: [] };
  readonly #branches: Map<string, Branch> = new Map();

  /** The other history parts from the main one at `forkEpoch`; Infinity: never. */
  constructor(forkEpoch: number) {
    this.#forkEpoch = forkEpoch;
  }

  /** 32 bytes; below the fork both branches have the same. */
  digest(epoch: number, branch: Branch): Uint8Array {
    const own = epoch < this.#forkEpoch ? "main" : branch;
    const held = this.#digests[own][epoch];
    if (held !== undefined) return held;
    const digest =
      epoch === 0 ? emptyTreeRoot(CONFIGURATION).digest : sha256(utf8(`coaudit/simulator/digest/${own}/${epoch}`));
    this.#digests[own][epoch] = digest;
    this.#branches.set(latin1(digest), own);
    return digest;
  }

  /** The branch to which a digest of this epoch belongs; before the fork, and for what nobody published, the main one. */
  branchOf(epoch: number, digest: Uint8Array): Branch {
    this.digest(epoch, "main");
    this.digest(epoch, "fork");
    return this.#branches.get(latin1(digest)) ?? "main";
  }
}
