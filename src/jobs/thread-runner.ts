/** Jobs on the threads of this process (node:worker_threads), one at a time on each. */
import { Worker } from "node:worker_threads";
import { CoauditError, errorMessage } from "../core/errors.ts";
import type { Job, JobRunner } from "./job-runner.ts";
import type { ThreadAnswer } from "./job-thread.ts";

export interface ThreadRunnerOptions {
  /** Started when first needed; a thread that dies is replaced. */
  readonly threads: number;
}

export interface ThreadRunnerModules {
  /** A module that exports `handle`, a JobHandler. */
  readonly handler: URL;
  /** The script of a thread; tests pass the compiled one. */
  readonly script?: URL;
}

interface Waiting {
  readonly job: Job;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: CoauditError) => void;
}

interface Thread {
  readonly worker: Worker;
  current: Waiting | undefined;
}

/** This file compiled is a script for any Node; as TypeScript only for those that strip types. */
const DEFAULT_SCRIPT = new URL(`job-thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

export class ThreadRunner implements JobRunner {
  readonly capacity: number;
  readonly #modules: ThreadRunnerModules;
  readonly #threads = new Set<Thread>();
  #waiting: Waiting[] = [];

  constructor({ threads }: ThreadRunnerOptions, modules: ThreadRunnerModules) {
    this.capacity = threads;
    this.#modules = modules;
  }

  ask(job: Job): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#assign();
    });
  }

  async withdraw(): Promise<void> {
    for (const { job, reject } of this.#waiting.splice(0)) reject(withdrawn(job));
  }

  async close(): Promise<void> {
    await this.withdraw();
    const threads = [...this.#threads];
    for (const thread of threads) this.#remove(thread, "it was stopped");
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      thread.current = this.#waiting.shift() as Waiting;
      thread.worker.postMessage(thread.current.job.question);
    }
  }

  #freeThread(): Thread | undefined {
    for (const thread of this.#threads) if (thread.current === undefined) return thread;
    return this.#threads.size < this.capacity ? this.#start() : undefined;
  }

  #start(): Thread {
    const { handler, script = DEFAULT_SCRIPT } = this.#modules;
    const worker = new Worker(script, { workerData: handler.href, name: "coaudit-job" });
    const thread: Thread = { worker, current: undefined };
    this.#threads.add(thread);
    worker.on("message", (message: ThreadAnswer) => this.#take(thread, message));
    worker.on("error", (error) => this.#remove(thread, errorMessage(error)));
    worker.on("exit", (code) => this.#remove(thread, `its thread ended with exit code ${code}`));
    return thread;
  }

  #take(thread: Thread, message: ThreadAnswer): void {
    const done = thread.current;
    thread.current = undefined;
    if (done === undefined) return;
    if (message.kind === "failure") {
      const { reason } = message;
      done.reject(new CoauditError("JOB_FAILED", reason, { job: done.job.id, reason }));
    } else {
      done.resolve(message.answer);
    }
    this.#assign();
  }

  #remove(thread: Thread, reason: string): void {
    if (!this.#threads.delete(thread)) return;
    const { current } = thread;
    thread.current = undefined;
    current?.reject(new CoauditError("JOB_CRASHED", reason, { job: current.job.id, reason }));
    this.#assign();
  }
}

export function withdrawn({ id }: Job): CoauditError {
  return new CoauditError("JOB_WITHDRAWN", `job ${id} was cancelled before it began`, { job: id });
}
