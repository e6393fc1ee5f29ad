/** The newest epoch that the source lists, queried rarely: each answer costs several requests. */
import type { Clock } from "../../core/clock.ts";
import type { EpochSource } from "../../source/source.ts";

export interface NewestListedOptions {
  readonly newestMaxAgeMs: number;
  readonly newestMaxEpochs: number;
}

/**
 * How long an answer still counts after newer ones: one to two times this. A replica that is behind must not lower the
 * newest epoch at once, and an epoch that was listed only once must not stay the newest. [one phantom epoch far ahead
 * makes every later head a late one, until restart: late heads never count for "latest"]
 */
const REMEMBER_MS = 600_000;

export class NewestListed {
  readonly #options: NewestListedOptions;
  readonly #modules: { readonly source: EpochSource; readonly clock: Clock };
  /** Highest epoch in the answers since `#sinceMs`, and in those of the time before it. */
  #recent: number | undefined;
  #before: number | undefined;
  #sinceMs = -Infinity;
  #askedMs: number | undefined;
  #askedAtEpoch = 0;
  #answer: number | undefined;
  #belowSinceMs: number | undefined;

  constructor(options: NewestListedOptions, modules: { readonly source: EpochSource; readonly clock: Clock }) {
    this.#options = options;
    this.#modules = modules;
  }

  /** The highest epoch in the last answers. Undefined if nothing was listed yet. */
  get epoch(): number | undefined {
    if (this.#recent === undefined) return this.#before;
    return Math.max(this.#recent, this.#before ?? 0);
  }

  /** For how long the source has listed nothing as new as `epoch`: undefined while it does. */
  belowForMs(epoch: number): number | undefined {
    if (this.#askedMs === undefined || (this.#answer ?? 0) >= epoch) {
      this.#belowSinceMs = undefined;
      return undefined;
    }
    this.#belowSinceMs ??= this.#askedMs;
    return this.#modules.clock.elapsedMs() - this.#belowSinceMs;
  }

  /** What the source itself answered last, however old answers still count. */
  get answer(): number | undefined {
    return this.#answer;
  }

  /** A blob of this epoch was listed. Only an answer ages older ones: silence says nothing. */
  raise(epoch: number): void {
    const nowMs = this.#modules.clock.elapsedMs();
    if (nowMs - this.#sinceMs >= REMEMBER_MS) {
      this.#before = this.#recent;
      this.#recent = undefined;
      this.#sinceMs = nowMs;
    }
    this.#recent = Math.max(epoch, this.#recent ?? 0);
  }

  /** The next refresh asks again: after any wait, a whole backlog may be there. */
  expire(): void {
    this.#askedMs = undefined;
  }

  /**
   * Asks again when the last answer is too old, or too many epochs ago; `at` is an epoch known to be listed, or the one
   * before.
   */
  async refresh(at: number, signal: AbortSignal): Promise<void> {
    const { clock, source } = this.#modules;
    const ageMs = clock.elapsedMs() - (this.#askedMs ?? -Infinity);
    const isRecent = ageMs < this.#options.newestMaxAgeMs;
    if (isRecent && at - this.#askedAtEpoch < this.#options.newestMaxEpochs) return;
    const newest = await source.latest(signal, Math.max(1, at));
    signal.throwIfAborted();
    this.#answer = newest;
    if (newest !== undefined) this.raise(newest);
    this.#askedMs = clock.elapsedMs();
    this.#askedAtEpoch = at;
  }
}
