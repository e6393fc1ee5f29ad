/** Symbolic audit proofs: the text `<from>><to>` proves that step and no other. */
import type { ProofVerifier } from "../../akd/proof-verifier.ts";
import type { ProofRequest, ProofSummary } from "../../akd/verify.ts";
import { fromUtf8, joinBytes, toHex, utf8 } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { type Distribution, drawUs } from "../engine/distribution.ts";
import type { ModelledCryptoModules } from "./signatures.ts";

export function symbolicProof(from: Uint8Array, to: Uint8Array): Uint8Array {
  return utf8(`${toHex(from)}>${toHex(to)}`);
}

export class SymbolicProofVerifier implements ProofVerifier {
  readonly #costMs: Distribution;
  readonly #modules: ModelledCryptoModules;

  constructor(options: { readonly verifyProofMs: Distribution }, modules: ModelledCryptoModules) {
    this.#costMs = options.verifyProofMs;
    this.#modules = modules;
  }

  async verify(request: ProofRequest, proof: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ProofSummary> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of proof) {
      signal.throwIfAborted();
      chunks.push(chunk);
    }
    const { incarnation, random } = this.#modules;
    const actual = fromUtf8(joinBytes(chunks));
    return incarnation.later(this.#costMs === 0 ? 0 : drawUs(this.#costMs, random), () => {
      signal.throwIfAborted();
      const expected = `${toHex(request.from)}>${toHex(request.to)}`;
      if (actual === expected) return { inserted: 1, unchanged: 0 };
      throw new CoauditError("PROOF_END_MISMATCH", "the proof leads elsewhere", { expected, actual });
    });
  }

  async close(): Promise<void> {}
}
