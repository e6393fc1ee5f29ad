/** The verifier that this machine runs best, for programs on Node; pages make a FastVerifier themselves. */
import { availableParallelism } from "node:os";
import type { Logger } from "../core/log.ts";
import { defaultFastVerifierOptions, FastVerifier } from "./fast/fast-verifier.ts";
import { type KernelKind, kernelKind } from "./kernel/kernel.ts";
import { type ProofVerifier, ReferenceVerifier } from "./proof-verifier.ts";
import { canRunThreads, ThreadPool } from "./threads/thread-pool.ts";

export interface ProofVerifierOptions {
  /**
   * Worker threads, shared by all verifications at the same time; 0 verifies on the calling thread, in sections of a
   * few ms. Default: as many as the machine has cores, at most 8. Proofs under about 400 KB never need one.
   */
  threads?: number;
  /** Largest proof accepted. Default 1 GiB; the largest seen at WhatsApp had 202 MB. */
  maxProofBytes?: number;
  /**
   * `reference`: the plain implementation, about a hundred times slower, on the calling thread in one go. Default
   * `auto`.
   */
  implementation?: "auto" | "reference";
}

export interface ChosenVerifier extends ProofVerifier {
  readonly choice: { readonly implementation: KernelKind | "reference"; readonly threads: number };
}

const MAX_DEFAULT_THREADS = 8;

export function defaultThreads(): number {
  return Math.min(availableParallelism(), MAX_DEFAULT_THREADS);
}

/** Says once, to `log`, what it chose. */
export function createProofVerifier(
  options: ProofVerifierOptions = {},
  modules: { log?: Logger } = {},
): ChosenVerifier {
  const maxProofBytes = options.maxProofBytes ?? defaultFastVerifierOptions.maxProofBytes;
  const chosen =
    options.implementation === "reference"
      ? withChoice(new ReferenceVerifier({ maxProofBytes }), "reference", 0)
      : fastVerifier(maxProofBytes, canRunThreads() ? (options.threads ?? defaultThreads()) : 0);
  const { implementation, threads } = chosen.choice;
  const isSlow = implementation !== "wasm-simd";
  const message = isSlow
    ? "proofs are verified without WebAssembly SIMD, which is far slower"
    : "proofs are verified with WebAssembly SIMD";
  modules.log?.[isSlow ? "warn" : "info"]({ implementation, threads }, message);
  return chosen;
}

function fastVerifier(maxProofBytes: number, threads: number): ChosenVerifier {
  const kernel = kernelKind();
  const { rangeCapacity } = defaultFastVerifierOptions;
  const workers = threads > 0 ? new ThreadPool({ threads, capacity: rangeCapacity, kernel }) : undefined;
  return withChoice(new FastVerifier({ maxProofBytes, kernel }, { workers }), kernel, threads);
}

function withChoice(
  verifier: ProofVerifier,
  implementation: KernelKind | "reference",
  threads: number,
): ChosenVerifier {
  return {
    choice: { implementation, threads },
    verify: (request, proof, signal) => verifier.verify(request, proof, signal),
    close: () => verifier.close(),
  };
}
