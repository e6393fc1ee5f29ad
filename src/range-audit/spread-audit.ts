/**
 * Verifies a chain of epochs by parts that are spread over machines. The whole is valid when every part is, and each
 * begins at the digest at which the one before it ends: parts are asked ahead of time from the digest that the log
 * names, and one that does not join is asked again, from the digest that the chain has reached. So the verdict is the
 * one of chain-audit.ts, whatever the log lists.
 */
import { fromHex, toHex } from "../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";
import type { Job, JobRunner } from "../jobs/job-runner.ts";
import type { ChunkCheck } from "./chunk-check.ts";
import type { ChunkQuestion } from "./chunk-job.ts";
import {
  type RangeAuditFailure,
  type RangeAuditOptions,
  type RangeAuditReport,
  RangeTally,
  type RangeTallyModules,
} from "./tally.ts";

export interface SpreadOptions extends RangeAuditOptions {
  readonly chunkEpochs: number;
  /** As ChainOptions has it. */
  readonly lookAgain: number;
}

export interface RangeSpreadModules extends RangeTallyModules {
  readonly runner: JobRunner;
  /** What is looked at again here before an answer counts. */
  readonly check: Pick<ChunkCheck, "confirm">;
}

/** A part of the range; its borders are multiples, so that a restart asks for the same parts. */
interface Chunk {
  readonly from: number;
  readonly to: number;
}

interface Asked extends Chunk {
  readonly root: string | null;
  readonly answer: Promise<ChunkAnswer>;
}

/** What is accepted of an answer, once its shape is validated. */
interface ChunkAnswer {
  readonly verifiedTo: number | null;
  readonly digest: Uint8Array;
  readonly root: string | null;
  readonly inserted: number;
  readonly unchanged: number;
  readonly bytes: number;
  readonly failure: RangeAuditFailure | undefined;
}

export class RangeSpread {
  readonly #options: SpreadOptions;
  readonly #runner: JobRunner;
  readonly #check: RangeSpreadModules["check"];
  readonly #tally: RangeTally;

  constructor(options: SpreadOptions, modules: RangeSpreadModules) {
    this.#options = options;
    this.#runner = modules.runner;
    this.#check = modules.check;
    this.#tally = new RangeTally(options, modules);
  }

  /** As RangeAudit.run. */
  async run(signal: AbortSignal): Promise<RangeAuditReport> {
    let next = await this.#tally.start();
    const asked: Asked[] = [];
    try {
      while (!this.#tally.hasFailed && !signal.aborted && (asked.length > 0 || next <= this.#options.to)) {
        if (asked.length < this.#runner.capacity && next <= this.#options.to) {
          const chunk = this.#chunkFrom(next);
          asked.push(this.#ask(chunk, asked.length === 0 ? this.#tally.digest : undefined));
          next = chunk.to + 1;
          continue;
        }
        await this.#take(asked.shift() as Asked, signal);
      }
      if (signal.aborted && !this.#tally.hasFailed) this.#failAt(asked[0]?.from ?? next, signal.reason);
    } finally {
      // A worker finishes what it has begun; a restart finds the answer.
      if (asked.length > 0) await this.#runner.withdraw();
    }
    return this.#tally.finish();
  }

  #chunkFrom(from: number): Chunk {
    const { to, chunkEpochs } = this.#options;
    return { from, to: Math.min(Math.ceil(from / chunkEpochs) * chunkEpochs, to) };
  }

  #ask({ from, to }: Chunk, digest: Uint8Array | undefined): Asked {
    const { log, configuration, lookAgain } = this.#options;
    const root = digest === undefined ? null : toHex(digest);
    const question: ChunkQuestion = { log, configuration, from, to, root, lookAgain };
    const job: Job = { id: `${from}-${to}-${root?.slice(0, 16) ?? "listed"}`, question };
    const answer = this.#runner.ask(job).then((given) => chunkAnswer(job, { from, to }, given));
    answer.catch(() => {});
    return { from, to, root, answer };
  }

