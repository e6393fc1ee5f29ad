/** The port through which an auditor has proofs verified, and its plain implementation. */

import { joinBytes } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import { ProofScan } from "./proof-scan.ts";
import { type ProofRequest, type ProofSummary, verifyAppendOnlyProof } from "./verify.ts";

export interface ProofVerifier {
  /**
   * Resolves when the proof in the stream is right. Rejects with a PROOF_ error (isProofError) when its bytes are
   * wrong, with whatever the stream threw, with the signal's reason when aborted, and with VERIFIER_CAP_EXCEEDED for a
   * stream past the cap. Leaves a stream early whose bytes are wrong whatever follows.
   */
  verify(request: ProofRequest, proof: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ProofSummary>;
  close(): Promise<void>;
}

export interface ReferenceVerifierOptions {
  /** Largest proof accepted, in bytes. The largest seen at WhatsApp had 202 MB; memory use is about four times that. */
  maxProofBytes: number;
}

export const defaultReferenceVerifierOptions: ReferenceVerifierOptions = { maxProofBytes: 2 ** 30 };

/** Collects the proof, then verifies it in one synchronous go. */
export class ReferenceVerifier implements ProofVerifier {
  readonly #options: ReferenceVerifierOptions;

  constructor(options: Partial<ReferenceVerifierOptions> = {}) {
    this.#options = { ...defaultReferenceVerifierOptions, ...options };
  }

  async verify(request: ProofRequest, proof: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ProofSummary> {
    return verifyAppendOnlyProof(request, await this.#collect(proof, signal));
  }

  async close(): Promise<void> {}

  async #collect(proof: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    const scan = new ProofScan();
    let sizeBytes = 0;
    signal.throwIfAborted();
    for await (const chunk of proof) {
      signal.throwIfAborted();
      sizeBytes += chunk.length;
      if (sizeBytes > this.#options.maxProofBytes) throw this.#tooLarge();
      scan.take(chunk);
      if (scan.isRefused) chunks.length = 0;
      else chunks.push(chunk);
    }
    signal.throwIfAborted();
    scan.end();
    return joinBytes(chunks);
  }

  /** Not a PROOF_ code: the cap is this node's own setting, and a proof that is merely large accuses nobody. */
  #tooLarge(): CoauditError {
    const capBytes = this.#options.maxProofBytes;
    const message = `the proof is larger than ${capBytes} bytes; raise maxProofBytes if the provider really publishes such proofs`;
    return new CoauditError("VERIFIER_CAP_EXCEEDED", message, { capBytes });
  }
}
