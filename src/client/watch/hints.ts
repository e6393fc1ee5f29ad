/** When to ask again: hints of several nodes, merged, and rationed so that no node can make a reader ask endlessly. */
import type { Clock } from "../../core/clock.ts";

/** One head reaches several nodes, and several auditors sign within moments: they are one question. */
const GATHER_MS = 500;
/** What one node may cause: with 10 auditors an epoch is 11 hints, most of them merged. */
const BURST = 10;
const PERIOD_MS = 3_000;

interface Ration {
  /** When the burst is available again. */
  fullAtMs: number;
  hintedAtMs: number | undefined;
}

export class Hints {
  readonly #clock: Clock;
  readonly #rations: Map<string, Ration> = new Map();
  #wake = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `node` says that something may have changed. */
  hint(node: string): void {
    const ration = this.#rations.get(node) ?? { fullAtMs: 0, hintedAtMs: undefined };
    this.#rations.set(node, ration);
    if (ration.hintedAtMs !== undefined) return;
    ration.hintedAtMs = this.#clock.elapsedMs();
    this.wake();
  }

  /** Waiters look again at the time. */
  wake(): void {
    const woken = this.#wake;
    this.#wake = new AbortController();
    woken.abort();
  }

  /**
   * Waits until a hint is due or until `dueMs()`, whichever is first. Asking now covers every hint given before this
   * returns.
   */
  async next(dueMs: () => number, signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.wake();
    signal.addEventListener("abort", onAbort, { once: true });
    while (!signal.aborted) {
      const nowMs = this.#clock.elapsedMs();
      const waitMs = Math.min(dueMs(), ...[...this.#rations.values()].map(hintDueMs)) - nowMs;
      if (waitMs <= 0) break;
      await this.#clock.sleep(waitMs, this.#wake.signal);
    }
    signal.removeEventListener("abort", onAbort);
    this.#take();
  }

  #take(): void {
    const nowMs = this.#clock.elapsedMs();
    for (const ration of this.#rations.values()) {
      const fullAtMs = Math.min(ration.fullAtMs, nowMs + BURST * PERIOD_MS);
      ration.fullAtMs = hintDueMs(ration) <= nowMs ? Math.max(nowMs, fullAtMs) + PERIOD_MS : fullAtMs;
      ration.hintedAtMs = undefined;
    }
  }
}

function hintDueMs({ hintedAtMs, fullAtMs }: Ration): number {
  if (hintedAtMs === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(hintedAtMs + GATHER_MS, fullAtMs - (BURST - 1) * PERIOD_MS);
}