  async #take(chunk: Asked, signal: AbortSignal): Promise<void> {
    try {
      const answer = await this.#joined(chunk, signal);
      const { verifiedTo, root, digest, inserted, unchanged, bytes } = answer;
      const { from, to } = chunk;
      const said = { from, to, verifiedTo, root, digest: toHex(digest), failure: answer.failure };
      const failure = await orAborted(this.#check.confirm(said, signal), signal);
      if (failure !== undefined && failure.epoch <= (verifiedTo ?? 0)) return this.#tally.fail(failure);
      if (root !== null) this.#tally.beginAt(fromHex(root));
      if (verifiedTo !== null) {
        const epochs = verifiedTo - chunk.from + 1;
        await this.#tally.add({ toEpoch: verifiedTo, digest, epochs, inserted, unchanged, bytes });
      }
      if (failure !== undefined) this.#tally.fail(failure);
    } catch (error) {
      this.#failAt(chunk.from, error);
    }
  }

  /** An answer that begins at the digest that the chain has reached. */
  async #joined(chunk: Asked, signal: AbortSignal): Promise<ChunkAnswer> {
    const answer = await orAborted(chunk.answer, signal);
    const reached = this.#tally.digest;
    if (reached === undefined) return answer;
    const digest = toHex(reached);
    const isFinal = chunk.root === digest || (answer.root === digest && answer.failure === undefined);
    const joined = isFinal ? answer : await orAborted(this.#ask(chunk, reached).answer, signal);
    if (joined.root === digest) return joined;
    const reason = `epochs ${chunk.from} to ${chunk.to} were verified from a digest other than the one requested`;
    throw new CoauditError("JOB_ANSWER_INVALID", reason, { job: `${chunk.from}-${chunk.to}`, reason });
  }

  #failAt(epoch: number, error: unknown): void {
    const code = isCoauditError(error) ? error.code : "UNREADABLE";
    this.#tally.fail({ epoch, code, message: errorMessage(error), isFact: false });
  }
}

function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Throws JOB_ANSWER_INVALID: it comes from another machine. */
function chunkAnswer({ id }: Job, { from, to }: Chunk, given: unknown): ChunkAnswer {
  const report = (given ?? {}) as Partial<RangeAuditReport>;
  const { verifiedTo = null, root = null, digest = null, failure } = report;
  const sizes = [report.inserted, report.unchanged, report.bytes];
  const isWhole = verifiedTo === to && failure === undefined;
  const isPart = isFailure(failure, from, to) && verifiedTo === (failure.epoch === from ? null : failure.epoch - 1);
  if (
    !(isWhole || isPart) ||
    !sizes.every((size) => Number.isSafeInteger(size)) ||
    !(root === null ? verifiedTo === null : isDigest(root)) ||
    !(digest === null ? verifiedTo === null : isDigest(digest))
  ) {
    const reason = "it is not a report on these epochs";
    throw new CoauditError("JOB_ANSWER_INVALID", `the answer to job ${id} cannot be used: ${reason}`, {
      job: id,
      reason,
    });
  }
  const [inserted = 0, unchanged = 0, bytes = 0] = sizes;
  const said = failure === undefined ? undefined : { ...failure, message: printable(failure.message).slice(0, 500) };
  return { verifiedTo, root, digest: fromHex(digest ?? "", "digest"), inserted, unchanged, bytes, failure: said };
}

function isFailure(failure: unknown, from: number, to: number): failure is RangeAuditFailure {
  const { epoch, code, message, isFact } = (failure ?? {}) as Partial<RangeAuditFailure>;
  const isCode = typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code);
  return (
    isCode &&
    typeof message === "string" &&
    typeof isFact === "boolean" &&
    Number.isSafeInteger(epoch) &&
    Number(epoch) >= from &&
    Number(epoch) <= to
  );
}

function isDigest(text: unknown): boolean {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}
