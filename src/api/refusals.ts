/**
 * What the log says of requests: of those that are refused, which strangers send as they like, one counted line at
 * debug; of answers that fail by the node's own fault, the first at error and then one in a while, since strangers
 * choose how often they ask.
 */
import type { Clock } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";

const COUNT_INTERVAL_MS = 60_000;
const FAILURE_INTERVAL_MS = 60_000;

export class Refusals {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #life: AbortController = new AbortController();
  /** By reason: a closed list. */
  readonly #counts: Map<string, number> = new Map();
  /** Since start, by reason. */
  readonly totals: Map<string, number> = new Map();
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #untoldFailures = 0;

  constructor(modules: { readonly log: Logger; readonly clock: Clock }) {
    this.#log = modules.log;
    this.#clock = modules.clock;
  }

  /** `reason`: one of a closed list, never what a stranger wrote. */
  count(reason: string): void {
    if (this.#counts.size === 0) void this.#tellLater();
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    this.totals.set(reason, (this.totals.get(reason) ?? 0) + 1);
  }

  failed(error: Error, path: string): void {
    const nowMs = this.#clock.now();
    if (nowMs < this.#quietUntilMs) {
      this.#untoldFailures++;
      return;
    }
    this.#quietUntilMs = nowMs + FAILURE_INTERVAL_MS;
    const more = this.#untoldFailures === 0 ? {} : { more: this.#untoldFailures };
    this.#untoldFailures = 0;
    this.#log.error({ path, error: errorMessage(error), stack: error.stack, ...more }, "a request failed");
  }

  close(): void {
    this.#life.abort();
  }

  async #tellLater(): Promise<void> {
    await this.#clock.sleep(COUNT_INTERVAL_MS, this.#life.signal);
    const refused = Object.fromEntries(this.#counts);
    this.#counts.clear();
    this.#log.debug({ refused }, "requests were refused");
  }
}
