/**
 * Audit proofs of simulated worlds: real ones, verified by production's reference verifier, or symbolic ones: the text
 * `<from>><to>` proves that step and no other. The fast verifier, which gives the same verdicts, looks at a clock in
 * order to pause, and so has no place in a world.
 */

import type { ProofVerifier } from "../../akd/proof-verifier.ts";
import { type ProofRequest, type ProofSummary, verifyAppendOnlyProof } from "../../akd/verify.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import { fromUtf8, joinBytes, toHex, utf8 } from "../../core/bytes.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { type Distribution, drawUs } from "../engine/distribution.ts";
import { latin1 } from "./interner.ts";
import type { Crypto, ModelledCryptoModules } from "./signatures.ts";

/** Of every log in a world. */
export const CONFIGURATION = "whatsapp_v1";

/** Throws a PROOF_ error. */
export type ProofCheck = (request: ProofRequest, proof: Uint8Array) => ProofSummary;

export function symbolicProof(from: Uint8Array, to: Uint8Array): Uint8Array {
  return utf8(`${toHex(from)}>${toHex(to)}`);
}

/** One per world: every node verifies the same proof, and it is computed once. */
export function proofCheck(crypto: Crypto): ProofCheck {
  return crypto === "real" ? remembered(verifyAppendOnlyProof) : checkSymbolicProof;
}

const checkSymbolicProof: ProofCheck = (request, proof) => {
  const actual = fromUtf8(proof);
  const expected = `${toHex(request.from)}>${toHex(request.to)}`;
  if (request.configuration !== CONFIGURATION) {
    throw new CoauditError("PROOF_START_MISMATCH", "hashed otherwise", { expected, actual });
  }
  if (actual === expected) return { inserted: 1, unchanged: 0 };
  throw new CoauditError("PROOF_END_MISMATCH", "the proof leads elsewhere", { expected, actual });
};

/** About 5 KB each; nodes verify an epoch at about the same time. */
const MAX_REMEMBERED = 2_048;

/** Keyed by the exact bytes. What is refused is remembered too. */
function remembered(check: ProofCheck): ProofCheck {
  const verdicts: BoundedMap<string, ProofSummary | CoauditError> = new BoundedMap(MAX_REMEMBERED);
  return (request, proof) => {
    const { configuration, epoch, from, to } = request;
    // Digests of other lengths are refused by the check: of these five parts there is one reading.
    const id = `${configuration} ${epoch} ${latin1(from)}${latin1(to)}${latin1(proof)}`;
    let verdict = from.length === 32 && to.length === 32 ? verdicts.get(id) : undefined;
    if (verdict === undefined) {
      verdict = verdictOf(check, request, proof);
      verdicts.set(id, verdict);
    }
    if (isCoauditError(verdict)) throw verdict;
    return verdict;
  };
}

function verdictOf(check: ProofCheck, request: ProofRequest, proof: Uint8Array): ProofSummary | CoauditError {
  try {
    return check(request, proof);
  } catch (error) {
    if (isCoauditError(error)) return error;
    throw error;
  }
}

/** Answers after a modelled time. */
export class ModelledProofVerifier implements ProofVerifier {
  readonly #costMs: Distribution;
  readonly #check: ProofCheck;
  readonly #modules: ModelledCryptoModules;

  constructor(
    options: { readonly verifyProofMs: Distribution },
    { check, ...modules }: ModelledCryptoModules & { readonly check: ProofCheck },
  ) {
    this.#costMs = options.verifyProofMs;
    this.#check = check;
    this.#modules = modules;
  }

  async verify(request: ProofRequest, proof: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ProofSummary> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of proof) {
      signal.throwIfAborted();
      chunks.push(chunk);
    }
    const { incarnation, random } = this.#modules;
    return incarnation.later(this.#costMs === 0 ? 0 : drawUs(this.#costMs, random), () => {
      signal.throwIfAborted();
      return this.#check(request, joinBytes(chunks));
    });
  }

  async close(): Promise<void> {}
}
