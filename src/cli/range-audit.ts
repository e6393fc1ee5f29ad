/** Verifies a chain of epochs, several at a time: each from the digest that the one before it leads to. */
import { type ConfigurationName, emptyDigest } from "../akd/configuration.ts";
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import { isProofError, type ProofSummary } from "../akd/verify.ts";
import { equalBytes, toHex } from "../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import { type BlobName, type EpochSource, formatBlobName } from "../source/source.ts";
import type { RangeAuditProgress } from "./range-audit-progress.ts";
import type { RangeAuditState } from "./range-audit-state.ts";

export interface RangeAuditOptions {
  readonly log: string;
  readonly configuration: ConfigurationName;
  readonly from: number;
  readonly to: number;
  readonly root: Uint8Array | undefined;
  /** Epochs fetched and verified at the same time. */
  readonly jobs: number;
}

export interface RangeAuditModules {
  readonly source: EpochSource;
  readonly verifier: ProofVerifier;
  readonly state: RangeAuditState;
  readonly progress: RangeAuditProgress;
}

/** Sizes and times are those of this run, without what was verified before it was stopped. Digests are hex. */
export interface RangeAuditReport {
  log: string;
  configuration: ConfigurationName;
  from: number;
  to: number;
  complete: boolean;
  /** All epochs from `from` up to here are verified, earlier runs included; null: none. */
  verifiedTo: number | null;
  /** Of `verifiedTo`. */
  digest: string | null;
  /** Digest of the epoch before `from`, and who chose it; the log itself when it was taken on first sight. */
  root: string | null;
  rootChosen: "given" | "empty-tree" | "first-sight";
  resumedFrom: number | null;
  epochs: number;
  inserted: number;
  unchanged: number;
  bytes: number;
  ms: number;
  epochsPerSecond: number;
  megabytesPerSecond: number;
  /** `isFact`: about what the log published, not about reading it. */
  failure?: { epoch: number; code: string; message: string; isFact: boolean; blob?: string };
}

interface Job {
  readonly name: BlobName;
  readonly done: Promise<ProofSummary & { sizeBytes: number }>;
}

/** Why the chain cannot go on at an epoch. */
class ChainProblem extends Error {}

export class RangeAudit {
  readonly #options: RangeAuditOptions;
  readonly #modules: RangeAuditModules;
  readonly #report: RangeAuditReport;
  /** Of the last epoch that is verified, and of the last one whose verification has begun. */
  #root: Uint8Array | undefined;
  #claimed: Uint8Array | undefined;

  constructor(options: RangeAuditOptions, modules: RangeAuditModules) {
    this.#options = options;
    this.#modules = modules;
    const { log, configuration, from, to } = options;
    const rootChosen = options.root !== undefined ? "given" : from === 1 ? "empty-tree" : "first-sight";
    this.#report = {
      ...{ log, configuration, from, to, complete: false, verifiedTo: null, digest: null, root: null, rootChosen },
      ...{ resumedFrom: null, epochs: 0, inserted: 0, unchanged: 0, bytes: 0, ms: 0 },
      ...{ epochsPerSecond: 0, megabytesPerSecond: 0 },
    };
  }

  /** Ends at the first epoch that fails or cannot be read, when the signal is aborted, or with the last epoch. Throws nothing of these. */
  async run(signal: AbortSignal): Promise<RangeAuditReport> {
    const { from, to, configuration, root } = this.#options;
    const { state, progress } = this.#modules;
    const report = this.#report;
    const resumed = state.position;
    this.#root = resumed?.root ?? root ?? (from === 1 ? emptyDigest(configuration) : undefined);
    this.#claimed = resumed?.digest ?? this.#root;
    if (resumed !== undefined) {
      report.verifiedTo = Math.min(resumed.epoch, to);
      report.resumedFrom = resumed.epoch;
      if (resumed.epoch <= to) report.digest = toHex(resumed.digest);
    }
    const first = (resumed?.epoch ?? from - 1) + 1;
    await progress.start(Math.min(first, to + 1) - from);
    const startMs = performance.now();
    await this.#verifyChain(first, signal);
    report.complete = report.failure === undefined;
    report.root = this.#root === undefined ? null : toHex(this.#root);
    report.ms = Math.round(performance.now() - startMs);
    const seconds = Math.max(report.ms, 1) / 1000;
    report.epochsPerSecond = rounded(report.epochs / seconds);
    report.megabytesPerSecond = rounded(report.bytes / 1e6 / seconds);
    return report;
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

  /** `epoch` could not begin, or one of `jobs` failed. Those before it count, and the first of them that fails is the verdict. */
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
    this.#root ??= name.previous;
    const done = this.#verify(name, signal);
    done.catch(() => {});
    return { name, done };
  }

  /** The one listed blob that goes on from where the chain is. */
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
    const { source, verifier } = this.#modules;
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
    return { ...(await verifier.verify(request, counted(), signal)), sizeBytes };
  }

  async #finish({ name, done }: Job): Promise<void> {
    const { inserted, unchanged, sizeBytes } = await done;
    const { state, progress } = this.#modules;
    const report = this.#report;
    report.epochs++;
    report.inserted += inserted;
    report.unchanged += unchanged;
    report.bytes += sizeBytes;
    report.verifiedTo = name.epoch;
    report.digest = toHex(name.current);
    progress.verified(sizeBytes);
    await state.advance({ epoch: name.epoch, digest: name.current, root: this.#root as Uint8Array });
  }

  #fail(epoch: number, error: unknown, name: BlobName | undefined): void {
    const isChain = error instanceof ChainProblem;
    const code = isChain ? "CHAIN_MISMATCH" : isCoauditError(error) ? error.code : "UNREADABLE";
    const blob = name === undefined ? {} : { blob: formatBlobName(name) };
    const isFact = isChain || isProofError(error);
    this.#report.failure = { epoch, code, message: errorMessage(error), isFact, ...blob };
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
