/**
 * A part of a range as a job for another machine: its epochs are verified from a digest that the asker knows, or else
 * from the one that the log names. A thread loads this file. Nothing here signs or claims.
 */
import { createHash } from "node:crypto";
import type { ConfigurationName } from "../akd/configuration.ts";
import { createProofVerifier } from "../akd/create-verifier.ts";
import { fromHex } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import { checkNumber } from "../core/numbers.ts";
import { systemClock, systemRandom } from "../platform/system.ts";
import { openSource } from "../source/open-source.ts";
import { RangeAudit } from "./chain-audit.ts";
import { MAX_LOOKS } from "./look-again.ts";
import type { RangeAuditReport } from "./tally.ts";

export interface ChunkQuestion {
  readonly log: string;
  readonly configuration: ConfigurationName;
  readonly from: number;
  readonly to: number;
  /** Hexadecimal digest of the epoch before `from`; null: as the log names it. */
  readonly root: string | null;
  /** How many looks past all caches must agree before an epoch is invalid. */
  readonly lookAgain: number;
}

/** What the worker adds: only the worker decides from where it takes a log, and how. */
export interface AdmittedChunk extends ChunkQuestion {
  readonly allowPlainHttp: boolean;
}

/** What threads load, beside this folder's other files. */
export const CHUNK_HANDLER = "../range-audit/chunk-job";
/** Fetched and verified at the same time by one thread: one is downloaded while the other is verified. */
const EPOCHS_AT_ONCE = 2;

/** A log has a queue of its own: a worker sees no jobs for logs that it was not told to read. */
export function chunksQueue(log: string): string {
  return `epochs-${createHash("sha256").update(log).digest("hex").slice(0, 16)}`;
}

/** Prefix of its jobs' ids: the same after a restart, which finds what was answered meanwhile. */
export function chunkRun(configuration: ConfigurationName): string {
  return configuration.replaceAll("_", "");
}

/** Throws QUEUE_JOB_REFUSED for another log than the one that this worker was told to read. */
export function admitChunk(question: unknown, own: { log: string; allowPlainHttp: boolean }): AdmittedChunk {
  const chunk = question as ChunkQuestion;
  if (chunk.log === own.log) return { ...chunk, allowPlainHttp: own.allowPlainHttp };
  const reason = `it is about a log other than ${own.log}`;
  throw new CoauditError("QUEUE_JOB_REFUSED", `the job is refused: ${reason}; name that log with --audit-log`, {
    reason,
  });
}

export async function handle(question: unknown): Promise<RangeAuditReport> {
  const { log, configuration, from, to, root, lookAgain, allowPlainHttp } = question as AdmittedChunk;
  checkNumber(lookAgain, "lookAgain", 0, MAX_LOOKS);
  const source = await openSource({ log, allowPlainHttp });
  // The thread that runs this is one of as many as the machine should use.
  const proofVerifier = createProofVerifier({ threads: 0 });
  try {
    const digest = root === null ? undefined : fromHex(root, "root");
    const audit = new RangeAudit(
      { log, configuration, from, to, root: digest, jobs: EPOCHS_AT_ONCE, lookAgain },
      {
        ...{ source, proofVerifier, clock: systemClock, random: systemRandom },
        ...{ state: { position: undefined, advance: async () => {} }, progress: SILENT },
      },
    );
    return await audit.run(new AbortController().signal);
  } finally {
    await proofVerifier.close();
  }
}

const SILENT = { start: async (): Promise<void> => {}, advance(): void {}, note(): void {} };
