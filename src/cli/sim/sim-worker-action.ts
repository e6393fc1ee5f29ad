/** What `coaudit sim worker` does: takes jobs from queues until it is stopped. */
import type { QueueWorker, QueueWorkerModules } from "../../jobs/queue-worker.ts";
import type { CliContext } from "../context.ts";
import { buildName, connectWorker, openThreadRunner, WORLD_HANDLER, WORLDS_QUEUE } from "../job-runners.ts";
import { counted } from "../text.ts";

export interface SimWorkerOptions {
  queue: string;
  jobs?: string;
  auditLog?: readonly string[];
  allowPlainHttp?: true;
}

export async function simWorker(options: SimWorkerOptions, context: CliContext): Promise<void> {
  // Wrong options are refused before Redis is contacted: an open connection keeps the process alive.
  const duties = await dutiesOf(options);
  const build = await buildName();
  const { QueueWorker } = await import("../../jobs/queue-worker.ts");
  const connection = await connectWorker(options.queue);
  const workers: QueueWorker[] = [];
  let done = 0;
  try {
    for (const { queue, ...duty } of duties) {
      const onDone = (): void => {
        done++;
      };
      const onTrouble = (message: string): void => context.err(message);
      workers.push(new QueueWorker({ queue, build }, { connection, onDone, onTrouble, ...duty }));
    }
    context.err(`working for ${connection.url} (stop with Ctrl-C)`);
    await workUntilStopped(workers, context);
  } finally {
    connection.redis.disconnect();
    context.err(`${counted(done, "job")} done`);
  }
}

/** A queue that this machine works for, and what answers its questions. */
interface Duty extends Pick<QueueWorkerModules, "runner" | "admit"> {
  readonly queue: string;
}

/** Threads start with their first job, so nothing is left running if this throws. */
async function dutiesOf({ jobs, auditLog = [], allowPlainHttp }: SimWorkerOptions): Promise<Duty[]> {
  const duties: Duty[] = [{ queue: WORLDS_QUEUE, runner: await openThreadRunner(WORLD_HANDLER, jobs) }];
  for (const log of auditLog) {
    const { admitChunk, CHUNK_HANDLER, chunksQueue } = await import("../../range-audit/chunk-job.ts");
    const runner = await openThreadRunner(CHUNK_HANDLER, jobs);
    const own = { log, allowPlainHttp: allowPlainHttp === true };
    duties.push({ queue: chunksQueue(log), runner, admit: (question) => admitChunk(question, own) });
  }
  return duties;
}

async function workUntilStopped(workers: readonly QueueWorker[], context: CliContext): Promise<void> {
  const stopAll = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.stop()));
  };
  const stop = new AbortController();
  const unlisten = context.onSignal(() => {
    if (stop.signal.aborted) context.exitNow(0);
    stop.abort();
    context.err("finishing the running jobs; interrupt again to stop at once");
    stopAll().catch(() => {});
  });
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    try {
      await stopAll();
    } finally {
      unlisten();
    }
  }
}
