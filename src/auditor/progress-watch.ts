/**
 * Does this auditor still learn anything? By what arrived, not by what failed: a source that answers without end, or
 * with what it answered last week, fails never. [a listing that drips a byte in five seconds, a replayed old listing]
 */
import type { Clock } from "../core/clock.ts";
import type { EpochSource, FetchedBlob } from "../source/source.ts";
import type { BlobMirror, OtherAuditors } from "./ports.ts";
import type { Trouble } from "./trouble.ts";
import { Waker } from "./waker.ts";

export interface ProgressModules {
  readonly others: OtherAuditors;
  readonly clock: Clock;
}

const PATIENCE_POLLS = 10;
const LEAST_PATIENCE_MS = 120_000;
/** Catching up after a pause is no trouble; neither is the spread of a few polls between auditors. */
const MOST_EPOCHS_BELOW = 20;

export class ProgressWatch {
  readonly #modules: ProgressModules;
  readonly #patienceMs: number;
  /** Elapsed, as all times here. */
  #movedMs: number;
  #belowSinceMs: number | undefined;
  #epoch = 0;
  #hasEnded = false;
  readonly #waker = new Waker();

  constructor({ pollIntervalMs }: { readonly pollIntervalMs: number }, modules: ProgressModules) {
    this.#modules = modules;
    this.#patienceMs = Math.max(LEAST_PATIENCE_MS, PATIENCE_POLLS * pollIntervalMs);
    this.#movedMs = modules.clock.elapsedMs();
  }

  /** The newest verified epoch was confirmed as the newest, or a proof is arriving inside its time. */
  moved(): void {
    this.#movedMs = this.#modules.clock.elapsedMs();
  }

  verified(epoch: number): void {
    this.#epoch = epoch;
    this.moved();
  }

  /** The log has no further epoch. */
  ended(): void {
    this.#hasEnded = true;
    this.#waker.wake();
  }

  /** Calls `onLook` whenever `trouble` may have something new to say. */
  async watch(onLook: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#hasEnded) {
      onLook();
      await this.#waker.wait(this.#modules.clock, this.#nextLookMs, signal);
    }
  }

  /** `source`, whose proofs are seen to arrive. */
  watchSource(source: EpochSource): EpochSource {
    return {
      latest: (signal, from) => source.latest(signal, from),
      listing: (epoch, signal) => source.listing(epoch, signal),
      fetch: async (...asked) => this.#watched(await source.fetch(...asked)),
    };
  }

  watchMirror(mirror: BlobMirror): BlobMirror {
    return { host: mirror.host, fetch: async (...asked) => this.#watched(await mirror.fetch(...asked)) };
  }

  /** What keeps this auditor behind, if nothing else was said to. Also takes note of where the others are now. */
  trouble(): Trouble | undefined {
    if (this.#hasEnded) return undefined;
    const nowMs = this.#modules.clock.elapsedMs();
    const height = this.#modules.others.highestSignedByOthers();
    if (height - this.#epoch <= MOST_EPOCHS_BELOW) this.#belowSinceMs = undefined;
    else this.#belowSinceMs ??= nowMs;
    if (this.#belowSinceMs !== undefined && nowMs - this.#belowSinceMs >= this.#patienceMs) {
      const message = `other auditors have signed up to epoch ${height}, this one verified ${this.#epoch}, for ${minutes(nowMs - this.#belowSinceMs)}: is the source showing an old state?`;
      return { reason: "source", code: "OTHERS_AHEAD", message };
    }
    if (nowMs - this.#movedMs >= this.#patienceMs) {
      const message = `nothing was verified after epoch ${this.#epoch}, nor confirmed as the newest, for ${minutes(nowMs - this.#movedMs)}`;
      return { reason: "transport", code: "NO_PROGRESS", message };
    }
    return undefined;
  }

  get #nextLookMs(): number {
    const sinceMs = Math.min(this.#movedMs, this.#belowSinceMs ?? Infinity);
    const leftMs = sinceMs + this.#patienceMs - this.#modules.clock.elapsedMs();
    return leftMs > 0 ? leftMs : this.#patienceMs;
  }

  #watched(blob: FetchedBlob): FetchedBlob {
    const iterator = blob.body[Symbol.asyncIterator]();
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      const result = await iterator.next();
      this.moved();
      return result;
    };
    const leave = async (): Promise<IteratorResult<Uint8Array>> => {
      await iterator.return?.();
      return { done: true, value: undefined };
    };
    return { ...blob, body: { [Symbol.asyncIterator]: () => ({ next, return: leave }) } };
  }
}

function minutes(ms: number): string {
  return `${Math.floor(ms / 60_000)} min`;
}
