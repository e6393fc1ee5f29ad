/**
 * Which alerts stand and which receiver was told what, in one file of the data folder: nothing is forgotten by a
 * restart, and nothing is told twice because of one. There is no queue: what a receiver is owed is what stands and was
 * not told yet, so a receiver that is away for a week is owed as much as there are alerts.
 */
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import Type from "typebox";
import { Value } from "typebox/value";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { Serial } from "../core/serial.ts";
import { replaceFile } from "../platform/replace-file.ts";
import type { Alert, Condition } from "./alert.ts";

/** Alerts that stand at once. There are a few for each auditor and namespace, of which there are 256 and 64. */
const MAX_STANDING = 256;

/** What a receiver was told last of an alert: its state, and what it is told of again. */
type Told = string;

const ATTEMPTED: Told = "attempted";

interface Entry {
  alert: Alert;
  readonly told: Map<string, Told>;
}

const BookSchema = Type.Object({
  format: Type.Literal("coaudit/alerts/v1"),
  alerts: Type.Array(
    Type.Object({
      alert: Type.Object({
        key: Type.String(),
        kind: Type.String(),
        severity: Type.Union([Type.Literal("critical"), Type.Literal("warning")]),
        node: Type.String(),
        state: Type.Union([Type.Literal("firing"), Type.Literal("resolved")]),
        startedAtMs: Type.Number(),
        summary: Type.String(),
        what: Type.String(),
        act: Type.String(),
        how: Type.Array(Type.String()),
      }),
      told: Type.Record(Type.String(), Type.String()),
    }),
  ),
  lastingMs: Type.Record(Type.String(), Type.Number()),
});

export interface Listener {
  readonly name: string;
  /** The least that it is told. */
  readonly severity: Alert["severity"];
}

export function alertsFile(dataFolder: string): string {
  return join(dataFolder, "alerts.json");
}

export class AlertBook {
  readonly #file: string;
  readonly #log: Logger;
  readonly #serial = new Serial();
  readonly #entries: Map<string, Entry> = new Map();
  /** How long conditions have lasted that must last before anybody is told. */
  lastingMs: ReadonlyMap<string, number> = new Map();
  #complaint: string | undefined;

  private constructor(file: string, log: Logger) {
    this.#file = file;
    this.#log = log;
  }

  /** A file that cannot be read is set aside: what stands is told again. */
  static async open({ file }: { readonly file: string }, { log }: { readonly log: Logger }): Promise<AlertBook> {
    const book = new AlertBook(file, log);
    try {
      book.#load(JSON.parse(await readFile(file, "utf8")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return book;
      await rename(file, `${file}.aside`).catch(() => undefined);
      log.warn({ file, error: errorMessage(error) }, "what was told before cannot be read; alerts are told again");
    }
    return book;
  }

