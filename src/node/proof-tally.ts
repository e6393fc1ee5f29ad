/** What verifying proofs came to since the start: for whoever wants to see how fast this node audits. */
import type { MeteredProof } from "./metered-verifier.ts";

export interface VerifiedProofs {
  readonly proofs: number;
  readonly bytes: number;
  /** From the beginning of each to its verdict, the download that it waits for included. */
  readonly elapsedMs: number;
}

export class ProofTally {
  readonly #byNamespace: Map<string, VerifiedProofs> = new Map();

  take({ namespace, result, sizeBytes, elapsedMs }: MeteredProof): void {
    if (result === "failed") return;
    const before = this.of(namespace);
    this.#byNamespace.set(namespace, {
      proofs: before.proofs + 1,
      bytes: before.bytes + sizeBytes,
      elapsedMs: before.elapsedMs + elapsedMs,
    });
  }

  of(namespace: string): VerifiedProofs {
    return this.#byNamespace.get(namespace) ?? { proofs: 0, bytes: 0, elapsedMs: 0 };
  }
}
