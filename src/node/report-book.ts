/**
 * What readers say that they were shown, beside what auditors saw. Nothing signed stands behind it, so it is no
 * statement, travels nowhere and changes nothing: it is there for the operator to look at. Neither who sent it nor
 * whose key it was about is known here.
 */
import type { Clock } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { Serial } from "../core/serial.ts";
import { replaceFile } from "../platform/replace-file.ts";
import { isMissing, readTextFile } from "../platform/text-file.ts";

/** One for each namespace, epoch and digest that was shown. */
export interface ReportEntry {
  readonly namespace: string;
  readonly epoch: number;
  readonly shownDigest: string;
  readonly auditedDigest: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface ReportBookModules {
  readonly clock: Clock;
  readonly log: Logger;
}

/** Some 300 bytes each. A provider that lies to many at one epoch makes one entry for each digest. */
const MAX_ENTRIES = 1_000;
/** Strangers choose how often they report; the file is written this often at most. */
const WRITE_MS = 10_000;
const FORMAT = "coaudit/reports/v1";

export class ReportBook {
  readonly #file: string;
  readonly #modules: ReportBookModules;
  readonly #entries: Map<string, ReportEntry>;
  readonly #life = new AbortController();
  readonly #writes = new Serial();
  #isDirty = false;
  #isWaiting = false;

  private constructor(file: string, entries: readonly ReportEntry[], modules: ReportBookModules) {
    this.#file = file;
    this.#modules = modules;
    this.#entries = new Map(entries.map((entry) => [keyOf(entry), entry]));
  }

  /** What can't be read is begun anew: a report proves nothing, and must not keep a node from starting. */
  static async open(file: string, modules: ReportBookModules): Promise<ReportBook> {
    try {
      return new ReportBook(file, entriesIn(await readTextFile(file)), modules);
    } catch (error) {
      if (!isMissing(error)) {
        modules.log.info({ file, error: errorMessage(error) }, "the reports of readers are begun anew");
      }
      return new ReportBook(file, [], modules);
    }
  }

  /** The newest first. */
  list(): readonly ReportEntry[] {
    return [...this.#entries.values()].sort((a, b) => b.lastMs - a.lastMs);
  }

  /** "repeated" if it was there. When there is no more room, the one that was repeated longest ago gives way. */
  add(said: Pick<ReportEntry, "namespace" | "epoch" | "shownDigest" | "auditedDigest">): "new" | "repeated" {
    const nowMs = this.#modules.clock.now();
    const { namespace, epoch, shownDigest, auditedDigest } = said;
    const known = this.#entries.get(keyOf(said));
    const counted = { count: (known?.count ?? 0) + 1, firstMs: known?.firstMs ?? nowMs, lastMs: nowMs };
    // At the end: what was repeated longest ago is first.
    this.#entries.delete(keyOf(said));
    this.#entries.set(keyOf(said), { namespace, epoch, shownDigest, auditedDigest, ...counted });
    if (this.#entries.size > MAX_ENTRIES) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#isDirty = true;
    void this.#writeLater();
    return known === undefined ? "new" : "repeated";
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    this.#life.abort();
    await this.#write();
  }

  async #writeLater(): Promise<void> {
    if (this.#isWaiting || this.#life.signal.aborted) return;
    this.#isWaiting = true;
    await this.#modules.clock.sleep(WRITE_MS, this.#life.signal);
    this.#isWaiting = false;
    await this.#write();
  }

  #write(): Promise<void> {
    return this.#writes.run(async () => {
      if (!this.#isDirty) return;
      this.#isDirty = false;
      const text = `${JSON.stringify({ format: FORMAT, reports: [...this.#entries.values()] })}\n`;
      try {
        await replaceFile(this.#file, text, { mode: 0o600 });
      } catch (error) {
        this.#isDirty = true;
        this.#modules.log.info({ file: this.#file, error: errorMessage(error) }, "the reports of readers are not kept");
      }
    });
  }
}

function keyOf({ namespace, epoch, shownDigest }: Pick<ReportEntry, "namespace" | "epoch" | "shownDigest">): string {
  return `${namespace} ${epoch} ${shownDigest}`;
}

function entriesIn(text: string): ReportEntry[] {
  const { format, reports } = (JSON.parse(text) ?? {}) as { format?: unknown; reports?: unknown };
  if (format !== FORMAT || !Array.isArray(reports)) throw new Error(`it is not ${FORMAT}`);
  if (!reports.every(isEntry)) throw new Error("an entry is damaged");
  return reports.slice(-MAX_ENTRIES);
}

function isEntry(value: unknown): value is ReportEntry {
  const entry = (value ?? {}) as Partial<Record<keyof ReportEntry, unknown>>;
  const numbers = [entry.epoch, entry.count, entry.firstMs, entry.lastMs];
  const texts = [entry.namespace, entry.shownDigest, entry.auditedDigest];
  return numbers.every((one) => Number.isSafeInteger(one)) && texts.every((one) => typeof one === "string");
}
