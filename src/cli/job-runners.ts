/** How commands spread their work: over threads of this machine, or with --queue over machines. */
import { parseNumber } from "../core/numbers.ts";
import type { QueueConnection } from "../jobs/queue-connection.ts";
import type { QueueRunner } from "../jobs/queue-runner.ts";
import type { ThreadRunner } from "../jobs/thread-runner.ts";

export const QUEUE_OPTION = "--queue <url>";
export const QUEUE_HELP = "spread the work over machines through Redis: redis://host[:port], or rediss:// for TLS";

/** Where workers find worlds, and the module that runs them. */
export const WORLDS_QUEUE = "worlds";
export const WORLD_HANDLER = "../lab/experiment/world-job";

/**
 * More than the workers of a large site hold at once, so that none waits for the asker, and few enough
 * that Redis holds some megabytes (a question is a resolved scenario).
 */
const QUEUE_CAPACITY = 1_024;
/** An asker waits out a restart of Redis, about 20 s, before it gives up. */
const ASKER_RETRIES = 20;

/** A thread with a large world takes about half a gigabyte. */
const MAX_JOBS = 256;

/**
 * `handler`: what the threads load, from this folder and without its extension. `jobs`: as typed; default: as many as
 * cores.
 */
export async function openThreadRunner(handler: string, jobs: string | undefined): Promise<ThreadRunner> {
  const { availableParallelism } = await import("node:os");
  const { ThreadRunner } = await import("../jobs/thread-runner.ts");
  const threads = jobs === undefined ? availableParallelism() : parseNumber(jobs, "--jobs", 1, MAX_JOBS);
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  return new ThreadRunner({ threads }, { handler: new URL(`${handler}${extension}`, import.meta.url) });
}

export async function connectAsker(url: string): Promise<QueueConnection> {
  return await connect(url, ASKER_RETRIES);
}

/** A worker waits until Redis is back. */
export async function connectWorker(url: string): Promise<QueueConnection> {
  return await connect(url, null);
}

/** `run`: see QueueRunnerOptions. The runner closes the connection. */
export async function openQueueRunner(
  { queue, run }: { queue: string; run: string },
  connection: QueueConnection,
  onNobodyWorks: () => void,
): Promise<QueueRunner> {
  const { QueueRunner } = await import("../jobs/queue-runner.ts");
  const { systemClock } = await import("../platform/system.ts");
  const options = { queue, run, capacity: QUEUE_CAPACITY, build: await buildName() };
  return new QueueRunner(options, { connection, clock: systemClock, onNobodyWorks });
}

/** Version and, in a checkout, commit: two that differ may give other answers to one question. */
export async function buildName(): Promise<string> {
  const { provenanceOf } = await import("../lab/experiment/provenance.ts");
  const { coaudit, commit } = await provenanceOf([]);
  return commit === null ? coaudit : `${coaudit}+${commit}`;
}

async function connect(url: string, maxRetries: number | null): Promise<QueueConnection> {
  const { connectQueue, PASSWORD_VARIABLE } = await import("../jobs/queue-connection.ts");
  return await connectQueue({ url, password: process.env[PASSWORD_VARIABLE], maxRetries });
}
