/** Verifies a chain of epochs, several at a time: each from the digest that the one before it leads to. */
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import { isProofError, type ProofSummary } from "../akd/verify.ts";
import { equalBytes, toHex } from "../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import { type BlobName, type EpochSource, formatBlobName } from "../source/source.ts";
import { type RangeAuditOptions, type RangeAuditReport, RangeTally, type RangeTallyModules } from "./tally.ts";

export interface RangeAuditModules extends RangeTallyModules {
  readonly source: EpochSource;
  readonly proofVerifier: ProofVerifier;
}

interface Job {
  readonly name: BlobName;
  readonly done: Promise<ProofSummary & { sizeBytes: number }>;
}

/** Why the chain cannot continue at an epoch. */
class ChainProblem extends Error {}

export class RangeAudit {
  readonly #options: RangeAuditOptions & { readonly jobs: number };
  readonly #modules: RangeAuditModules;
  readonly #tally: RangeTally;
  /** Of the last epoch whose verification has begun. */
  #claimed: Uint8Array | undefined;

  /** `jobs`: epochs fetched and verified at the same time. */
  constructor(options: RangeAuditOptions & { readonly jobs: number }, modules: RangeAuditModules) {
    this.#options = options;
    this.#modules = modules;
    this.#tally = new RangeTally(options, modules);
  }

  /**
   * Ends at the first epoch that fails or cannot be read, when the signal is aborted, or with the last epoch. Throws
   * none of these.
   */
  async run(signal: AbortSignal): Promise<RangeAuditReport> {
    const first = await this.#tally.start();
    this.#claimed = this.#tally.digest;
    await this.#verifyChain(first, signal);
    return this.#tally.finish();
  }

  async #verifyChain(first: number, outer: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([outer, stop.signal]);
    const jobs: Job[] = [];
    let epoch = first;
    try {
      while (jobs.length > 0 || epoch <= this.#options.to) {
        if (jobs.length < this.#options.jobs && epoch <= this.#options.to) {
          jobs.push(await this.#begin(epoch, signal));
          epoch++;
          continue;
        }
        const job = jobs[0] as Job;
        await this.#finish(job);
        jobs.shift();
      }
    } catch (error) {
      await this.#failAt(epoch, error, jobs);
    } finally {
      stop.abort();
      await Promise.allSettled(jobs.map(({ done }) => done));
    }
  }

  /**
   * `epoch` could not begin, or one of `jobs` failed. Those before it count, and the first of them that fails is the
   * verdict.
   */
  async #failAt(epoch: number, error: unknown, jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      try {
        await this.#finish(job);
      } catch (jobError) {
        this.#fail(job.name.epoch, jobError, job.name);
        return;
      }
    }
    this.#fail(epoch, error, undefined);
  }

  async #begin(epoch: number, signal: AbortSignal): Promise<Job> {
    signal.throwIfAborted();
    const { source } = this.#modules;
    const { names } = await source.listing(epoch, signal);
    const name = this.#successor(epoch, names);
    this.#claimed = name.current;
    this.#tally.beginAt(name.previous);
    const done = this.#verify(name, signal);
    done.catch(() => {});
    return { name, done };
  }

  /** The one listed blob that continues the chain. */
  #successor(epoch: number, names: readonly BlobName[]): BlobName {
    const claimed = this.#claimed;
    const fitting = claimed === undefined ? names : names.filter(({ previous }) => equalBytes(previous, claimed));
    const [name] = fitting;
    if (names.length === 0) {
      throw new CoauditError("SOURCE_NOT_FOUND", `the log does not list epoch ${epoch}`, {
        host: "",
        path: `${epoch}/`,
      });
    }
    if (name === undefined) throw new ChainProblem(`no listed blob starts from ${toHex(claimed ?? new Uint8Array())}`);
    if (fitting.length > 1) {
      throw new ChainProblem(
        `${fitting.length} listed blobs start from the same digest: ${fitting.map(formatBlobName).join(", ")}`,
      );
    }
    return name;
  }

  async #verify(name: BlobName, signal: AbortSignal): Promise<ProofSummary & { sizeBytes: number }> {
    const { source, proofVerifier } = this.#modules;
    const { body } = await source.fetch(name, signal);
    let sizeBytes = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of body) {
        sizeBytes += chunk.length;
        yield chunk;
      }
    }
    const { configuration } = this.#options;
    const request = { configuration, epoch: name.epoch, from: name.previous, to: name.current };
    return { ...(await proofVerifier.verify(request, counted(), signal)), sizeBytes };
  }

  async #finish({ name, done }: Job): Promise<void> {
    const { inserted, unchanged, sizeBytes } = await done;
    const stretch = { toEpoch: name.epoch, digest: name.current, epochs: 1, inserted, unchanged, bytes: sizeBytes };
    await this.#tally.add(stretch);
  }

  #fail(epoch: number, error: unknown, name: BlobName | undefined): void {
    const isChain = error instanceof ChainProblem;
    const code = isChain ? "CHAIN_MISMATCH" : isCoauditError(error) ? error.code : "UNREADABLE";
    const blob = name === undefined ? {} : { blob: formatBlobName(name) };
    const isFact = isChain || isProofError(error);
    this.#tally.fail({ epoch, code, message: errorMessage(error), isFact, ...blob });
  }
}
