/**
 * Tells people when something is not well on this node, each matter once. The cases, their classes and who acknowledged
 * them are the ledger's; what is a warning elsewhere (`coaudit status`, /auditz) is the same here.
 */
import { statfs } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import type { Clock, Random } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { NodeConfig } from "../node/config/config.ts";
import type { AlertsConfig } from "../node/config/config-alerts.ts";
import type { NodeView } from "../node/view.ts";
import type { Condition } from "./alert.ts";
import { AlertBook, alertsFile } from "./alert-book.ts";
import { conditionsOf, type Seen } from "./conditions.ts";
import { deliver } from "./delivery.ts";
import { receiverOf } from "./receivers/receiver-of.ts";

/** A halt and a full disk have no event of their own. */
const LOOK_MS = 10_000;
/** Longer steps are a machine that slept: nothing lasted meanwhile, as far as this node knows. */
const MAX_STEP_MS = 60_000;
/** What stood before a restart is not over because the node has not come round to it. */
const NOTHING_ENDS_MS = 120_000;
/** How long something has lasted is written this often. */
const SAVE_MS = 600_000;

export interface AlertsModules {
  readonly node: Pick<NodeView, "status" | "cases" | "onEvent">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

type AlertedConfig = Pick<NodeConfig, "file" | "name" | "dataFolder" | "alerts">;

export class Alerts {
  readonly #modules: AlertsModules;
  readonly #book: AlertBook;
  readonly #startedMs: number;
  readonly #life = new AbortController();
  readonly #running: Set<Promise<void>> = new Set();
  #config: AlertedConfig;
  /** Ends the deliveries of one configuration. */
  #deliveries = new AbortController();
  #news = new AbortController();
  #wake = new AbortController();
  #lookedMs: number;
  #savedMs: number;
  #stopListening: () => void = () => {};

  private constructor(config: AlertedConfig, book: AlertBook, modules: AlertsModules) {
    this.#config = config;
    this.#book = book;
    this.#modules = modules;
    this.#startedMs = modules.clock.elapsedMs();
    this.#lookedMs = this.#startedMs;
    this.#savedMs = this.#startedMs;
  }

  static async open(config: AlertedConfig, modules: AlertsModules): Promise<Alerts> {
    const book = await AlertBook.open({ file: alertsFile(config.dataFolder) }, modules);
    return new Alerts(config, book, modules);
  }

  start(): void {
    this.#stopListening = this.#modules.node.onEvent(({ type }) => {
      if (type.startsWith("case-") || type === "own-key-conflict") this.#wake.abort();
    });
    this.#startDeliveries();
    this.#track(this.#watch());
  }

  /** Other receivers or thresholds; what stands is told to new ones, too. */
  configure(config: AlertedConfig): void {
    const isSame = isDeepStrictEqual(config.alerts, this.#config.alerts);
    this.#config = config;
    this.#wake.abort();
    // What is on its way goes on: a command that is ended half-way would tell its news a second time.
    if (isSame) return;
    this.#deliveries.abort();
    this.#startDeliveries();
  }

  /** Ends deliveries under way, with the commands that they run: they are made up for by the next start. */
  async stop(): Promise<void> {
    this.#stopListening();
    for (const one of [this.#life, this.#deliveries, this.#wake, this.#news]) one.abort();
    await Promise.all(this.#running);
    await this.#book.save();
  }

  #startDeliveries(): void {
    const receivers = this.#config.alerts?.receivers ?? [];
    this.#deliveries = new AbortController();
    this.#book.keepOnly(receivers.map(({ name }) => name));
    const modules = { ...this.#modules, book: this.#book, news: () => this.#news.signal };
    for (const receiver of receivers) {
      this.#track(deliver(receiverOf(receiver, modules), modules, this.#deliveries.signal));
    }
    // Those of an earlier configuration wait for news.
    this.#tell();
  }

  async #watch(): Promise<void> {
    const { clock, log } = this.#modules;
    while (!this.#life.signal.aborted) {
      this.#wake = new AbortController();
      const { alerts } = this.#config;
      try {
        if (alerts !== undefined && alerts.receivers.length > 0) await this.#look(alerts);
      } catch (error) {
        log.error({ error: errorMessage(error) }, "the node could not be looked at for alerts");
      }
      if (this.#life.signal.aborted) return;
      await clock.sleep(LOOK_MS, this.#wake.signal);
    }
  }

  async #look(thresholds: AlertsConfig): Promise<void> {
    const { node, clock } = this.#modules;
    const { file, name, dataFolder } = this.#config;
    const sight = {
      configFile: file,
      status: node.status(),
      cases: node.cases(),
      freeBytes: await freeBytes(dataFolder),
    };
    const elapsedMs = clock.elapsedMs();
    const seen = conditionsOf(sight, thresholds);
    const lastingMs = this.#count(seen, Math.min(MAX_STEP_MS, elapsedMs - this.#lookedMs));
    this.#lookedMs = elapsedMs;
    const standing = seen
      .filter(({ condition, afterMs }) => (lastingMs.get(condition.key) ?? 0) >= afterMs)
      .map(({ condition }) => condition)
      .sort(weightiestFirst);
    const mayEnd = (key: string): boolean => !this.#isYoung || key.startsWith("case:");
    const isChanged = this.#book.update(standing, { node: name, nowMs: clock.now(), mayEnd });
    if (!isChanged && elapsedMs - this.#savedMs < SAVE_MS) return;
    this.#savedMs = elapsedMs;
    // On disk before anybody is told: a node that is killed in between tells it after its start.
    await this.#book.save();
    if (isChanged) this.#tell();
  }

  /** By the time that passed, not by the clock on the wall, which may be set. */
  #count(seen: readonly Seen[], stepMs: number): ReadonlyMap<string, number> {
    const lasting = seen.filter(({ afterMs }) => afterMs > 0).map(({ condition: { key } }) => key);
    // What lasted before a restart is not over because the node has not come round to it.
    const before = this.#isYoung ? this.#book.lastingMs : [];
    this.#book.lastingMs = new Map([...before, ...lasting.map((key) => [key, this.#lasted(key, stepMs)] as const)]);
    return this.#book.lastingMs;
  }

  get #isYoung(): boolean {
    return this.#modules.clock.elapsedMs() - this.#startedMs < NOTHING_ENDS_MS;
  }

  #lasted(key: string, stepMs: number): number {
    const before = this.#book.lastingMs.get(key);
    return before === undefined ? 0 : before + stepMs;
  }

  #tell(): void {
    const news = this.#news;
    this.#news = new AbortController();
    news.abort();
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }
}

async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function weightiestFirst(a: Condition, b: Condition): number {
  return Number(b.severity === "critical") - Number(a.severity === "critical");
}