  /** Everything that stands, and what ended and is still to be told. */
  alerts(): Alert[] {
    return [...this.#entries.values()].map(({ alert }) => alert);
  }

  /**
   * What is not well now, the weightiest first. `mayEnd`: whether a condition that is not there may count as ended.
   * True if anything changed.
   */
  update(
    conditions: readonly Condition[],
    { node, nowMs, mayEnd }: { readonly node: string; readonly nowMs: number; mayEnd(key: string): boolean },
  ): boolean {
    const before = JSON.stringify(this.alerts().map(markOf));
    const standing = new Map(conditions.slice(0, MAX_STANDING).map((condition) => [condition.key, condition]));
    const present = new Set(conditions.map(({ key }) => key));
    for (const [key, condition] of standing) {
      const entry = this.#entries.get(key);
      if (entry === undefined && this.#entries.size >= 2 * MAX_STANDING) continue;
      // One that ended and was not told to have ended goes on.
      const startedAtMs = entry?.alert.startedAtMs ?? nowMs;
      const alert: Alert = { ...condition, node, state: "firing", startedAtMs };
      if (entry === undefined) this.#entries.set(key, { alert, told: new Map() });
      else entry.alert = alert;
    }
    for (const [key, entry] of this.#entries) {
      // What there was no room for has not ended.
      if (present.has(key) || entry.alert.state === "resolved" || !mayEnd(key)) continue;
      entry.alert = { ...entry.alert, state: "resolved", endedAtMs: nowMs };
    }
    this.#forgetTold();
    return JSON.stringify(this.alerts().map(markOf)) !== before;
  }

  /** What this receiver was not told yet, in the order in which it began. */
  owed(listener: Listener): Alert[] {
    return [...this.#entries.values()]
      .filter((entry) => isOwed(entry, listener))
      .map(({ alert }) => alert)
      .sort((a, b) => a.startedAtMs - b.startedAtMs);
  }

  /** What stands and concerns this receiver, told or not. */
  standing({ severity }: Listener): Alert[] {
    return this.alerts().filter((alert) => alert.state === "firing" && fits(alert, severity));
  }

  /**
   * An attempt begins, and may reach the receiver whatever becomes of it: it is owed the end, too. True if that was not
   * known before.
   */
  telling({ name }: Listener, alerts: readonly Alert[]): boolean {
    const untold = alerts.flatMap(({ key }) => this.#entries.get(key) ?? []).filter(({ told }) => !told.has(name));
    for (const { told } of untold) told.set(name, ATTEMPTED);
    return untold.length > 0;
  }

  /** The receiver has these, as they were given to it. */
  told({ name }: Listener, alerts: readonly Alert[]): void {
    for (const alert of alerts) this.#entries.get(alert.key)?.told.set(name, toldOf(alert));
    this.#forgetTold();
  }

  /** Receivers that are gone are owed nothing. */
  keepOnly(names: readonly string[]): void {
    for (const { told } of this.#entries.values()) {
      for (const name of told.keys()) if (!names.includes(name)) told.delete(name);
    }
    this.#forgetTold();
  }

  /** On disk, synced. A disk that refuses must not keep an alert about it from being told, so this never throws. */
  save(): Promise<void> {
    return this.#serial.run(async () => {
      const alerts = [...this.#entries.values()].map(({ alert, told }) => ({ alert, told: Object.fromEntries(told) }));
      const lastingMs = Object.fromEntries(this.lastingMs);
      try {
        const text = `${JSON.stringify({ format: "coaudit/alerts/v1", alerts, lastingMs })}\n`;
        await replaceFile(this.#file, text, { mode: 0o600, links: "replace" });
        this.#complaint = undefined;
      } catch (error) {
        const complaint = errorMessage(error);
        if (complaint !== this.#complaint) this.#log.warn({ error: complaint }, "what was told is not on disk");
        this.#complaint = complaint;
      }
    });
  }

  #load(value: unknown): void {
    if (!Value.Check(BookSchema, value)) throw new Error("it is no coaudit/alerts/v1");
    const { alerts, lastingMs } = value as { alerts: { alert: Alert; told: Record<string, string> }[] } & {
      lastingMs: Record<string, number>;
    };
    for (const { alert, told } of alerts) {
      this.#entries.set(alert.key, { alert, told: new Map(Object.entries(told)) });
    }
    this.lastingMs = new Map(Object.entries(lastingMs));
  }

  /** What ended is kept until everybody knows who had heard of it; at most as many as may stand. */
  #forgetTold(): void {
    const ended = [...this.#entries].filter(([, { alert }]) => alert.state === "resolved");
    ended.forEach(([key, { told }], index) => {
      const isKnown = [...told.values()].every((state) => state === "resolved");
      if (isKnown || ended.length - index > MAX_STANDING) this.#entries.delete(key);
    });
  }
}

function isOwed({ alert, told }: Entry, { name, severity }: Listener): boolean {
  const state = told.get(name);
  if (state === toldOf(alert)) return false;
  return alert.state === "resolved" ? state !== undefined : fits(alert, severity);
}

function fits(alert: Alert, severity: Alert["severity"]): boolean {
  return severity === "warning" || alert.severity === "critical";
}

function toldOf({ state, severity, revision = "" }: Alert): Told {
  return state === "resolved" ? state : `${state} ${severity} ${revision}`;
}

function markOf(alert: Alert): string {
  return `${alert.key} ${toldOf(alert)}`;
}
