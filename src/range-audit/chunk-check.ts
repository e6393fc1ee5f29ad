/**
 * What a worker of a queue says is data: whoever can write to that Redis can say anything. Here, on the machine that
 * asked, the ends of every part are held against what the log lists, one epoch of it at random is verified again, and
 * so is the epoch that a worker calls invalid.
 */
import type { ConfigurationName } from "../akd/configuration.ts";
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import { fromHex, toHex } from "../core/bytes.ts";
import { type Clock, type Random, randomBelow } from "../core/clock.ts";
import { CoauditError } from "../core/errors.ts";
import { type BlobName, type EpochSource, formatBlobName, MAX_CANDIDATES } from "../source/source.ts";
import { RangeAudit } from "./chain-audit.ts";
import { Patience } from "./patience.ts";
import type { RangeAuditFailure, RangeAuditReport } from "./tally.ts";

export interface ChunkCheckOptions {
  readonly log: string;
  readonly configuration: ConfigurationName;
  readonly lookAgain: number;
}

export interface ChunkCheckModules {
  readonly source: EpochSource;
  readonly proofVerifier: ProofVerifier;
  readonly clock: Clock;
  readonly random: Random;
  /** Says why it waits. */
  readonly note: (text: string) => void;
}

/** What a worker answered, in the right shape. Digests are hex; of the epoch before `from`, and of `verifiedTo`. */
export interface AnsweredChunk {
  readonly from: number;
  readonly to: number;
  readonly verifiedTo: number | null;
  readonly root: string | null;
  readonly digest: string;
  readonly failure: RangeAuditFailure | undefined;
}

export class ChunkCheck {
  readonly #options: ChunkCheckOptions;
  readonly #modules: ChunkCheckModules;

  constructor(options: ChunkCheckOptions, modules: ChunkCheckModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /**
   * What ends the audit at this part, as this machine sees it; undefined: nothing does. Throws JOB_ANSWER_INVALID for
   * what the log does not bear out, and what the log's listings throw.
   */
  async confirm(answer: AnsweredChunk, signal: AbortSignal): Promise<RangeAuditFailure | undefined> {
    const { verifiedTo, root, digest, failure } = answer;
    if (verifiedTo !== null) {
      await this.#checkEnds({ ...answer, verifiedTo }, signal);
      const sampled = await this.#sample({ ...answer, verifiedTo }, signal);
      if (sampled !== undefined) return sampled;
    }
    if (failure?.isFact !== true) return failure;
    const reached = verifiedTo === null ? root : digest;
    const seen = await this.#audit(failure.epoch, reached === null ? undefined : fromHex(reached), signal);
    if (seen.complete) throw invalid(answer, `epoch ${failure.epoch} is called invalid there and is valid here`);
    return seen.failure;
  }

  async #checkEnds(answer: AnsweredChunk & { readonly verifiedTo: number }, signal: AbortSignal): Promise<void> {
    const { from, verifiedTo, root, digest } = answer;
    const first = await this.#listed(from, signal);
    const starts = first.filter(({ previous }) => toHex(previous) === root);
    if (starts.length === 0) throw invalid(answer, `the log lists no epoch ${from} that starts from ${root}`);
    const last = verifiedTo === from ? starts : await this.#listed(verifiedTo, signal);
    if (last.some(({ current }) => toHex(current) === digest)) return;
    throw invalid(answer, `the log lists no epoch ${verifiedTo} that leads to ${digest}`);
  }

  /** One epoch of the part, whichever of its listed blobs is the chain's. */
  async #sample(
    { from, verifiedTo, ...answer }: AnsweredChunk & { readonly verifiedTo: number },
    signal: AbortSignal,
  ): Promise<RangeAuditFailure | undefined> {
    const epoch = from + randomBelow(this.#modules.random, verifiedTo - from + 1);
    const names = await this.#listed(epoch, signal);
    let seen: RangeAuditReport | undefined;
    for (const name of names.slice(0, MAX_CANDIDATES)) {
      seen = await this.#audit(epoch, name.previous, signal);
      if (seen.complete) return undefined;
    }
    if (seen?.failure?.isFact === false) return seen.failure;
    const listed = names.map(formatBlobName).join(", ") || "nothing";
    throw invalid({ from, ...answer }, `epoch ${epoch} is called valid there and is not here (listed: ${listed})`);
  }

  async #listed(epoch: number, signal: AbortSignal): Promise<readonly BlobName[]> {
    const { source } = this.#modules;
    const patience = new Patience(this.#modules);
    for (;;) {
      try {
        return (await source.listing(epoch, signal)).names;
      } catch (error) {
        if (!(await patience.wait(error, { hasRead: true, isListed: false }, signal))) throw error;
      }
    }
  }

  #audit(epoch: number, root: Uint8Array | undefined, signal: AbortSignal): Promise<RangeAuditReport> {
    const { note } = this.#modules;
    const progress = { start: async (): Promise<void> => {}, advance(): void {}, note };
    const state = { position: undefined, advance: async (): Promise<void> => {} };
    const options = { ...this.#options, from: epoch, to: epoch, root, jobs: 1 };
    return new RangeAudit(options, { ...this.#modules, progress, state }).run(signal);
  }
}

function invalid({ from, to }: Pick<AnsweredChunk, "from" | "to">, reason: string): CoauditError<"JOB_ANSWER_INVALID"> {
  const job = `${from}-${to}`;
  const message = `the answer to job ${job} cannot be used: ${reason}. Do you trust who works on this queue?`;
  return new CoauditError("JOB_ANSWER_INVALID", message, { job, reason });
}
