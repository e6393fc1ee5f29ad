/** The newest epoch that the source lists, asked for seldom: each answer costs several requests. */
import type { Clock } from "../core/clock.ts";
import type { EpochSource } from "../source/source.ts";

export interface NewestListedOptions {
  readonly newestMaxAgeMs: number;
  readonly newestMaxEpochs: number;
}

export class NewestListed {
  readonly #options: NewestListedOptions;
  readonly #modules: { readonly source: EpochSource; readonly clock: Clock };
  #epoch: number | undefined;
  #askedMs: number | undefined;
  #askedAtEpoch = 0;

  constructor(options: NewestListedOptions, modules: { readonly source: EpochSource; readonly clock: Clock }) {
    this.#options = options;
    this.#modules = modules;
  }

  /** The highest epoch seen in any answer: a replica that is behind does not lower it. undefined: nothing was listed yet. */
  get epoch(): number | undefined {
    return this.#epoch;
  }

  /** A blob of this epoch was listed. */
  raise(epoch: number): void {
    this.#epoch = Math.max(epoch, this.#epoch ?? 0);
  }

  /** The next refresh asks again: after a wait, however short, a whole backlog may be there. */
  expire(): void {
    this.#askedMs = undefined;
  }

  /** Asks again when the last answer is too old, or too many epochs ago; `at` is an epoch known to be listed, or the one before. */
  async refresh(at: number, signal: AbortSignal): Promise<void> {
    const { clock, source } = this.#modules;
    const ageMs = clock.now() - (this.#askedMs ?? -Infinity);
    const isRecent = ageMs >= 0 && ageMs < this.#options.newestMaxAgeMs;
    if (isRecent && at - this.#askedAtEpoch < this.#options.newestMaxEpochs) return;
    const newest = await source.latest(signal, Math.max(1, at));
    signal.throwIfAborted();
    if (newest !== undefined) this.raise(newest);
    this.#askedMs = clock.now();
    this.#askedAtEpoch = at;
  }
}
