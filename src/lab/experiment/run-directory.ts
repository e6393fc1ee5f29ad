/**
 * The folder of one run: trace.jsonl and summary.json. What is there is complete; a trace under way is called
 * trace.jsonl.part.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CoauditError } from "../../core/errors.ts";
import { isLeftBeside, renameSynced, replaceFile } from "../../platform/replace-file.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import type { WorldMeasures } from "../../simulator/world/measures.ts";
import { FolderLock, LOCK } from "./folder-lock.ts";
import { makeFolder } from "./make-folder.ts";
import { notWritten } from "./not-written.ts";
import type { Provenance } from "./provenance.ts";
import { TraceFile } from "./trace-file.ts";

/** What summary.json of a run holds, in this order (docs/simulator.md). */
export interface RunSummary extends Provenance {
  readonly kind: "run";
  readonly seed: number;
  readonly scenarioHash: string;
  readonly scenario: Scenario;
  readonly traceHash: string;
  readonly measures: WorldMeasures;
}

const SUMMARY = "summary.json";
const TRACE = "trace.jsonl";
const PART = "trace.jsonl.part";
/** Made from the other two, so that the same run keeps it valid. */
const REPORT = "report.html";
const OURS: readonly string[] = [SUMMARY, TRACE, PART];

export class RunDirectory {
  readonly folder: string;
  readonly #lock: FolderLock;
  #trace: TraceFile | undefined;

  private constructor(folder: string, lock: FolderLock) {
    this.folder = folder;
    this.#lock = lock;
  }

  /**
   * Makes the folder, or takes one that is empty, holds an unfinished run, or the very run that is asked for (which
   * gives the same files again). Throws RUN_FOLDER_OCCUPIED for any other, RUN_FOLDER_BUSY while another process writes
   * to it, CONFIG_UNREADABLE when it cannot be made.
   */
  static async open(folder: string, run: Pick<RunSummary, "seed" | "scenarioHash">): Promise<RunDirectory> {
    await makeFolder(folder);
    // Before anything is made in a folder that may be somebody else's.
    await oursIn(folder, run);
    const lock = await FolderLock.take(folder);
    try {
      for (const name of await oursIn(folder, run)) await rm(join(folder, name));
      return new RunDirectory(folder, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get traceFile(): string {
    return join(this.folder, TRACE);
  }

  /** Its name while it is written; a run that fails leaves it behind. */
  get traceFilePart(): string {
    return join(this.folder, PART);
  }

  beginTrace(): TraceFile {
    this.#trace = new TraceFile(this.traceFilePart);
    return this.#trace;
  }

  /**
   * Throws SIMULATION_RESULT_NOT_WRITTEN: a summary vouches for the whole trace by its hash, so there is no summary
   * without a trace.
   */
  async finish(summary: RunSummary): Promise<void> {
    try {
      this.#trace?.close();
      this.#trace?.check();
      await this.#write(summary);
    } finally {
      await this.#lock.release();
    }
  }

  async #write(summary: RunSummary): Promise<void> {
    const path = join(this.folder, SUMMARY);
    try {
      if (this.#trace !== undefined) await renameSynced(this.traceFilePart, this.traceFile);
      await replaceFile(path, `${JSON.stringify(summary, undefined, 2)}\n`);
    } catch (cause) {
      throw notWritten(path, "it starts from the beginning", cause);
    }
  }

  /** Without finishing: the trace so far stays behind as a part. */
  async close(): Promise<void> {
    this.#trace?.close();
    await this.#lock.release();
  }
}

/** The files of an unfinished run, or of the same one. Throws RUN_FOLDER_OCCUPIED where there are others. */
async function oursIn(folder: string, run: Pick<RunSummary, "seed" | "scenarioHash">): Promise<string[]> {
  const found = (await readdir(folder)).filter((name) => name !== LOCK).sort();
  const others = found.filter((name) => !isOurs(name) && name !== REPORT);
  if (others.length > 0) throw occupied(folder, found, `it holds ${others.slice(0, 5).join(", ")}`);
  if (found.includes(SUMMARY) && !(await isOf(join(folder, SUMMARY), run))) {
    throw occupied(folder, found, "it holds another run: the seed or the scenario in its summary.json differs");
  }
  return found.filter(isOurs);
}

function isOurs(name: string): boolean {
  return OURS.includes(name) || isLeftBeside(SUMMARY, name);
}

async function isOf(path: string, { seed, scenarioHash }: Pick<RunSummary, "seed" | "scenarioHash">): Promise<boolean> {
  try {
    const summary = JSON.parse(await readFile(path, "utf8")) as Partial<RunSummary> | null;
    return summary?.kind === "run" && summary.seed === seed && summary.scenarioHash === scenarioHash;
  } catch {
    return false;
  }
}

function occupied(folder: string, found: string[], why: string): CoauditError<"RUN_FOLDER_OCCUPIED"> {
  const message = `${folder}: ${why}; choose a new or empty folder, or remove it`;
  return new CoauditError("RUN_FOLDER_OCCUPIED", message, { folder, found });
}
