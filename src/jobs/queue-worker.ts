/** The worker of a queue: takes jobs as they come and runs them on the threads of this process. */
import type { Worker } from "bullmq";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { printable } from "../core/printable.ts";
import type { JobRunner } from "./job-runner.ts";
import { KEY_PREFIX, type QueueConnection } from "./queue-connection.ts";
import { HOLD_MS, MAX_STALLS, type QueuedJob, STALL_CHECK_MS } from "./queue-shape.ts";

export interface QueueWorkerOptions {
  readonly queue: string;
  /** As QueuedJob.coaudit. */
  readonly build: string;
}

export interface QueueWorkerModules {
  readonly connection: QueueConnection;
  /** Takes as many jobs at a time as its capacity. */
  readonly runner: JobRunner;
  /** What to answer instead; throws for a question that this worker does not answer, whoever put it into the queue. */
  readonly admit?: (question: unknown) => unknown;
  readonly onDone: () => void;
  /** A job failed, or Redis is temporarily unreachable. */
  readonly onTrouble: (message: string) => void;
}

export class QueueWorker {
  readonly #build: string;
  readonly #modules: QueueWorkerModules;
  readonly #worker: Worker<QueuedJob>;
  readonly #refused: Promise<never>;
  #refuse: (error: CoauditError) => void = () => {};

  constructor({ queue, build }: QueueWorkerOptions, modules: QueueWorkerModules) {
    this.#build = build;
    this.#modules = modules;
    const { bull, redis } = modules.connection;
    this.#refused = new Promise((_, reject) => {
      this.#refuse = reject;
    });
    this.#refused.catch(() => {});
    this.#worker = new bull.Worker<QueuedJob>(queue, (job, token) => this.#work(job, token), {
      connection: redis,
      prefix: KEY_PREFIX,
      concurrency: modules.runner.capacity,
      lockDuration: HOLD_MS,
      stalledInterval: STALL_CHECK_MS,
      maxStalledCount: MAX_STALLS,
      autorun: false,
    });
    this.#worker.on("failed", (job, error) =>
      modules.onTrouble(printable(`job ${job?.id ?? "?"}: ${errorMessage(error)}`)),
    );
    this.#worker.on("error", (error) => modules.onTrouble(printable(errorMessage(error))));
  }

  /** Until stop(). Rejects QUEUE_VERSION when a job is for another version; others may still take it. */
  async run(): Promise<void> {
    await Promise.race([this.#worker.run(), this.#refused]);
  }

  /** Finishes running jobs. */
  async stop(): Promise<void> {
    await this.#worker.close();
    await this.#modules.runner.close();
  }

  async #work(job: Parameters<Worker<QueuedJob>["processJob"]>[0], token: string | undefined): Promise<unknown> {
    const { coaudit, question } = job.data as Partial<QueuedJob>;
    if (coaudit !== this.#build) {
      await this.#putBack(job, token);
      this.#refuse(otherVersion(this.#build, printable(String(coaudit)).slice(0, 80)));
      throw new this.#modules.connection.bull.WaitingError();
    }
    const { runner, admit, onDone } = this.#modules;
    const answer = await runner.ask({ id: String(job.id), question: admit === undefined ? question : admit(question) });
    onDone();
    return answer;
  }

  /** For a worker of its version: this one takes no more. */
  async #putBack(job: Parameters<Worker<QueuedJob>["processJob"]>[0], token: string | undefined): Promise<void> {
    await this.#worker.pause(true);
    await job.moveToWait(token);
  }
}

function otherVersion(own: string, theirs: string): CoauditError {
  const message = `the jobs of this queue are for coaudit ${theirs}, but this is ${own}; install that version here, or this one where they come from`;
  return new CoauditError("QUEUE_VERSION", message, { own, theirs });
}
