/**
 * The worlds of a sweep that are finished, a line each, in a file that is only appended to and synced; so a sweep that
 * was killed goes on. Its first line says which sweep it is, a later one of the same kind that it has more repeats now.
 * A last line that was not wholly written is cut off.
 */
import { type FileHandle, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CoauditError } from "../../core/errors.ts";
import { canonicalJson } from "../../simulator/scenario/scenario-hash.ts";
import type { WorldResult } from "../../simulator/world/run-world.ts";
import { FolderLock, LOCK } from "./folder-lock.ts";
import { makeFolder } from "./make-folder.ts";
import { notWritten } from "./not-written.ts";
import type { SweepPlan, SweepWorld } from "./sweep-plan.ts";

export interface FinishedWorld extends SweepWorld, WorldResult {}

export interface JournalOptions {
  readonly folder: string;
  readonly plan: SweepPlan;
  readonly version: string;
  /** For a new sweep: a name that no other sweep has, of letters and digits. */
  readonly run: string;
}

interface Header {
  readonly coaudit: string;
  readonly scenarioHash: string;
  readonly pointsHash: string;
  readonly vary: unknown;
  readonly repeats: number;
  readonly seed: number;
  readonly run: string;
}

const JOURNAL = "journal.jsonl";

/** What people call the settings that must not change. */
const WORDS: Readonly<Record<Exclude<keyof Header, "run">, string>> = {
  coaudit: "the version of coaudit",
  scenarioHash: "the scenario (its file, or --set)",
  pointsHash: "what --vary makes of the scenario",
  vary: "--vary",
  repeats: "--repeats",
  seed: "--seed",
};

export class Journal {
  /** As in the options, or that of the sweep that continues. */
  readonly run: string;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #lock: FolderLock;
  readonly #worlds = new Map<string, FinishedWorld>();
  #unwritten: string[] = [];
  #writing: Promise<void> | undefined;
  /** Of the lines that are on disk. */
  #sizeBytes: number;
  #failure: CoauditError | undefined;

