/**
 * Jobs spread over machines: put into a queue (BullMQ on Redis) from which workers (queue-worker.ts) take them.
 *
 * Redis is checked now and then, and never trusted to remember: what it loses, by a restart without persistence, is
 * resubmitted; and an asker that was killed finds, under the same ids, what was answered meanwhile. At most `capacity`
 * jobs are in the queue.
 */
import type { Job as BullJob, Queue } from "bullmq";
import type { Clock } from "../core/clock.ts";
import { CoauditError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";
import type { Job, JobRunner } from "./job-runner.ts";
import { KEY_PREFIX, type QueueConnection, unreachable } from "./queue-connection.ts";
import { KEEP_ANSWERS_SECONDS, MAX_ATTEMPTS, MAX_EVENTS, type QueuedJob } from "./queue-shape.ts";
import { withdrawn } from "./thread-runner.ts";

export interface QueueRunnerOptions {
  readonly queue: string;
  /** Prefix of the jobs' ids, so that two askers do not collide: letters and digits. */
  readonly run: string;
  readonly capacity: number;
  /** As QueuedJob.coaudit. */
  readonly build: string;
}

export interface QueueRunnerModules {
  readonly connection: QueueConnection;
  readonly clock: Clock;
  /** Called if nobody works on the queue, at most every REMIND_MS. */
  readonly onNobodyWorks?: () => void;
}

interface Asked {
  readonly job: Job;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const POLL_MS = 200;
const REMIND_MS = 10_000;
const FAILURE_RETRY_MS = 500;
const MAX_REASON_LENGTH = 500;

export class QueueRunner implements JobRunner {
  readonly capacity: number;
  readonly #run: string;
  readonly #build: string;
  readonly #modules: QueueRunnerModules;
  readonly #queue: Queue<QueuedJob>;
  readonly #asked = new Map<string, Asked>();
  readonly #stop = new AbortController();
  #polling: Promise<void> | undefined;
  #lost: CoauditError | undefined;
  #remindedMs = Number.NEGATIVE_INFINITY;

  constructor({ queue, run, capacity, build }: QueueRunnerOptions, modules: QueueRunnerModules) {
    this.capacity = capacity;
    this.#run = run;
    this.#build = build;
    this.#modules = modules;
    const { bull, redis } = modules.connection;
    this.#queue = new bull.Queue<QueuedJob>(queue, {
      connection: redis,
      prefix: KEY_PREFIX,
      streams: { events: { maxLen: MAX_EVENTS } },
      // How long a job waits for its turn is not up to us: it has no time limit.
      defaultJobOptions: {
        attempts: MAX_ATTEMPTS,
        backoff: { type: "fixed", delay: FAILURE_RETRY_MS },
        removeOnComplete: { age: KEEP_ANSWERS_SECONDS },
        removeOnFail: { age: KEEP_ANSWERS_SECONDS },
      },
    });
    // Every command rejects as well; without a listener an error would end the process.
    this.#queue.on("error", () => {});
  }

  async ask(job: Job): Promise<unknown> {
    if (this.#lost !== undefined) throw this.#lost;
    const id = `${this.#run}-${job.id}`;
    const answer = new Promise((resolve, reject) => {
      this.#asked.set(id, { job, resolve, reject });
    });
    this.#polling ??= this.#poll();
    this.#add(id, job).catch((error) => this.#fail(error));
    return answer;
  }

  async withdraw(): Promise<void> {
    for (const [id, { job, reject }] of [...this.#asked]) {
      // 0: a worker holds it.
      if ((await this.#queue.remove(id)) === 0 || !this.#asked.delete(id)) continue;
      reject(withdrawn(job));
    }
  }

  /** Leaves nothing in Redis, unless this or another asker still has open questions. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#polling;
    try {
      if (this.#asked.size === 0 && this.#lost === undefined) await this.#removeKeys();
    } catch {
      // Redis has just gone away: nothing can be tidied up.
    }
    await this.#queue.close();
    this.#modules.connection.redis.disconnect();
  }

  async #add(id: string, { question }: Job): Promise<void> {
    // With a known id it does nothing.
    await this.#queue.add("job", { coaudit: this.#build, question }, { jobId: id });
  }

  async #poll(): Promise<void> {
    const { clock } = this.#modules;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#collect();
        await this.#remind();
      } catch (error) {
        this.#fail(error);
      }
      await clock.sleep(POLL_MS, this.#stop.signal);
    }
  }

  async #collect(): Promise<void> {
    // Only ids: the jobs of others, which may stay for a day, are not loaded.
    const ended = await this.#queue.getRanges(["completed", "failed"], 0, -1);
    for (const id of ended) {
      if (!this.#asked.has(id)) continue;
      const job = await this.#queue.getJob(id);
      if (job === undefined) continue;
      const isFailed = await job.isFailed();
      if (!isFailed && !(await job.isCompleted())) continue;
      await job.remove();
      this.#settle(id, job, isFailed);
    }
  }

  #settle(id: string, ended: BullJob<QueuedJob>, isFailed: boolean): void {
    const asked = this.#asked.get(id);
    if (asked === undefined || !this.#asked.delete(id)) return;
    if (!isFailed) {
      asked.resolve(ended.returnvalue);
      return;
    }
    // Whoever can write to Redis wrote it.
    const reason = printable(String(ended.failedReason ?? "no reason was given")).slice(0, MAX_REASON_LENGTH);
    const isStalled = /stalled/.test(reason);
    const details = { job: asked.job.id, reason };
    if (isStalled) asked.reject(new CoauditError("JOB_CRASHED", `every worker that took it died (${reason})`, details));
    else asked.reject(new CoauditError("JOB_FAILED", reason, details));
  }

  /** Resubmits what Redis may have lost, and reports if nobody works. */
  async #remind(): Promise<void> {
    const { clock, onNobodyWorks } = this.#modules;
    if (this.#asked.size === 0 || clock.elapsedMs() - this.#remindedMs < REMIND_MS) return;
    this.#remindedMs = clock.elapsedMs();
    for (const [id, { job }] of this.#asked) await this.#add(id, job);
    if (onNobodyWorks !== undefined && (await this.#queue.getWorkersCount()) === 0) onNobodyWorks();
  }

  /** Redis is gone for longer than a restart takes. */
  #fail(error: unknown): void {
    const { redis, url } = this.#modules.connection;
    this.#lost ??= unreachable(url, error);
    this.#stop.abort();
    redis.disconnect();
    for (const { reject } of this.#asked.values()) reject(this.#lost);
    this.#asked.clear();
  }

  async #removeKeys(): Promise<void> {
    const counts = await this.#queue.getJobCounts("wait", "active", "delayed", "completed", "failed", "prioritized");
    if (Object.values(counts).some((count) => count > 0)) return;
    // What somebody else is adding is lost with it, and resubmitted after REMIND_MS.
    await this.#queue.obliterate();
  }
}
