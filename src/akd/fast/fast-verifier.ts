/**
 * Is this audit proof right? The fast verifier: while the proof arrives, on this thread and on workers where it has
 * some.
 */
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { treeHashing } from "../configuration.ts";
import { createKernel, type KernelChoice, type KernelKind, kernelKind } from "../kernel/kernel.ts";
import { FREE } from "../kernel/layout.ts";
import { type ProofVerifier, ReferenceVerifier } from "../proof-verifier.ts";
import type { RefusedElement } from "../refused-element.ts";
import { checkRequest, type ProofRequest, type ProofSummary } from "../verify.ts";
import { Pacer } from "./pacer.ts";
import { RangeReducer } from "./range.ts";
import type { RangeWorkers } from "./range-workers.ts";
import { Verification } from "./verification.ts";
import type { Workplace } from "./workplace.ts";

export interface FastVerifierOptions {
  /** Largest proof accepted, in bytes. The largest seen at WhatsApp had 202 MB. */
  maxProofBytes: number;
  kernel: KernelChoice;
  /** Most leaves that are reduced in one go: with 4,096, what a range needs is 1 MB and takes 1.5 ms. */
  rangeCapacity: number;
}

export const defaultFastVerifierOptions: FastVerifierOptions = {
  maxProofBytes: 2 ** 30,
  kernel: "auto",
  rangeCapacity: 4096,
};

/** The JavaScript kernel takes about 1 ms for so many: sections stay short with it, too. */
const SCALAR_RANGE_CAPACITY = 1024;
/** Records take at most 68/42 of their proof, and a kernel's memory ends at 4 GiB. */
const LARGEST_PROOF_BYTES = 2.4e9;
/** Memory that a rare, giant epoch needed is given back; what an everyday epoch needs is kept for the next one. */
const KEPT_MEMORY_BYTES = 384 * 2 ** 20;
/** How many verifications at a time find memory ready for them. */
const KEPT_MEMORIES = 4;

/**
 * Gives the verdicts of the reference verifier, configuration experimental by handing over to it: its hashes take
 * several blocks, and nobody publishes a large directory in it.
 */
export class FastVerifier implements ProofVerifier {
  readonly kernelKind: KernelKind;
  readonly #options: FastVerifierOptions;
  readonly #workers: RangeWorkers | undefined;
  readonly #reference: ReferenceVerifier;
  readonly #idle: Workplace[] = [];

  constructor(options: Partial<FastVerifierOptions> = {}, modules: { workers?: RangeWorkers | undefined } = {}) {
    const all = { ...defaultFastVerifierOptions, ...options };
    this.#options = { ...all, maxProofBytes: Math.min(all.maxProofBytes, LARGEST_PROOF_BYTES) };
    this.#workers = modules.workers;
    this.#reference = new ReferenceVerifier({ maxProofBytes: this.#options.maxProofBytes });
    this.kernelKind = all.kernel === "auto" ? kernelKind() : all.kernel;
  }

  async verify(request: ProofRequest, proof: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ProofSummary> {
    if (request.configuration !== "whatsapp_v1") return this.#reference.verify(request, proof, signal);
    checkRequest(request);
    signal.throwIfAborted();
    const pacer = new Pacer(signal);
    let workplace: Workplace | undefined = this.#idle.pop() ?? this.#newWorkplace();
    let verification: Verification | undefined = this.#begin(request, workplace, pacer);
    let refused: RefusedElement | undefined;
    try {
      let receivedBytes = 0;
      for await (const chunk of proof) {
        signal.throwIfAborted();
        receivedBytes += chunk.length;
        if (receivedBytes > this.#options.maxProofBytes) throw this.#tooLarge();
        await (refused ?? verification)?.take(chunk);
        refused ??= verification?.refused;
        if (refused === undefined || workplace === undefined) continue;
        // What came before is of no use: its memory is not held while the rest is read.
        this.#putBack(workplace);
        workplace = undefined;
        verification = undefined;
      }
      signal.throwIfAborted();
      if (verification === undefined) return refused?.end() as never;
      return await verification.end();
    } catch (error) {
      throw isOutOfMemory(error) ? outOfMemory(error) : error;
    } finally {
      pacer.close();
      if (workplace !== undefined) this.#putBack(workplace);
    }
  }

  #begin(request: ProofRequest, workplace: Workplace, pacer: Pacer): Verification {
    const hashing = treeHashing(request.configuration);
    return new Verification(request, { workplace, workers: this.#workers, pacer, hashing });
  }

  #putBack(workplace: Workplace): void {
    const isKept = workplace.kernel.memory.bytes.length <= KEPT_MEMORY_BYTES && this.#idle.length < KEPT_MEMORIES;
    if (isKept) this.#idle.push(workplace);
  }

  async close(): Promise<void> {
    this.#idle.length = 0;
    await this.#workers?.close();
  }

  #newWorkplace(): Workplace {
    const kernel = createKernel(this.kernelKind);
    const { rangeCapacity } = this.#options;
    const capacity = kernel.kind === "javascript" ? Math.min(rangeCapacity, SCALAR_RANGE_CAPACITY) : rangeCapacity;
    return { kernel, reducer: new RangeReducer(kernel, FREE, capacity) };
  }

  /** Not a PROOF_ code: the cap is this node's own setting, and a proof that is merely large accuses nobody. */
  #tooLarge(): CoauditError {
    const capBytes = this.#options.maxProofBytes;
    const message = `the proof is larger than ${capBytes} bytes; raise maxProofBytes if the provider really publishes such proofs`;
    return new CoauditError("VERIFIER_CAP_EXCEEDED", message, { capBytes });
  }
}

/** A memory that cannot grow any more says so with a RangeError, and nothing else here throws one. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError && !isCoauditError(error);
}

function outOfMemory(cause: unknown): CoauditError {
  const message = `there is not enough memory to verify this proof (${errorMessage(cause)}); it takes about three times its size`;
  return new CoauditError("VERIFIER_OUT_OF_MEMORY", message, {}, { cause });
}
