/** Reduces ranges of leaves on worker threads (node:worker_threads); records and results travel in shared memory. */
import { Worker } from "node:worker_threads";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { type RangeResult, SUBTREE_WORDS } from "../fast/range.ts";
import type { RangeTask, RangeWorkers } from "../fast/range-workers.ts";
import type { KernelKind } from "../kernel/kernel.ts";
import { RECORD_BYTES } from "../kernel/layout.ts";
import { type RangeAnswer, type RangeQuestion, READY, type ThreadSettings } from "./messages.ts";

export interface ThreadPoolOptions {
  /** Threads at work at the same time, at least 1; each takes about 12 MB. They start when first needed. */
  readonly threads: number;
  /** Most leaves in a range. */
  readonly capacity: number;
  readonly kernel: KernelKind;
}

export interface ThreadPoolModules {
  /** The script that a thread runs; tests hand in worse ones. */
  readonly script?: URL;
}

/** Two, so that a thread finds its next range waiting when it has finished one. */
const TASKS_PER_THREAD = 2;
/** A range leaves at most 514 subtrees. */
const RESULT_BYTES = 4 * SUBTREE_WORDS * 520;

/** This file compiled is a script for any Node; as TypeScript only for those that strip types (22.18 and later). */
const DEFAULT_SCRIPT = new URL(`range-thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** Whether this Node can run the threads' script. */
export function canRunThreads(): boolean {
  const { typescript } = process.features as { typescript?: unknown };
  return DEFAULT_SCRIPT.pathname.endsWith(".js") || (typescript !== undefined && typescript !== false);
}

interface Job {
  readonly task: RangeTask;
  readonly buffer: SharedArrayBuffer;
  readonly resolve: (result: RangeResult) => void;
  readonly reject: (error: CoauditError) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
}

/**
 * First come, first served: since a verification has at most `usefulTasks` ranges under way, several at once share the
 * threads evenly. A thread that dies fails the verifications whose ranges it had, and a new one takes its place.
 */
export class ThreadPool implements RangeWorkers {
  readonly capacity: number;
  readonly usefulTasks: number;
  readonly #options: ThreadPoolOptions;
  readonly #script: URL;
  readonly #threads = new Set<Thread>();
  readonly #queue: Job[] = [];
  /** As many as one verification uses; more of them at once allocate their own. */
  readonly #idleBuffers: SharedArrayBuffer[] = [];
  #isReady = false;
  #nextId = 0;
  #isClosed = false;

  constructor(options: ThreadPoolOptions, modules: ThreadPoolModules = {}) {
    this.#options = options;
    this.capacity = options.capacity;
    this.usefulTasks = TASKS_PER_THREAD * options.threads;
    this.#script = modules.script ?? DEFAULT_SCRIPT;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  prepare(): void {
    while (!this.#isClosed && this.#threads.size < this.#options.threads) this.#start();
  }

  async begin(task: RangeTask): Promise<{ readonly result: Promise<RangeResult> }> {
    if (this.#isClosed) throw lost("the verifier is closed");
    const sizeBytes = Math.max(this.capacity * RECORD_BYTES, RESULT_BYTES);
    const buffer = this.#idleBuffers.pop() ?? new SharedArrayBuffer(sizeBytes);
    task.write(new Uint32Array(buffer));
    const result = new Promise<RangeResult>((resolve, reject) => {
      this.#queue.push({ task, buffer, resolve, reject });
    });
    this.#assign();
    return { result };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const threads = [...this.#threads];
    this.#threads.clear();
    for (const thread of threads) this.#fail(thread, "the verifier was closed");
    for (const job of this.#queue.splice(0)) job.reject(lost("the verifier was closed"));
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #assign(): void {
    while (this.#queue.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      const job = this.#queue.shift() as Job;
      const id = this.#nextId++;
      const { epoch, unchangedCount, insertedCount } = job.task;
      const question: RangeQuestion = { id, buffer: job.buffer, epoch, unchangedCount, insertedCount };
      if (thread.jobs.size === 0) thread.worker.ref();
      thread.jobs.set(id, job);
      thread.worker.postMessage(question);
    }
  }

  /** The one with least work; undefined when all have as much as they should have. */
  #freeThread(): Thread | undefined {
    this.prepare();
    let least: Thread | undefined;
    for (const thread of this.#threads) {
      if (thread.jobs.size < (least?.jobs.size ?? TASKS_PER_THREAD)) least = thread;
    }
    return least;
  }

  #start(): Thread {
    const { capacity, kernel } = this.#options;
    const settings: ThreadSettings = { capacity, kernel };
    const worker = new Worker(this.#script, { workerData: settings, name: "coaudit-verifier" });
    const thread: Thread = { worker, jobs: new Map() };
    this.#threads.add(thread);
    worker.on("message", (message: RangeAnswer | typeof READY) => {
      if (message === READY) this.#isReady = true;
      else this.#take(thread, message);
    });
    worker.on("error", (error) => this.#remove(thread, errorMessage(error)));
    worker.on("exit", (code) => this.#remove(thread, `it ended with exit code ${code}`));
    // an idle thread keeps no process alive
    worker.unref();
    return thread;
  }

  #take(thread: Thread, answer: RangeAnswer): void {
    const job = thread.jobs.get(answer.id);
    if (job === undefined) return;
    thread.jobs.delete(answer.id);
    if (thread.jobs.size === 0) thread.worker.unref();
    const { conflict, subtreeWords } = answer;
    // a copy: the buffer is used again
    const result =
      conflict === undefined ? { subtrees: new Uint32Array(job.buffer, 0, subtreeWords).slice() } : { conflict };
    if (this.#idleBuffers.length < this.usefulTasks) this.#idleBuffers.push(job.buffer);
    job.resolve(result);
    this.#assign();
  }

  #remove(thread: Thread, reason: string): void {
    if (!this.#threads.delete(thread)) return;
    this.#isReady = true;
    this.#fail(thread, reason);
    this.#assign();
  }

  #fail(thread: Thread, reason: string): void {
    const jobs = [...thread.jobs.values()];
    thread.jobs.clear();
    for (const job of jobs) job.reject(lost(reason));
  }
}

function lost(reason: string): CoauditError {
  const message = `a verifier thread was lost (${reason}); this says nothing about the proof: try again`;
  return new CoauditError("VERIFIER_WORKER_LOST", message, { reason });
}
