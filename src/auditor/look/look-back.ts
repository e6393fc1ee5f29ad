/**
 * Is the source still the log that was audited? The newest verified epoch, and an older one at random, are looked at
 * again about once a minute. [a wrong `source` line; a provider that rewrites what was signed]
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import { equalBytes } from "../../core/bytes.ts";
import { type Clock, type Random, randomBelow } from "../../core/clock.ts";
import { FactCounter, type FactRule } from "../../core/fact-counter.ts";
import type { BlobName, Listing } from "../../source/source.ts";
import type { ObservationPublisher } from "../observation-publisher.ts";
import type { VerifiedEpoch } from "../options.ts";
import type { Claims } from "../ports.ts";
import type { Trouble } from "../trouble.ts";
import { type Accusation, chainMismatch, conflictingListing } from "./accusation.ts";
import type { Examiner } from "./examiner.ts";

export interface LookBackModules {
  readonly examiner: Examiner;
  readonly claims: Claims;
  readonly publisher: ObservationPublisher;
  readonly clock: Clock;
  readonly random: Random;
}

const INTERVAL_MS = 60_000;
/** Epochs that were not as they were, looked at in every round until they are, or are said. */
const MAX_SUSPECTS = 4;
/** What is forgotten is said once more at most: the ledger keeps one observation for an epoch. */
const MAX_WATCHED_ELSEWHERE = 1_024;

interface Suspect {
  readonly counter: FactCounter;
  readonly trouble: Trouble | undefined;
}

export class LookBack {
  readonly #namespace: string;
  readonly #rule: FactRule;
  readonly #modules: LookBackModules;
  readonly #suspects: BoundedMap<number, Suspect> = new BoundedMap(MAX_SUSPECTS);
  readonly #watchedElsewhere: BoundedMap<number, true> = new BoundedMap(MAX_WATCHED_ELSEWHERE);
  #nextMs: number;

  constructor(options: FactRule & { readonly namespace: string }, modules: LookBackModules) {
    this.#namespace = options.namespace;
    this.#rule = options;
    this.#modules = modules;
    this.#nextMs = modules.clock.elapsedMs() + INTERVAL_MS;
  }

  /** More than one blob was listed when this epoch was verified (listing-watch.ts). */
  leave(epoch: number): void {
    this.#watchedElsewhere.set(epoch, true);
  }

  /** Looks when it is due. What it finds halts nothing: it is said, and returned as long as it lasts. */
  async look(frontier: VerifiedEpoch, root: VerifiedEpoch, signal: AbortSignal): Promise<Trouble | undefined> {
    if (this.#modules.clock.elapsedMs() >= this.#nextMs) {
      this.#nextMs = this.#modules.clock.elapsedMs() + INTERVAL_MS;
      for (const epoch of this.#epochs(frontier, root)) await this.#lookAt(epoch, frontier, root, signal);
    }
    return [...this.#suspects].map(([, { trouble }]) => trouble).find((trouble) => trouble !== undefined);
  }

  #epochs({ epoch: newest }: VerifiedEpoch, { epoch: root }: VerifiedEpoch): Set<number> {
    if (newest <= root) return new Set();
    const suspected = [...this.#suspects].map(([epoch]) => epoch);
    const older = newest - 1 - root;
    const one = older > 0 ? [root + 1 + randomBelow(this.#modules.random, older)] : [];
    return new Set([newest, ...one, ...suspected]);
  }

  async #lookAt(epoch: number, frontier: VerifiedEpoch, root: VerifiedEpoch, signal: AbortSignal): Promise<void> {
    const verified = await this.#verifiedName(epoch, frontier, root);
    // Below a watermark nothing was claimed, so nothing is known of it.
    if (verified === undefined) return;
    const listing = await this.#modules.examiner.list(epoch, signal);
    const isListed = listing.names.some((name) => sameDigests(name, verified));
    // What is not listed any more may have been cleared away.
    const isKnown = isListed && this.#watchedElsewhere.has(epoch);
    if (listing.names.length === (isListed ? 1 : 0) || isKnown) {
      this.#suspects.delete(epoch);
      return;
    }
    const accusation = isListed
      ? conflictingListing(epoch, listing, [], "one-verifies")
      : chainMismatch(epoch, listing, verified.previous);
    await this.#note(accusation, isListed ? undefined : notThisLog(epoch, listing));
  }

  async #note(accusation: Accusation, trouble: Trouble | undefined): Promise<void> {
    const { epoch, fingerprint } = accusation;
    const counter = this.#suspects.get(epoch)?.counter ?? new FactCounter(this.#rule);
    this.#suspects.set(epoch, { counter, trouble });
    counter.note(fingerprint, this.#modules.clock.elapsedMs());
    if (counter.isFact()) await this.#modules.publisher.say(accusation);
  }

  async #verifiedName(epoch: number, frontier: VerifiedEpoch, root: VerifiedEpoch): Promise<BlobName | undefined> {
    const digestAt = async (at: number): Promise<Uint8Array | undefined> => {
      const known = [frontier, root].find((one) => one.epoch === at)?.digest;
      return known ?? (await this.#modules.claims.get(this.#namespace, at))?.digest;
    };
    const [previous, current] = [await digestAt(epoch - 1), await digestAt(epoch)];
    return previous === undefined || current === undefined ? undefined : { epoch, previous, current };
  }
}

function sameDigests(a: BlobName, b: BlobName): boolean {
  return equalBytes(a.previous, b.previous) && equalBytes(a.current, b.current);
}

function notThisLog(epoch: number, { host }: Listing): Trouble {
  const message = `${host} lists other blobs for epoch ${epoch} than the one that was verified: this is not the log that was audited; is the source's URL right?`;
  return { reason: "source", code: "ANOTHER_LOG", message };
}