  /**
   * Throws SWEEP_DIFFERS where the folder holds another sweep, RUN_FOLDER_OCCUPIED where it holds something else,
   * RUN_FOLDER_BUSY where another process is at it, CONFIG_UNREADABLE where it is not a folder, SWEEP_JOURNAL_DAMAGED.
   */
  static async open(options: JournalOptions): Promise<Journal> {
    await takeFolder(options.folder);
    const lock = await FolderLock.take(options.folder);
    try {
      return await Journal.#opened(options, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  static async #opened(options: JournalOptions, lock: FolderLock): Promise<Journal> {
    const path = join(options.folder, JOURNAL);
    const { header, worlds, sizeBytes } = await readJournal(path, options);
    const file = await open(path, "a");
    try {
      await file.truncate(sizeBytes);
      const journal = new Journal({ file, path, sizeBytes, lock }, header.run, worlds);
      const { repeats } = options.plan;
      if (sizeBytes === 0) await journal.#append(header);
      else if (repeats > header.repeats) await journal.#append({ ...header, repeats });
      return journal;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private constructor(
    { file, path, sizeBytes, lock }: { file: FileHandle; path: string; sizeBytes: number; lock: FolderLock },
    run: string,
    worlds: readonly FinishedWorld[],
  ) {
    this.#file = file;
    this.#lock = lock;
    this.#path = path;
    this.#sizeBytes = sizeBytes;
    this.run = run;
    for (const world of worlds) this.#worlds.set(keyOf(world), world);
  }

  get size(): number {
    return this.#worlds.size;
  }

  get(world: SweepWorld): FinishedWorld | undefined {
    return this.#worlds.get(keyOf(world));
  }

  /** Resolves when it is on disk. Throws SIMULATION_RESULT_NOT_WRITTEN, and from then on for every other world too. */
  async add(world: FinishedWorld): Promise<void> {
    await this.#append(world);
    this.#worlds.set(keyOf(world), world);
  }

  /** A write that failed is reported by the add() that waits for it. */
  async close(): Promise<void> {
    await this.#writing?.catch(() => {});
    await this.#file.close();
    await this.#lock.release();
  }

  /** Lines that come while one is synced share the next sync. */
  async #append(line: object): Promise<void> {
    // A failed write may have left part of a line, and a line after that would damage the middle of the journal.
    if (this.#failure !== undefined) throw this.#failure;
    this.#unwritten.push(`${JSON.stringify(line)}\n`);
    await this.#writing;
    this.#writing ??= this.#flush();
    await this.#writing;
  }

  async #flush(): Promise<void> {
    try {
      const lines = Buffer.from(this.#unwritten.splice(0).join(""));
      await this.#file.appendFile(lines);
      await this.#file.datasync();
      this.#sizeBytes += lines.length;
    } catch (cause) {
      this.#failure = await this.#failed(cause);
      throw this.#failure;
    } finally {
      this.#writing = undefined;
    }
  }

  async #failed(cause: unknown): Promise<CoauditError> {
    // If even that fails, the next start cuts off the last line.
    await this.#file.truncate(this.#sizeBytes).catch(() => {});
    return notWritten(this.#path, "it continues after the finished worlds", cause);
  }
}

async function takeFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  const found = (await readdir(folder)).sort();
  if (found.includes(JOURNAL) || found.every((name) => name === LOCK)) return;
  const message = `${folder} holds ${found.slice(0, 5).join(", ")} but no sweep; choose a new or empty folder`;
  throw new CoauditError("RUN_FOLDER_OCCUPIED", message, { folder, found });
}

function keyOf({ point, repeat }: SweepWorld): string {
  return `${point}-${repeat}`;
}

interface JournalContent {
  readonly header: Header;
  readonly worlds: readonly FinishedWorld[];
  /** Up to the end of the last whole line. */
  readonly sizeBytes: number;
}

async function readJournal(path: string, { folder, plan, version, run }: JournalOptions): Promise<JournalContent> {
  const { scenarioHash, pointsHash, vary, repeats, seed } = plan;
  const own: Header = { coaudit: version, scenarioHash, pointsHash, vary, repeats, seed, run };
  const { lines, sizeBytes } = wholeLines(await contentOf(path), path);
  const headers = lines.filter((line): line is Header => Object.hasOwn(line, "scenarioHash"));
  const header = headers.at(-1);
  if (header === undefined) return { header: own, worlds: [], sizeBytes: 0 };
  const worlds = lines.filter((line): line is FinishedWorld => Object.hasOwn(line, "point"));
  const names = Object.keys(WORDS) as (keyof typeof WORDS)[];
  const differs = names.filter((name) =>
    name === "repeats" ? own.repeats < header.repeats : canonicalJson(header[name]) !== canonicalJson(own[name]),
  );
  if (differs.length > 0) {
    const what = differs.map((name) => `${WORDS[name]} (there ${short(header[name])}, here ${short(own[name])})`);
    const advice = "give the same options (or more --repeats), another --out, or remove that folder";
    const message = `${folder} holds another sweep, which differs in ${what.join(", ")}; ${advice}`;
    throw new CoauditError("SWEEP_DIFFERS", message, { folder, differs });
  }
  return { header, worlds, sizeBytes };
}

function wholeLines(content: Buffer, path: string): { lines: object[]; sizeBytes: number } {
  const lines: object[] = [];
  let at = 0;
  for (;;) {
    const end = content.indexOf(0x0a, at);
    if (end < 0) return { lines, sizeBytes: at };
    const line = parsed(content.toString("utf8", at, end));
    if (line === undefined) {
      if (end === content.length - 1) return { lines, sizeBytes: at };
      const message = `${path}, line ${lines.length + 1}, is damaged; remove that line and those after it, and start again`;
      throw new CoauditError("SWEEP_JOURNAL_DAMAGED", message, { file: path, line: lines.length + 1 });
    }
    lines.push(line);
    at = end + 1;
  }
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 16)}…` : /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 8)}…` : text;
}
