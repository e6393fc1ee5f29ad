/** Measures what the proofs of a namespace cost to verify, for whoever wants to know. */
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import type { ProofRequest, ProofSummary } from "../akd/verify.ts";
import { isProofError } from "../akd/verify.ts";
import type { Elapsed } from "../core/clock.ts";

export interface MeteredProof {
  readonly namespace: string;
  /** `failed`: it was not read to an end, so nothing is known about it. */
  readonly result: "valid" | "invalid" | "failed";
  /** Bytes that were read. */
  readonly sizeBytes: number;
  /** From the beginning to the verdict, the download that it waits for included. */
  readonly elapsedMs: number;
}

export type ProofMeter = (proof: MeteredProof) => void;

export interface MeteredVerifierModules {
  readonly proofVerifier: ProofVerifier;
  readonly meter: ProofMeter;
  readonly clock: Elapsed;
}

export class MeteredVerifier implements ProofVerifier {
  readonly #namespace: string;
  readonly #modules: MeteredVerifierModules;

  constructor(options: { readonly namespace: string }, modules: MeteredVerifierModules) {
    this.#namespace = options.namespace;
    this.#modules = modules;
  }

  async verify(request: ProofRequest, proof: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ProofSummary> {
    const { proofVerifier, meter, clock } = this.#modules;
    const startMs = clock.elapsedMs();
    let sizeBytes = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of proof) {
        sizeBytes += chunk.length;
        yield chunk;
      }
    };
    let result: MeteredProof["result"] = "failed";
    try {
      const summary = await proofVerifier.verify(request, counted(), signal);
      result = "valid";
      return summary;
    } catch (error) {
      if (isProofError(error)) result = "invalid";
      throw error;
    } finally {
      meter({ namespace: this.#namespace, result, sizeBytes, elapsedMs: clock.elapsedMs() - startMs });
    }
  }

  /** The verifier is shared, and closed by whoever made it. */
  async close(): Promise<void> {}
}
