/**
 * Epochs that were signed although more than the one right blob was listed.
 *
 * One listed blob had a right proof, so there was one history to sign, and waiting would let anybody who can add a key
 * to the bucket silence all auditors. What was listed beside it (a wrong proof, another `previous`, a name without a
 * body) is checked again past all caches, like any other accusation. Once it is a fact it is reported; if the other
 * blob turns out right too (only its first copy was bad), the namespace halts.
 */
import type { Clock } from "../../core/clock.ts";
import { FactCounter, type FactRule } from "../../core/fact-counter.ts";
import type { Logger } from "../../core/log.ts";
import { isTransportError } from "../../source/source.ts";
import type { ObservationPublisher } from "../observation-publisher.ts";
import type { Accusation } from "./accusation.ts";
import type { VerifiedBlob } from "./blob-check.ts";
import type { Examiner, Look } from "./examiner.ts";

export interface ListingWatchModules {
  readonly examiner: Examiner;
  readonly publisher: ObservationPublisher;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Watched {
  readonly epoch: number;
  readonly from: Uint8Array;
  readonly known: VerifiedBlob;
  readonly counter: FactCounter;
  nextLookMs: number;
}

/** Each costs downloads; a log that lists two blobs in more places than this is in enough trouble. */
const MAX_WATCHED = 8;

export class ListingWatch {
  readonly #namespace: string;
  readonly #rule: FactRule;
  readonly #modules: ListingWatchModules;
  readonly #watched: Watched[] = [];
  #newestDouble = -1;

  constructor(options: FactRule & { readonly namespace: string }, modules: ListingWatchModules) {
    this.#namespace = options.namespace;
    this.#rule = options;
    this.#modules = modules;
  }

  /** Of a run of doubly listed epochs only the first is watched: the later ones of a fork add nothing. */
  add(from: Uint8Array, known: VerifiedBlob, besides: Accusation): void {
    const { epoch } = known.name;
    const continues = epoch === this.#newestDouble + 1;
    this.#newestDouble = epoch;
    if (continues || this.#watched.length >= MAX_WATCHED) return;
    const { clock, log } = this.#modules;
    const counter = new FactCounter(this.#rule);
    counter.note(besides.fingerprint, clock.elapsedMs());
    this.#watched.push({ epoch, from, known, counter, nextLookMs: clock.elapsedMs() + counter.intervalMs });
    const { blobNames } = besides;
    log.warn(
      { namespace: this.#namespace, epoch, blobNames },
      "more than one blob is listed, one is valid: checking again later",
    );
  }

  clear(): void {
    this.#watched.length = 0;
  }

  /**
   * Checks what is due. Returns an accusation that became a fact and halts. Throws what the observation's sink throws.
   */
  async look(signal: AbortSignal): Promise<Accusation | undefined> {
    for (const watched of [...this.#watched]) {
      if (this.#modules.clock.elapsedMs() < watched.nextLookMs) continue;
      watched.nextLookMs = this.#modules.clock.elapsedMs() + watched.counter.intervalMs;
      const accusation = accusationOf(await this.#lookAt(watched, signal));
      if (accusation === "unreadable") continue;
      if (accusation === undefined) {
        this.#drop(watched, "the listing is consistent again");
        continue;
      }
      watched.counter.note(accusation.fingerprint, this.#modules.clock.elapsedMs());
      if (!watched.counter.isFact()) continue;
      if (!accusation.halts) await this.#modules.publisher.say(accusation);
      this.#drop(watched, "more than one blob is permanently listed");
      if (accusation.halts) return accusation;
    }
    return undefined;
  }

  async #lookAt({ epoch, from, known }: Watched, signal: AbortSignal): Promise<Look | "unreadable"> {
    try {
      return await this.#modules.examiner.look({ epoch, from, known, depth: "fresh", readable: "one" }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isTransportError(error)) return "unreadable";
      throw error;
    }
  }

  #drop(watched: Watched, why: string): void {
    this.#watched.splice(this.#watched.indexOf(watched), 1);
    this.#modules.log.info({ namespace: this.#namespace, epoch: watched.epoch }, why);
  }
}

function accusationOf(look: Look | "unreadable"): Accusation | "unreadable" | undefined {
  if (look === "unreadable" || look.kind === "unreadable") return "unreadable";
  if (look.kind === "verified") return look.besides;
  if (look.kind === "accused" && look.accusation.kind === "conflicting-listing") return look.accusation;
  return undefined;
}
